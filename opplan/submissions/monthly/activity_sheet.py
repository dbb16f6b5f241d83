"""The Activity sheet: a row a line. A percentage, rate or average stands above its numerator and denominator: its year is live."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.calc.ratios import SCALE, Kind, YearRule, year_of
from opplan.submissions import dress as looks
from opplan.submissions.layout import ACTIVITY, FIRST_ROW, HEADING_ROW, MONTHS, Activity, along, cell, fixed
from opplan.submissions.sheets import (
    basis_in_words,
    figure,
    fit_row,
    heading,
    limit_inputs,
    open_runs,
    print_blocks,
    ready,
)
from opplan.web import formats
from opplan.web.reasons import WORD, firmness, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from opplan.submissions.dress import Dress
    from opplan.submissions.monthly.contents import Contents, LineRow

GOOD = {"over": "at or over plan", "under": "at or under plan", "on": "on plan"}
FIGURE = {Kind.COUNT: "Count", Kind.PERCENTAGE: "Percentage", Kind.RATE: "Rate per 100,000", Kind.AVERAGE: "Average"}
WIDTHS = (12, 34, 34, 14, 13, 15, 24, 15, 10, 26)
WHY_WIDTH = 44
SUM_WIDTHS = ((Activity.PLAN_YEAR, 10), (Activity.TO_DATE, 10), (Activity.RATING, 13), (Activity.WHY, WHY_WIDTH))
YEAR = {YearRule.SUM: "sum of months", YearRule.LAST: "latest month", YearRule.RATIO: "ratio of sums"}


def write_activity(book: Workbook, sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    """Fill the sheet. A percentage is a share of 1 shown in per cent; what is not reported is blank."""
    place, upto = contents.activity, contents.month_number
    _headings(sheet, contents, dress)
    opened = [month not in contents.closed for month in contents.months]
    for row, top in zip(contents.lines, place.tops, strict=True):
        _line(sheet, _until(row, upto), top, upto, opened, dress)
    if not contents.lines:
        sheet.write_string(FIRST_ROW - 1, Activity.MEASURE, "This plan has no lines.", dress.note)
    for start, end in open_runs(opened[:upto]):
        limits = "between 0 and 100,000,000, in the unit of the row."
        limit_inputs(sheet, FIRST_ROW - 1, Activity.ACTUAL + start, place.last - 1, Activity.ACTUAL + end, limits)
    _names(book, place)
    ready(sheet, Activity.WHOSE)
    print_blocks(sheet, contents, ACTIVITY, (Activity.ACTUAL,), scale=60)


def _headings(sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    heading(
        sheet,
        dress,
        f"Activity: {contents.organisation} {contents.year_label}, month {contents.month_number}",
        (
            "Each line in its own unit. Blank is not reported or not due; 0 is none.",
            f"Actual figures stand to {formats.month(contents.month)}. The year of a percentage, rate or average is its numerators over "
            "its denominators, never an average of months; a snapshot takes its latest month.",
        ),
    )
    blocks = (
        (Activity.CODE, Activity.BASIS, "Line"),
        (Activity.PLAN, Activity.PLAN_YEAR, "Plan"),
        (Activity.ACTUAL, Activity.TO_DATE, "Actual"),
        (Activity.RATING, Activity.WHY, f"Rating, {formats.month(contents.month)}"),
    )
    for first, last, name in blocks:
        sheet.merge_range(HEADING_ROW - 2, first, HEADING_ROW - 2, last, name, dress.block)
    words = ("Code", "Measure", "Whose", "Line", "Row", "Unit", "Kind, and its year", "Good is", "Standard", "Basis")
    for column, word in enumerate(words):
        sheet.write_string(HEADING_ROW - 1, column, word, dress.head_figure if word == "Standard" else dress.head)
    for first in (Activity.PLAN, Activity.ACTUAL):
        for number, month in enumerate(contents.months):
            sheet.write_string(HEADING_ROW - 1, first + number, f"{month:%b %y}", dress.head_figure)
    sheet.write_string(HEADING_ROW - 1, Activity.PLAN_YEAR, "Year", dress.head_figure)
    sheet.write_string(HEADING_ROW - 1, Activity.TO_DATE, "Year to date", dress.head_figure)
    sheet.write_string(HEADING_ROW - 1, Activity.RATING, "Rating", dress.head)
    sheet.write_string(HEADING_ROW - 1, Activity.WHY, "Why", dress.head)
    sheet.set_row(HEADING_ROW - 1, 32)
    sheet.set_column(Activity.PLAN, Activity.TO_DATE, 8)
    for column, width in (*enumerate(WIDTHS), *SUM_WIDTHS):
        sheet.set_column(column, column, width)


def _until(row: LineRow, upto: int) -> LineRow:
    """The line without the actual figures of later months, so that nothing of them shows, not even in how figures are rounded."""
    later = [replace(one, actual_numerator=None, actual_denominator=None) for one in row.months[upto:]]
    return replace(row, months=[*row.months[:upto], *later])


def _line(sheet: Worksheet, row: LineRow, top: int, upto: int, opened: Sequence[bool], dress: Dress) -> None:
    line, at = row.standing, top - 1
    number_format = _number_format(row)
    words = (
        line.code,
        line.short_name,
        line.title,
        line.reference,
        FIGURE[line.kind],
        "per cent" if line.kind == Kind.PERCENTAGE else line.unit,
        f"{line.kind.value}, {YEAR[line.year_rule]}",
        GOOD[line.direction],
    )
    basis, why = _basis(row, upto), sentence(line.judgement)
    texts = [*enumerate(words), (Activity.BASIS, basis)]
    fit_row(sheet, at, [(why, WHY_WIDTH), *((word, WIDTHS[column]) for column, word in texts)])
    for column, word in texts:
        sheet.write_string(at, column, word, dress.text)
    figure(sheet, at, Activity.STANDARD, _shown(line.standard, line.kind), dress.given(number_format))
    sheet.write_string(at, Activity.RATING, WORD[line.judgement.rating], dress.text)
    sheet.write_string(at, Activity.WHY, why, dress.text)
    if line.kind == Kind.COUNT:
        _inputs(sheet, row, top, "numerator", upto, opened, number_format, dress)
        _count_year(sheet, row, top, number_format, dress)
        return
    for step, part, words_of in ((1, "numerator", row.numerator), (2, "denominator", row.denominator)):
        _part(sheet, row, top + step, part, words_of, dress)
        _inputs(sheet, row, top + step, part, upto, opened, _parts_format(row), dress)
    _ratio(sheet, row, top, upto, number_format, dress)


def _part(sheet: Worksheet, row: LineRow, at: int, part: str, words: str, dress: Dress) -> None:
    """The names on a row of numerators or denominators: enough of them that the row can be filtered and sorted alone."""
    line = row.standing
    fit_row(sheet, at - 1, [(words, WIDTHS[Activity.MEASURE]), (line.title, WIDTHS[Activity.WHOSE])])
    for column, word in enumerate((line.code, words or line.short_name, line.title, line.reference, part.capitalize())):
        sheet.write_string(at - 1, column, word, dress.quiet_text if column == Activity.MEASURE else dress.text)
    for column in (*range(Activity.UNIT, Activity.PLAN), Activity.RATING, Activity.WHY):
        sheet.write_blank(at - 1, column, None, dress.text)


def _inputs(
    sheet: Worksheet,
    row: LineRow,
    at: int,
    part: str,
    upto: int,
    opened: Sequence[bool],
    number_format: str,
    dress: Dress,
) -> None:
    """Twelve planned and twelve actual figures of one row. Actual figures of open months that have come are the inputs."""
    line, given, typed = at - 1, dress.given(number_format), dress.open(number_format)
    number, blank = sheet.write_number, sheet.write_blank
    is_numerator = part == "numerator"
    for month, one in enumerate(row.months):
        planned = one.planned_numerator if is_numerator else one.planned_denominator
        if planned is None:
            blank(line, Activity.PLAN + month, None, given)
        else:
            number(line, Activity.PLAN + month, float(planned), given)
        actual = (one.actual_numerator if is_numerator else one.actual_denominator) if month < upto else None
        worn = typed if month < upto and opened[month] else given
        if actual is None:
            blank(line, Activity.ACTUAL + month, None, worn)
        else:
            number(line, Activity.ACTUAL + month, float(actual), worn)


def _count_year(sheet: Worksheet, row: LineRow, top: int, number_format: str, dress: Dress) -> None:
    worked = dress.worked(number_format)
    for first, column, value in _years(row):
        months = along(first, top)
        year = _latest(months, first, months) if row.standing.year_rule == YearRule.LAST else f"SUM({months})"
        sheet.write_formula(
            top - 1, column, f'=IF(COUNT({months})=0,"",{year})', worked, "" if value is None else float(value)
        )


def _ratio(sheet: Worksheet, row: LineRow, top: int, upto: int, number_format: str, dress: Dress) -> None:
    """A value worked out of the two rows below it, month by month and for the year."""
    kind, line = row.standing.kind, top - 1
    worked, parts_worked = dress.worked(number_format), dress.worked(_parts_format(row))
    scale = "" if kind in (Kind.PERCENTAGE, Kind.AVERAGE) else f"{SCALE[kind]:f}*"
    last = row.standing.year_rule == YearRule.LAST

    def quotient(column: int) -> str:
        above, below = cell(column, top + 1), cell(column, top + 2)
        return f'=IF(AND(ISNUMBER({above}),N({below})<>0),{scale}{above}/{below},"")'

    for month, one in enumerate(row.months):
        actual = one.actual if month < upto else None
        sheet.write_formula(
            line, Activity.PLAN + month, quotient(Activity.PLAN + month), worked, _cached(one.planned, kind)
        )
        sheet.write_formula(
            line, Activity.ACTUAL + month, quotient(Activity.ACTUAL + month), worked, _cached(actual, kind)
        )
    for first, column, value in _years(row):
        values = along(first, top)
        sums = _parts_of_year(row, planned=column == Activity.PLAN_YEAR, upto=upto)
        for step, part in zip((1, 2), sums, strict=True):
            months = along(first, top + step)
            year = _latest(values, first, months) if last else f"SUMPRODUCT(ISNUMBER({values})*1,{months})"
            formula = f'=IF(COUNT({values})=0,"",{year})'
            sheet.write_formula(top + step - 1, column, formula, parts_worked, "" if part is None else float(part))
        sheet.write_formula(line, column, quotient(column), worked, _cached(value, kind))


def _years(row: LineRow) -> tuple[tuple[int, int, Decimal | None], ...]:
    return (Activity.PLAN, Activity.PLAN_YEAR, row.planned_year), (Activity.ACTUAL, Activity.TO_DATE, row.to_date)


def _latest(values: str, first: int, months: str) -> str:
    """The figure of `months` in the latest month that has a value."""
    return f"INDEX({months},1,SUMPRODUCT(MAX(ISNUMBER({values})*(COLUMN({values})-{first}))))"


def _parts_of_year(row: LineRow, *, planned: bool, upto: int) -> tuple[Decimal | None, Decimal | None]:
    """What the year's numerator and denominator show: those of the months that have both, added or the latest."""
    months = row.months if planned else row.months[:upto]
    held = [one for one in months if (one.planned if planned else one.actual) is not None]
    rule = YearRule.LAST if row.standing.year_rule == YearRule.LAST else YearRule.SUM
    above = [one.planned_numerator if planned else one.actual_numerator for one in held]
    below = [one.planned_denominator if planned else one.actual_denominator for one in held]
    return year_of(Kind.COUNT, rule, ((one, None) for one in above)), year_of(
        Kind.COUNT, rule, ((one, None) for one in below)
    )


def _number_format(row: LineRow) -> str:
    if row.standing.kind == Kind.PERCENTAGE:
        return looks.PERCENTAGE
    if row.standing.kind == Kind.COUNT:
        return _parts_format(row)
    figures = [value for one in row.months for value in (one.planned, one.actual) if value]
    return looks.TWO_PLACES if any(abs(value) < 1 for value in figures) else looks.ONE_PLACE


def _parts_format(row: LineRow) -> str:
    """Whole numbers, unless the row holds a fraction such as 3.5 of a nominal 100."""
    figures = [
        value
        for one in row.months
        for value in (one.planned_numerator, one.planned_denominator, one.actual_numerator, one.actual_denominator)
    ]
    return looks.AS_IT_IS if any(value is not None and value % 1 for value in figures) else looks.WHOLE


def _shown(value: Decimal | None, kind: Kind) -> float | None:
    """A value as its cell holds it: per cent becomes a share of 1."""
    return None if value is None else float(value / 100 if kind == Kind.PERCENTAGE else value)


def _cached(value: Decimal | None, kind: Kind) -> float | str:
    shown = _shown(value, kind)
    return "" if shown is None else shown


def _basis(row: LineRow, upto: int) -> str:
    words = basis_in_words(
        plan=[one.planned_basis for one in row.months if one.planned_numerator is not None],
        actual=[one.basis for one in row.months[:upto] if one.actual_numerator is not None],
    )
    return "; ".join(filter(None, [words, firmness((one.period, one.status) for one in row.months[:upto])]))


def _names(book: Workbook, place: Activity) -> None:
    for first, name in ((Activity.PLAN, "plan"), (Activity.ACTUAL, "actual")):
        book.define_name(f"Activity_{name}", fixed(ACTIVITY, first, FIRST_ROW, first + MONTHS - 1, place.last))
    columns = {
        Activity.CODE: "codes",
        Activity.LINE: "lines",
        Activity.PLAN_YEAR: "plan_year",
        Activity.TO_DATE: "to_date",
    }
    for column, name in columns.items():
        book.define_name(f"Activity_{name}", fixed(ACTIVITY, column, FIRST_ROW, column, place.last))
