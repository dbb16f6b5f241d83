"""Figures as people type and paste them: thousands marks, pound signs, brackets for minus, and the letter O for nought."""

import re
from decimal import Decimal

from opplan.calc.money import rounded
from opplan.web.formats import MINUS, NOT_DUE, counted, plain

LARGEST = Decimal(1_000_000_000)
LONGEST = 60
BLANKS = frozenset({"", NOT_DUE, "-", "—", MINUS})
DASHES = str.maketrans({MINUS: "-", NOT_DUE: "-", "‒": "-"})
LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5", "B": "8"})
FIGURE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}((,[0-9]{3})+|( [0-9]{3})+)(\.[0-9]*)?")


class BadFigure(ValueError):
    """What was typed is not a figure. The message quotes it, says why, and guesses what was meant."""


def parse_figure(text: str, *, places: int = 3, negative: bool = True) -> Decimal | None:
    """The figure that was typed, or None for an empty box or a dash. BadFigure when it is not a figure, too long or too large."""
    typed = text.strip()
    if typed in BLANKS:
        return None
    if len(typed) > LONGEST:
        raise BadFigure(f"“{_shown(typed)}” is {len(typed)} characters long, too long to be a figure.")
    tidy = _tidied(typed)
    if not FIGURE.fullmatch(tidy):
        raise BadFigure(f"“{_shown(typed)}” is not a number.{_guess(typed)}")
    value = Decimal(tidy)
    if abs(value) >= LARGEST:
        raise BadFigure(f"“{_shown(typed)}” is too large: figures here are below a thousand million.")
    if value != rounded(value, places):
        most = f"at most {counted(places, 'decimal')}" if places else "whole numbers only"
        raise BadFigure(
            f"“{_shown(typed)}” has too many decimals, {most}; did you mean {plain(rounded(value, places))}?"
        )
    if value < 0 and not negative:
        raise BadFigure(f"“{_shown(typed)}” is below nought, which cannot be.")
    return abs(value) if value == 0 else value


def _tidied(typed: str) -> str:
    """Without what a figure may wear: brackets for minus, a leading pound sign, and thousands marks that stand where they should."""
    text = re.sub(r"\s", " ", typed).translate(DASHES)
    if bracketed := re.fullmatch(r"(£?) ?\( ?([^-+].*?) ?\)", text):
        text = f"-{bracketed[1]}{bracketed[2]}"
    text = re.sub(r"^([+-]?) ?£ ?([+-]?)", r"\1\2", text)
    text = re.sub(r"^([+-]) ", r"\1", text)
    return re.sub("[ ,]", "", text) if GROUPED.fullmatch(text) else text


def _shown(typed: str) -> str:
    text = "".join(letter if letter.isprintable() else "�" for letter in typed)
    return text if len(text) <= 30 else text[:29] + "…"


def _guess(typed: str) -> str:
    """What was probably meant, where that can be told."""
    if typed.startswith("#"):
        return " It is an error of the worksheet: mend the formula, then copy again."
    meant = _tidied(typed.translate(LOOKALIKES))
    if re.search("[0-9]", typed) and FIGURE.fullmatch(meant):
        letters = dict.fromkeys(letter for letter in typed if letter.isalpha())
        return f" It holds the letter {' and '.join(letters)}; did you mean {meant}?"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]{1,2}", typed):
        return f" Commas mark thousands; did you mean {typed.replace(',', '.')}?"
    if re.fullmatch(r"[+-]?[0-9 ,]+(\.[0-9]+)?", typed):
        return f" Commas and spaces mark thousands; did you mean {re.sub('[ ,]', '', typed)}?"
    return " Type a number, such as 41 or 1,250."
