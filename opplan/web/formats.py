"""The one formatter. Figures, money, months and dates as opplan writes them: true minus, en dash for what is not due, 24 November 2016."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from opplan.calc.money import rounded, thousands

MINUS = "−"
NOT_DUE = "–"
NBSP = "\N{NO-BREAK SPACE}"


def number(value: Decimal | int | None, places: int = 0, *, signed: bool = False) -> str:
    """12,345 or −12.3; with a sign on every difference when `signed`. Nothing for None."""
    if value is None:
        return ""
    exact = rounded(Decimal(value), places)
    text = f"{abs(exact):,.{places}f}"
    if exact < 0:
        return MINUS + text
    return f"+{text}" if signed and exact > 0 else text


def plain(value: Decimal | None) -> str:
    """A figure as a person types it into a box: no thousands marks, no trailing zeros. Nothing for None."""
    if value is None:
        return ""
    text = f"{value or Decimal(0):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pounds(value: Decimal | None) -> str:
    """The full figure, as in forms and history: £480,000."""
    return "" if value is None else _money(number(value))


def millions(value: Decimal | None, places: int = 1) -> str:
    """Money in prose and on the board: £13.3m."""
    return "" if value is None else _money(number(value / 1_000_000, places)) + "m"


def _money(written: str) -> str:
    return MINUS + "£" + written.removeprefix(MINUS) if written.startswith(MINUS) else "£" + written


def in_words(value: Decimal | None) -> str:
    """Money in a sentence: £13.3m from a million up, else £480,000."""
    return millions(value) if value is not None and abs(value) >= 1_000_000 else pounds(value)


def in_thousands(value: Decimal | None, *, signed: bool = False) -> str:
    """Money in a working table whose heading says £000."""
    return "" if value is None else number(thousands(value), signed=signed)


def per_cent(value: Decimal | None, places: int = 1) -> str:
    return "" if value is None else number(value, places) + "%"


def places_for(kind: str, value: Decimal | None = None) -> int:
    """Decimals of a measure's value: counts whole, the others to one; an average or a rate below 1 to two, where one would hide it."""
    if kind == "count":
        return 0
    return 2 if kind != "percentage" and value is not None and 0 < abs(value) < 1 else 1


def measure_value(value: Decimal | None, kind: str) -> str:
    """A measure's value in the precision of its kind: 91.2%, 12,610, 140.3."""
    if value is None:
        return ""
    return number(value, places_for(kind, value)) + ("%" if kind == "percentage" else "")


def day(value: date | None) -> str:
    """24 November 2016."""
    if value is None:
        return ""
    value = _local(value)
    return f"{value.day}{NBSP}{value:%B %Y}"


def dated(value: date | None) -> str:
    """24 Nov 2016, in a table."""
    if value is None:
        return ""
    value = _local(value)
    return f"{value.day}{NBSP}{value:%b %Y}".replace(" ", NBSP)


def moment(value: datetime | None) -> str:
    """24 Nov 2016 16:20, in the time of the place."""
    if value is None:
        return ""
    local = _local(value)
    return f"{local.day}{NBSP}{local:%b %Y %H:%M}"


def month(value: date | None) -> str:
    """September 2016."""
    return "" if value is None else f"{value:%B %Y}"


def short_month(value: date | None) -> str:
    """Sep 2016."""
    return "" if value is None else f"{value:%b %Y}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """1 milestone, 3 milestones, no milestones."""
    word = singular if count == 1 else plural or singular + "s"
    return f"{count or 'no'} {word}"


def listed(words: list[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
