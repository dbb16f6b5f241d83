"""Writes the workbook of a plan: Cover, QIPP, Activity and Checks. The same contents give the same bytes, whenever and wherever.

Every formula carries its value, so that whatever reads the file without calculating shows the right figure. Text is written as
text: a title that begins with =, +, - or @ stays a title.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from opplan.submissions import dress as looks
from opplan.submissions.dress import Dress
from opplan.submissions.layout import (
    ACTIVITY,
    CHECKS,
    COVER,
    FIRST_ROW,
    HEADING_ROW,
    QIPP,
    Checks,
    cell,
    fixed,
    held_fast,
)
from opplan.submissions.monthly.activity_sheet import write_activity
from opplan.submissions.monthly.checks import (
    COMPLETENESS_OF_ACTIVITY,
    COMPLETENESS_OF_SAVINGS,
    Check,
    Comparison,
    Severity,
    Unit,
)
from opplan.submissions.monthly.qipp_sheet import write_qipp
from opplan.submissions.sheets import PROTECTION, begun, figure, fit_row, heading, print_whole, ready
from opplan.web import formats

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from opplan.submissions.monthly.contents import Contents

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MET, NOT_MET = "Met", "Not met"
SHEETS = (
    (
        QIPP,
        "A row a scheme: planned, actual and forecast saving by month, totals, and the requirement in its four states",
    ),
    (ACTIVITY, "A row a line with its code: plan and actual by month, the year, rating and why"),
    (CHECKS, "What must hold of these figures, where, and whether it does"),
)


def write_workbook(contents: Contents) -> bytes:
    """The .xlsx file of these contents."""
    buffer = BytesIO()
    book = begun(
        buffer,
        title=f"{contents.organisation_name}: {contents.title}",
        subject=contents.version,
        comments=f"{contents.version}, content {contents.content}",
        created=_as_at(contents),
    )
    dress = Dress(book)
    cover, qipp, activity, checks = (book.add_worksheet(name) for name in (COVER, QIPP, ACTIVITY, CHECKS))
    _write_cover(cover, contents, dress)
    write_qipp(book, qipp, contents, dress)
    write_activity(book, activity, contents, dress)
    _write_checks(book, checks, contents, dress)
    book.close()
    return buffer.getvalue()


def _as_at(contents: Contents) -> datetime:
    """The date in the file's properties: when the data last changed, so that it says something and is always the same."""
    if contents.changed is None:
        return datetime(contents.months[0].year, contents.months[0].month, 1)
    return contents.changed.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _write_cover(sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    for column, width in enumerate((24, 14, 14, 84)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 26)
    sheet.write_string(
        0,
        0,
        f"{contents.organisation} {contents.year_label}: operational plan, month {contents.month_number}",
        dress.title,
    )
    sheet.write_string(
        1, 0, "Laid out in the manner of NHS planning returns. It is not a template issued by NHS England.", dress.lead
    )
    changed = contents.changed
    facts = (
        ("Organisation", f"{contents.organisation_name} ({contents.code})"),
        ("Plan", contents.title),
        ("Financial year", contents.year_label),
        ("Month reported", f"{formats.month(contents.month)} (month {contents.month_number})"),
        ("Version", f"{contents.version}, content {contents.content_in_groups}"),
        ("Data last changed", formats.moment(changed.at).replace(formats.NBSP, " ") if changed else "Never"),
        ("Changed by", contents.changed_by),
        ("Why", changed.why if changed else ""),
        ("Units", "Money in GBP thousands (£000), gross unless said; activity in each line's own unit"),
    )
    row = 3
    for label, words in facts:
        sheet.write_string(row, 0, label, dress.label)
        sheet.write_string(row, 1, words, dress.lead)
        row += 1
    row = _completeness(sheet, contents, dress, row + 1)
    row = _key(sheet, dress, row + 1)
    sheet.write_string(row + 1, 0, "Sheets", dress.section)
    row += 2
    for name, words in SHEETS:
        sheet.write_url(row, 0, f"internal:'{name}'!A1", dress.link, string=name)
        sheet.write_string(row, 1, words, dress.note)
        row += 1
    sheet.write_string(row + 1, 0, "How to read it", dress.section)
    for number, words in enumerate(_notes(contents), start=row + 2):
        sheet.write_string(number, 0, words, dress.note)
    sheet.hide_gridlines(2)
    sheet.protect("", PROTECTION)
    print_whole(sheet, contents, COVER, landscape=False, pages=1)


def _completeness(sheet: Worksheet, contents: Contents, dress: Dress, row: int) -> int:
    """How much of what is due is there, and how many checks are met: formulas on the Checks sheet. The row after."""
    last = _last_check(contents)
    rules, found, expected, severities, results = (
        f"{CHECKS}!{held_fast(column, FIRST_ROW, last)}"
        for column in (Checks.RULE, Checks.FOUND, Checks.EXPECTED, Checks.SEVERITY, Checks.RESULT)
    )
    sheet.write_string(row, 0, "Completeness", dress.section)
    sheet.write_string(row, 1, "Reported", dress.section)
    sheet.write_string(row, 2, "Due", dress.section)
    whole = dress.worked(looks.WHOLE)
    parts = (
        ("Savings figures", COMPLETENESS_OF_SAVINGS, contents.savings_reported, contents.savings_due),
        ("Activity figures", COMPLETENESS_OF_ACTIVITY, contents.activity_reported, contents.activity_due),
    )
    top = row + 1
    for label, rule, reported, due in parts:
        row += 1
        sheet.write_string(row, 0, label, dress.label)
        sheet.write_formula(row, 1, f'=SUMIF({rules},"{rule}",{found})', whole, reported)
        sheet.write_formula(row, 2, f'=SUMIF({rules},"{rule}",{expected})', whole, due)
    row += 1
    share = contents.reported / contents.due if contents.due else ""
    sheet.write_string(row, 0, "Share reported", dress.label)
    sums = f"SUM(B{top + 1}:B{top + 2})", f"SUM(C{top + 1}:C{top + 2})"
    sheet.write_formula(row, 1, f'=IF({sums[1]}=0,"",{sums[0]}/{sums[1]})', dress.worked(looks.PERCENTAGE), share)
    for label, severity in (("Checks not met: stop", Severity.STOP), ("Checks not met: warn", Severity.WARN)):
        row += 1
        count = sum(1 for check in contents.not_met if check.rule.severity == severity)
        sheet.write_string(row, 0, label, dress.label)
        sheet.write_formula(row, 1, f'=COUNTIFS({severities},"{severity}",{results},"{NOT_MET}")', whole, count)
    row += 1
    sheet.write_string(row, 0, "Checks met", dress.label)
    sheet.write_formula(row, 1, f'=COUNTIF({results},"{MET}")', whole, len(contents.checks) - len(contents.not_met))
    return row + 1


def _key(sheet: Worksheet, dress: Dress, row: int) -> int:
    sheet.write_string(row, 0, "Colours", dress.section)
    key: tuple[tuple[str, Format, str], ...] = (
        (
            "Pale yellow",
            dress.open(),
            "Input: the only cells that are not locked. Actual and forecast figures of months that are open",
        ),
        ("Blue", dress.worked(), "Calculated in this workbook from its other cells"),
        ("Pale green", dress.given(), "Put in by opplan from its record"),
    )
    for words, worn, meaning in key:
        row += 1
        sheet.write_blank(row, 1, None, worn)
        sheet.write_string(row, 0, words, dress.label)
        sheet.write_string(row, 2, meaning, dress.note)
    return row + 1


def _notes(contents: Contents) -> list[str]:
    notes = [
        "Blank is not reported or not due. It is never 0, which is none.",
        f"Actual figures later than {formats.month(contents.month)} are left out, so that plan and actual cover the same months.",
        "Sheets are protected without a password, against slips. What is typed here does not reach opplan.",
        "The content code stands for every name, figure and open month here, and not for who changed them last, when and why.",
    ]
    if _holds_illustrative(contents):
        notes.insert(
            0,
            "Rows whose Basis says illustrative hold figures that no source gives. They show how the plan works and are not facts.",
        )
    return notes


def _holds_illustrative(contents: Contents) -> bool:
    bases = {row.standing.basis for row in contents.schemes}
    bases |= {
        basis for row in contents.schemes for one in row.months if one for basis in (one.planned_basis, one.basis)
    }
    bases |= {basis for row in contents.lines for one in row.months for basis in (one.planned_basis, one.basis)}
    return "illustrative" in bases


def _last_check(contents: Contents) -> int:
    return FIRST_ROW + max(len(contents.checks), 1) - 1


def _write_checks(book: Workbook, sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    heading(
        sheet,
        dress,
        f"Checks: {contents.organisation} {contents.year_label}, month {contents.month_number}",
        (
            "Each result is a formula: correct an input and it follows. Stop: a contradiction. Warn: whoever signs should know.",
            "Money in £000; percentages in per cent. Where nothing is named to compare with, the figure is the one that opplan holds.",
        ),
    )
    sheet.merge_range(HEADING_ROW - 2, 0, HEADING_ROW - 2, Checks.RESULT, "Checks", dress.block)
    words = ("No.", "Rule", "Severity", "Where", "What is checked", "Found", "Compared with", "Tolerance", "Result")
    for column, word in enumerate(words):
        is_figure = column in (Checks.FOUND, Checks.EXPECTED, Checks.TOLERANCE)
        sheet.write_string(HEADING_ROW - 1, column, word, dress.head_figure if is_figure else dress.head)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    for number, check in enumerate(contents.checks):
        _check(sheet, check, FIRST_ROW + number, number + 1, dress)
    last = _last_check(contents)
    sheet.conditional_format(
        FIRST_ROW - 1,
        Checks.RESULT,
        last - 1,
        Checks.RESULT,
        {"type": "cell", "criteria": "==", "value": f'"{NOT_MET}"', "format": dress.not_met},
    )
    book.define_name("Checks_results", fixed(CHECKS, Checks.RESULT, FIRST_ROW, Checks.RESULT, last))
    ready(sheet, Checks.WHAT)
    print_whole(sheet, contents, CHECKS, landscape=True)


WIDTHS = (6, 7, 10, 22, 84, 13, 15, 11, 11)
NUMBERS = {Unit.THOUSANDS: "#,##0.0", Unit.PLAIN: "#,##0.##", Unit.PERCENTAGE: looks.PERCENTAGE}
STANDS = {
    Comparison.EQUAL: "ABS({found}-{expected})<={tolerance}",
    Comparison.AT_LEAST: "{found}>={expected}-{tolerance}",
    Comparison.AT_MOST: "{found}<={expected}+{tolerance}",
}


def _check(sheet: Worksheet, check: Check, at: int, number: int, dress: Dress) -> None:
    line, style = at - 1, _number_of(check)
    sheet.write_number(line, Checks.NUMBER, number, dress.given())
    sheet.write_string(line, Checks.RULE, check.rule.code, dress.text)
    sheet.write_string(line, Checks.SEVERITY, check.rule.severity, dress.text)
    sheet.write_url(line, Checks.WHERE, f"internal:'{check.sheet}'!{check.cell}", dress.where, string=check.where)
    what = f"{check.rule.title}: {check.subject}"
    fit_row(sheet, line, [(what, WIDTHS[Checks.WHAT])])
    sheet.write_string(line, Checks.WHAT, what, dress.text)
    sheet.write_formula(line, Checks.FOUND, f"={check.found_formula}", dress.worked(style), float(check.found))
    if check.expected_formula:
        formula = f"={check.expected_formula}"
        sheet.write_formula(line, Checks.EXPECTED, formula, dress.worked(style), float(check.expected))
    else:
        sheet.write_number(line, Checks.EXPECTED, float(check.expected), dress.given(style))
    figure(sheet, line, Checks.TOLERANCE, float(check.tolerance) or None, dress.given("General"))
    stands = STANDS[check.comparison].format(
        found=cell(Checks.FOUND, at), expected=cell(Checks.EXPECTED, at), tolerance=f"N({cell(Checks.TOLERANCE, at)})"
    )
    result = MET if check.met else NOT_MET
    sheet.write_formula(line, Checks.RESULT, f'=IF({stands},"{MET}","{NOT_MET}")', dress.result, result)


def _number_of(check: Check) -> str:
    """Whole figures without a decimal point: months, counts."""
    if check.unit == Unit.PLAIN and not check.found % 1 and not check.expected % 1:
        return looks.WHOLE
    return looks.AS_IT_IS if check.unit == Unit.PLAIN else NUMBERS[check.unit]
