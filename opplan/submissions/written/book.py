"""The workbook while it is written: what every sheet of it shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from opplan.submissions import dress as looks
from opplan.submissions.dress import Dress
from opplan.submissions.filled import Cell, Filled
from opplan.submissions.sheets import A4

if TYPE_CHECKING:
    from xlsxwriter.format import Format

COVER, CHECKLIST, CHECKS, RECORD = "Cover", "Checklist", "Checks", "_opplan"
COMPLETE, INCOMPLETE = "COMPLETE", "INCOMPLETE"
YES, NO = "Yes", "No"
LONGEST_TEXT = 32_000
NUMBERS = {
    "whole": looks.WHOLE,
    "thousands": looks.THOUSANDS,
    "money": looks.TWO_PLACES,
    "percentage": looks.PERCENTAGE,
    "decimal": looks.AS_IT_IS,
    "day": "d mmm yyyy",
}
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class CheckLine:
    """A check as the workbook prints it. `place` is the cell that it is about, such as Lines!G7."""

    code: str
    severity: str
    sheet: str
    address: str
    sentence: str
    found: str
    expected: str
    result: str
    reason: str = ""


@dataclass(frozen=True)
class Stamp:
    """What identifies a workbook: which state of the plan it shows, in words and as a hash, and when that last changed."""

    version: str
    content: str
    changed: datetime
    definition: str
    """The hash of the template's own definition."""


class Book:
    """The workbook while it is written."""

    def __init__(self, file: Workbook, filled: Filled, stamp: Stamp, checks: Sequence[CheckLine]) -> None:
        self.file, self.filled, self.stamp, self.checks = file, filled, stamp, checks
        self.dress = Dress(file)
        self.worn: dict[tuple[str, str, bool], Format] = {}
        self.good = file.add_format({"font_color": "#00401E", "bg_color": "#CCE5D8"})
        self.bad = file.add_format({"font_color": "#7A0B00", "bg_color": "#F7D4D1"})
        self.required = filled.questions

    def wear(self, cell: Cell) -> Format:
        which = (cell.kind, cell.spec.format, cell.is_total)
        found = self.worn.get(which)
        if found is None:
            found = self.worn[which] = self.made(*which)
        return found

    def made(self, kind: str, form: str, is_total: bool) -> Format:
        dress, number = self.dress, NUMBERS.get(form)
        if kind == "none":
            return dress.total_text if is_total else dress.block
        if number is None:
            return {
                "input": dress.open_text,
                "calculated": dress.total_text if is_total else dress.result,
                "given": dress.text,
            }[kind]
        if kind == "calculated":
            return dress.worked(number, total=is_total)
        return dress.open(number) if kind == "input" else dress.given(number)

    def coloured(self, sheet: Worksheet, top: int, left: int, bottom: int, right: int, good: str, bad: str) -> None:
        """Green for one word, red for the other: beside the word, never in its place."""
        for word, worn in ((good, self.good), (bad, self.bad)):
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": worn}
            sheet.conditional_format(top, left, bottom, right, rule)

    def page(self, sheet: Worksheet, name: str, paper: int = A4) -> None:
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        whose = f"{self.filled.organisation} {self.filled.year_label}, {self.stamp.version}".replace("&", "&&")[:120]
        sheet.set_footer(f"&L&8opplan: {whose}&C&8{name}&R&8Page &P of &N")
        sheet.set_paper(paper)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
