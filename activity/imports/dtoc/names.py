"""What delayed transfers of care are broken down by, and the names that the files give to it."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from activity.imports.cells import label, text
from activity.imports.figures import Figure
from opplan.imports.files import Cell
from opplan.imports.report import Place

FEED: Final = "dtoc.days"

REASONS: Final = ("A", "B", "C", "DI", "DII", "E", "F", "G", "H", "I", "O")
CARE: Final = {"acute": "acute", "non-acute": "non_acute", "non acute": "non_acute"}
BODIES: Final = {"nhs": "nhs", "social care": "social_care", "both": "both"}
CUT_NAMES: Final = {"care": "type of care", "body": "responsible organisation", "reason": "reason"}

words_of = lru_cache(maxsize=2048)(label)
"""The words of a heading or label; every month repeats them."""
_REASON = re.compile(r"(di{1,2}|[a-z])(?:\)|_)", re.IGNORECASE)


def reason_of(words: str) -> str | None:
    """The code of a reason from its heading ("DII) AWAITING NURSING HOME…") or its CSV value ("DII_NURSING_HOME")."""
    found = _REASON.match(words)
    return found[1].upper() if found and found[1].upper() in REASONS else None


def unmapped(cell: Cell) -> str:
    return f"unmapped: {text(cell)}"[:100]


def days_of(
    organisation: str, period: date, days: Decimal | None, place: Place, revised: date | None, status: str = "final"
) -> Figure:
    """The month's delayed days over its calendar days. Without days there is no denominator either: both or neither."""
    calendar_days = None if days is None else Decimal(monthrange(period.year, period.month)[1])
    return Figure(organisation, FEED, period, days, calendar_days, status, place, published=revised)
