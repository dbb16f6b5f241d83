"""How the workbook looks: the colours of NHS planning returns, the formats of its cells, and the lines that hold them apart."""

from __future__ import annotations

from functools import cache
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

# Pale yellow is input, blue calculated, pale green pre-populated: the key of the CCG planning templates of 2014 to 2019.
INPUT, WORKED, GIVEN = "#FFFFCC", "#DDEBF7", "#E2EFDA"
INK, QUIET, RULE, HEAD = "#212B32", "#4C6272", "#C3CBD1", "#E8EDEE"

THOUSANDS = "#,##0;-#,##0;0"
DIFFERENCE = "+#,##0;-#,##0;0"
WHOLE = "#,##0"
ONE_PLACE = "#,##0.0"
PERCENTAGE = "0.0%"
TWO_PLACES = "#,##0.00"
AS_IT_IS = "#,##0.0##"
# The lines of native charts: dark enough on white, apart from each other for whoever does not tell red from green.
SERIES = ("#005EB8", "#AE2573", "#007F3B", "#ED8B00", "#330072", "#41B6E6", "#78BE20", "#425563")


class Dress:
    """The formats of one workbook, each made once. A figure's format is its role and its number format."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.given = cache(self._given)
        self.worked = cache(self._worked)
        self.open = cache(self._open)
        self.title = self._make(bold=True, font_size=16, font_color=INK)
        self.lead = self._make(font_size=11, font_color=INK)
        self.note = self._make(font_color=QUIET)
        self.wrapped = self._make(font_color=INK, text_wrap=True, valign="top")
        self.label = self._make(font_color=QUIET, valign="top")
        self.section = self._make(bold=True, font_size=12, font_color=INK, bottom=1, bottom_color=INK)
        self.link = self._make(font_color="#005EB8", underline=1)
        self.block = self._make(
            bold=True, bg_color=HEAD, align="left", left=1, left_color=INK, valign="vcenter", indent=1
        )
        self.head = self._make(
            bold=True, text_wrap=True, valign="bottom", bottom=1, bg_color=HEAD, align="left", indent=1
        )
        self.head_figure = self._make(
            bold=True, text_wrap=True, valign="bottom", bottom=1, bg_color=HEAD, align="right"
        )
        self.text = self._box(GIVEN, text_wrap=True, valign="top", align="left", indent=1)
        self.open_text = self._box(INPUT, text_wrap=True, valign="top", align="left", indent=1, locked=False)
        self.quiet_text = self._box(GIVEN, text_wrap=True, valign="top", font_color=QUIET, align="left", indent=2)
        self.total_text = self._box(WORKED, bold=True, align="left", indent=1)
        self.where = self._box(GIVEN, font_color="#005EB8", underline=1, valign="top", align="left", indent=1)
        self.result = self._box(WORKED, bold=True, valign="top", align="left", indent=1)
        self.not_met = self._make(font_color="#A80F00")

    def _make(self, **properties: Any) -> Format:
        return self._book.add_format(properties)

    def _box(self, colour: str, **properties: Any) -> Format:
        return self._make(bg_color=colour, border=1, border_color=RULE, **properties)

    def _given(self, number: str = WHOLE) -> Format:
        """A figure that opplan puts in."""
        return self._box(GIVEN, num_format=number, valign="top")

    def _worked(self, number: str = WHOLE, *, total: bool = False) -> Format:
        """A figure that the workbook works out."""
        return self._box(WORKED, num_format=number, valign="top", bold=total)

    def _open(self, number: str = WHOLE) -> Format:
        """A figure that may be typed: the only cells that are not locked."""
        return self._box(INPUT, num_format=number, valign="top", locked=False)
