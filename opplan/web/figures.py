"""Figures as people type and paste them: thousands marks, pound signs, brackets for minus, and the letter O for nought."""

import re
from decimal import Decimal, InvalidOperation

from opplan.web.formats import MINUS, NOT_DUE

LARGEST = Decimal(1_000_000_000)
LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5", "B": "8"})
BLANKS = frozenset({"", NOT_DUE, "-", "—"})


class BadFigure(ValueError):
    """What was typed is not a figure. The message quotes it, says why, and guesses what was meant."""


def parse_figure(text: str, *, places: int = 3, negative: bool = True) -> Decimal | None:
    """The figure that was typed, or None for an empty box or a dash. BadFigure when it is not a figure, too long or too large."""
    typed = text.strip()
    if typed in BLANKS:
        return None
    cleaned = typed.replace(MINUS, "-").replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace("£", "")
    if bracketed := re.fullmatch(r"\((.+)\)", cleaned):
        cleaned = "-" + bracketed[1]
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", cleaned):
        cleaned = cleaned.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", cleaned):
        raise BadFigure(f"“{_shown(typed)}” is not a number.{_guess(typed, cleaned)}")
    try:
        value = Decimal(cleaned)
    except InvalidOperation as problem:
        raise BadFigure(f"“{_shown(typed)}” is not a number.") from problem
    if abs(value) >= LARGEST:
        raise BadFigure(f"“{_shown(typed)}” is too large: figures here are below a thousand million.")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise BadFigure(f"“{_shown(typed)}” has too many decimals: at most {places}.")
    if value < 0 and not negative:
        raise BadFigure(f"“{_shown(typed)}” is below nought, which cannot be.")
    return value


def _shown(typed: str) -> str:
    return typed if len(typed) <= 30 else typed[:29] + "…"


def _guess(typed: str, cleaned: str) -> str:
    if re.search(r"\d", typed):
        meant = cleaned.translate(LOOKALIKES)
        if re.fullmatch(r"-?\d+(\.\d+)?", meant):
            letters = sorted({letter for letter in cleaned if letter.isalpha()})
            return f" It holds the letter {' and '.join(letters)}; did you mean {meant}?"
        if re.fullmatch(r"-?[\d,]+(\.\d+)?", cleaned):
            return f" Commas mark thousands; did you mean {cleaned.replace(',', '')}?"
    return " Type a number, such as 41 or 1,250."
