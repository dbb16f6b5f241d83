"""The QIPP sheet: a row a scheme, its planned, actual and forecast months, its totals as formulas, and the savings requirement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.calc.money import total
from opplan.calc.savings import Forecast
from opplan.submissions import dress as looks
from opplan.submissions.layout import FIRST_ROW, HEADING_ROW, MONTHS, QIPP, Qipp, along, cell, down, fixed, held_fast
from opplan.submissions.monthly.contents import STATES
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
from opplan.web.reasons import WORD, sentence

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from finance.queries import MonthOfSavings
    from opplan.calc.savings import Outlook, Position
    from opplan.submissions.dress import Dress
    from opplan.submissions.monthly.contents import Contents, SchemeRow
WIDTHS = {
    Qipp.REFERENCE: 10,
    Qipp.TITLE: 36,
    Qipp.STATE: 13,
    Qipp.INITIATIVE: 12,
    Qipp.OWNER: 22,
    Qipp.BASIS: 26,
    Qipp.RATING: 13,
    Qipp.WHY: 44,
    Qipp.FOLLOWS: 30,
}
FOLLOWS = {
    Forecast.PLAN: "the plan",
    Forecast.RUN_RATE: "the run rate to date, where a saving is planned",
    Forecast.RISK_ADJUSTED: "the plan, weighed by the chance",
}


def write_qipp(book: Workbook, sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    """Fill the sheet. Money in GBP thousands, exact in the cell and shown whole; what is not reported is blank."""
    place, upto = contents.qipp, contents.month_number
    _headings(sheet, contents, dress)
    opened = [month not in contents.closed for month in contents.months]
    for number, row in enumerate(contents.schemes):
        _scheme(sheet, row, FIRST_ROW + number, upto, opened, dress)
    if not contents.schemes:
        sheet.write_string(FIRST_ROW - 1, Qipp.TITLE, "This plan has no schemes.", dress.note)
    for number, (key, state) in enumerate(STATES):
        rows = [row for row in contents.schemes if row.standing.state == key]
        _total(
            sheet,
            place,
            dress,
            place.state(number),
            f"All: {state.lower()}",
            state,
            rows,
            contents.states[number],
            upto,
        )
    _total(sheet, place, dress, place.total, "Total", "", contents.schemes, contents.total, upto)
    _requirement(sheet, contents, dress)
    _names(book, place)
    limits = "GBP thousands, between 0 and 100,000,000."
    for first, months in ((Qipp.ACTUAL, opened[:upto]), (Qipp.FORECAST, opened)):
        for start, end in open_runs(months):
            limit_inputs(sheet, FIRST_ROW - 1, first + start, place.last - 1, first + end, limits)
    ready(sheet, Qipp.STATE)
    print_blocks(sheet, contents, QIPP, (Qipp.ACTUAL, Qipp.FORECAST), scale=70)


def _headings(sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    heading(
        sheet,
        dress,
        f"QIPP savings: {contents.organisation} {contents.year_label}, month {contents.month_number}",
        (
            "£000, gross saving unless a heading says otherwise. Cells hold the exact figure and show whole thousands. "
            "Blank is not reported or not due; 0 is nothing saved.",
            f"Actual figures stand to {formats.month(contents.month)}. Forecast for the year: actual where reported, else the month's own "
            f"forecast, else what the scheme's forecast follows, unless nobody is to deliver it.{_on_trust(contents)}",
        ),
    )
    blocks = (
        (Qipp.REFERENCE, Qipp.BASIS, "Scheme"),
        (Qipp.PLAN, Qipp.NET, "Planned saving, £000"),
        (Qipp.ACTUAL, Qipp.DIFFERENCE, "Actual saving, £000"),
        (Qipp.FORECAST, Qipp.FORECAST_DIFFERENCE, "Forecast saving, £000"),
        (Qipp.RATING, Qipp.WHY, "Rating"),
        (Qipp.FOLLOWS, Qipp.CHANCE, "Months without a forecast of their own"),
    )
    for first, last, name in blocks:
        sheet.merge_range(HEADING_ROW - 2, first, HEADING_ROW - 2, last, name, dress.block)
    words = ("Reference", "Scheme", "State", "Initiative", "Owner", "Basis", "Rating", "Why", "Follow")
    for column, word in zip((*range(6), Qipp.RATING, Qipp.WHY, Qipp.FOLLOWS), words, strict=True):
        sheet.write_string(HEADING_ROW - 1, column, word, dress.head)
    for first in (Qipp.PLAN, Qipp.ACTUAL, Qipp.FORECAST):
        for number, month in enumerate(contents.months):
            sheet.write_string(HEADING_ROW - 1, first + number, f"{month:%b %y}", dress.head_figure)
    sums = {
        Qipp.PLAN_YEAR: "Year",
        Qipp.INVESTMENT: "Planned investment, year",
        Qipp.NET: "Net of investment, year",
        Qipp.TO_DATE: "To date",
        Qipp.PLANNED_REPORTED: "Plan of the months reported",
        Qipp.DIFFERENCE: "Difference",
        Qipp.FORECAST_YEAR: "Forecast for the year",
        Qipp.FORECAST_DIFFERENCE: "Difference from plan",
        Qipp.CHANCE: "Chance, %",
    }
    for column, word in sums.items():
        sheet.write_string(HEADING_ROW - 1, column, word, dress.head_figure)
    sheet.set_row(HEADING_ROW - 1, 42)
    sheet.set_column(Qipp.PLAN, Qipp.FORECAST_DIFFERENCE, 8)
    for column, width in (*WIDTHS.items(), *((column, 11) for column in sums)):
        sheet.set_column(column, column, width)


def _on_trust(contents: Contents) -> str:
    plan = contents.total.on_trust
    return f" {formats.pounds(plan)} of it stands in for months that are due and not reported." if plan else ""


def _scheme(sheet: Worksheet, row: SchemeRow, at: int, upto: int, opened: Sequence[bool], dress: Dress) -> None:
    scheme, line = row.standing, at - 1
    words = (scheme.reference, scheme.title, scheme.state_name, row.initiative, scheme.owner, _basis(row, upto))
    why = sentence(scheme.judgement)
    fit_row(sheet, line, [(word, WIDTHS[column]) for column, word in (*enumerate(words), (Qipp.WHY, why))])
    for column, word in enumerate(words):
        sheet.write_string(line, column, word, dress.text)
    given, may_type = dress.given(looks.THOUSANDS), dress.open(looks.THOUSANDS)
    number, blank = sheet.write_number, sheet.write_blank
    for month, one in enumerate(row.months):
        typed = may_type if opened[month] else given
        cells = (
            (Qipp.PLAN + month, one.planned_saving if one else None, given),
            (
                Qipp.ACTUAL + month,
                one.actual_saving if one and month < upto else None,
                typed if month < upto else given,
            ),
            (Qipp.FORECAST + month, one.forecast_saving if one else None, typed),
        )
        for column, pounds, worn in cells:
            if pounds is None:
                blank(line, column, None, worn)
            else:
                number(line, column, float(pounds / 1000), worn)
    figure(sheet, line, Qipp.INVESTMENT, _thousand(scheme.investment), given)
    weighed = scheme.outlook.follows == Forecast.RISK_ADJUSTED
    follows = "" if scheme.outlook.nobodys else FOLLOWS[scheme.outlook.follows]
    sheet.write_string(line, Qipp.FOLLOWS, follows, dress.text)
    figure(sheet, line, Qipp.CHANCE, float(scheme.outlook.chance) if weighed else None, given)
    _sums(sheet, at, dress, scheme.position, scheme.net)
    sheet.write_formula(
        line,
        Qipp.FORECAST_YEAR,
        _best_known(at, upto, scheme.outlook),
        dress.worked(looks.THOUSANDS),
        _value(scheme.position.forecast_year),
    )
    sheet.write_string(line, Qipp.RATING, WORD[scheme.judgement.rating], dress.text)
    sheet.write_string(line, Qipp.WHY, why, dress.text)


def _sums(sheet: Worksheet, at: int, dress: Dress, whole: Position, net: Decimal, *, is_total: bool = False) -> None:
    """What a row works out of its own months: year, net, to date, the plan of the months reported, and the differences."""
    line, worked = at - 1, dress.worked(looks.THOUSANDS, total=is_total)
    signed = dress.worked(looks.DIFFERENCE, total=is_total)
    actual, to_date = along(Qipp.ACTUAL, at), cell(Qipp.TO_DATE, at)
    year, forecast = cell(Qipp.PLAN_YEAR, at), cell(Qipp.FORECAST_YEAR, at)
    sheet.write_formula(line, Qipp.PLAN_YEAR, f"=SUM({along(Qipp.PLAN, at)})", worked, _value(whole.planned_year))
    sheet.write_formula(line, Qipp.NET, f"={year}-N({cell(Qipp.INVESTMENT, at)})", worked, _value(net))
    sheet.write_formula(line, Qipp.TO_DATE, f'=IF(COUNT({actual})=0,"",SUM({actual}))', worked, _value(whole.to_date))
    if not is_total:
        same = f"=SUMPRODUCT(ISNUMBER({actual})*1,{along(Qipp.PLAN, at)})"
        sheet.write_formula(line, Qipp.PLANNED_REPORTED, same, worked, _value(whole.planned_reported))
    against = f'=IF(ISNUMBER({to_date}),{to_date}-{cell(Qipp.PLANNED_REPORTED, at)},"")'
    ahead = f'=IF(ISNUMBER({forecast}),{forecast}-{year},"")'
    sheet.write_formula(line, Qipp.DIFFERENCE, against, signed, _difference(whole.to_date, whole.planned_reported))
    sheet.write_formula(
        line, Qipp.FORECAST_DIFFERENCE, ahead, signed, _difference(whole.forecast_year, whole.planned_year)
    )


def _best_known(at: int, upto: int, outlook: Outlook) -> str:
    """The formula of a scheme's year: actual, else forecast, else what its forecast follows. Blank when none is held."""
    actual, past = along(Qipp.ACTUAL, at, upto), along(Qipp.FORECAST, at, upto)
    held, parts = [actual, past], [f"SUM({actual})", f'SUMPRODUCT(({actual}="")*1,{past})']
    # What is neither reported nor forecast, in the months that have come and in those that have not.
    silent = [(f'({actual}="")*({past}="")', along(Qipp.PLAN, at, upto))]
    if upto < MONTHS:
        coming = along(Qipp.FORECAST + upto, at, MONTHS - upto)
        held.append(coming)
        parts.append(f"SUM({coming})")
        silent.append((f'({coming}="")*1', along(Qipp.PLAN + upto, at, MONTHS - upto)))
    if not outlook.nobodys:
        held += [planned for _, planned in silent]
        parts += _followed(at, upto, outlook, silent)
    return f'=IF(COUNT({",".join(held)})=0,"",{"+".join(parts)})'


def _followed(at: int, upto: int, outlook: Outlook, silent: Sequence[tuple[str, str]]) -> list[str]:
    """What the months without a word of their own are expected to save, as `calc.savings.Outlook` has it, to the penny."""
    on_plan = [f"SUMPRODUCT({months},{planned})" for months, planned in silent]
    if outlook.follows == Forecast.RISK_ADJUSTED:
        chance = cell(Qipp.CHANCE, at)
        return [f"SUMPRODUCT({months},ROUND({planned}*{chance}/100,5))" for months, planned in silent]
    if outlook.follows == Forecast.RUN_RATE:
        actual, planned = along(Qipp.ACTUAL, at, upto), along(Qipp.PLAN, at, upto)
        counted = f"SUMPRODUCT(ISNUMBER({actual})*((({planned}<>0)+({actual}<>0))>0))"
        months = "+".join(f"SUMPRODUCT({these}*({due}<>0))" for these, due in silent)
        return [f"IF({counted}=0,{'+'.join(on_plan)},ROUND(SUM({actual})/MAX({counted},1),5)*({months}))"]
    return on_plan


def _total(
    sheet: Worksheet,
    place: Qipp,
    dress: Dress,
    at: int,
    label: str,
    state: str,
    rows: Sequence[SchemeRow],
    whole: Position,
    upto: int,
) -> None:
    """A row of totals: of one state, or (with `state` empty) of every scheme."""
    line = at - 1
    for column in range(Qipp.PLAN):
        sheet.write_blank(line, column, None, dress.total_text)
    sheet.write_string(line, Qipp.TITLE, label, dress.total_text)
    sheet.write_string(line, Qipp.STATE, state, dress.total_text)
    worked = dress.worked(looks.THOUSANDS, total=True)

    def add(column: int, value: Decimal | None) -> None:
        sheet.write_formula(line, column, _added(place, column, at, state), worked, _value(value))

    for month in range(MONTHS):
        ones = [row.months[month] for row in rows]
        add(Qipp.PLAN + month, _months(ones, "planned_saving"))
        add(Qipp.ACTUAL + month, _months(ones, "actual_saving") if month < upto else None)
        add(Qipp.FORECAST + month, _months(ones, "forecast_saving"))
    add(Qipp.INVESTMENT, total(row.standing.investment for row in rows))
    add(Qipp.PLANNED_REPORTED, whole.planned_reported if rows else None)
    add(Qipp.FORECAST_YEAR, whole.forecast_year)
    net = sum((row.standing.net for row in rows), Decimal(0))
    _sums(sheet, at, dress, whole, net, is_total=True)
    for column in (Qipp.RATING, Qipp.WHY, Qipp.FOLLOWS, Qipp.CHANCE):
        sheet.write_blank(line, column, None, dress.total_text)


def _added(place: Qipp, column: int, at: int, state: str) -> str:
    """The formula of a total down a column: blank where no scheme holds a figure, so that nothing reads as 0 that was not reported."""
    figures = down(column, FIRST_ROW, place.last)
    if not state:
        return f'=IF(COUNT({figures})=0,"",SUM({figures}))'
    states, label = held_fast(Qipp.STATE, FIRST_ROW, place.last), f"${cell(Qipp.STATE, at)}"
    held = f"SUMPRODUCT(({states}={label})*ISNUMBER({figures}))"
    return f'=IF({held}=0,"",SUMIF({states},{label},{figures}))'


def _requirement(sheet: Worksheet, contents: Contents, dress: Dress) -> None:
    """The savings requirement in its four states, from the totals above it."""
    place, position = contents.qipp, contents.requirement
    top = place.requirement(0) - 2
    sheet.write_string(top, Qipp.INITIATIVE, "The savings requirement, £000", dress.section)
    if position is None:
        sheet.write_string(top + 1, Qipp.INITIATIVE, "This plan states no savings requirement.", dress.note)
        return
    required = position.requirement
    state = [place.state(number) for number in range(2)]

    # A closed scheme delivers no more than it has saved, so that what is left of its plan is still to find.
    closed = "".join(
        f"-({cell(Qipp.PLAN_YEAR, FIRST_ROW + number)}-N({cell(Qipp.TO_DATE, FIRST_ROW + number)}))"
        for number, one in enumerate(contents.schemes)
        if one.standing.stage == "closed"
    )

    def still(row: int, less: str = "") -> str:
        return f"=MAX({cell(Qipp.PLAN_YEAR, row)}-N({cell(Qipp.TO_DATE, row)}){less},0)"

    at = [cell(Qipp.REQUIREMENT, place.requirement(number)) for number in range(5)]
    rows = (
        ("Savings requirement", "", required.amount),
        (
            "Delivered to date",
            f"=N({cell(Qipp.TO_DATE, state[0])})+N({cell(Qipp.TO_DATE, state[1])})",
            required.delivered,
        ),
        ("Identified, still to deliver", still(state[0], closed), required.identified),
        ("Earmarked, still to deliver", still(state[1]), required.earmarked),
        ("With no scheme", f"={at[0]}-SUM({at[1]}:{at[3]})", required.unidentified),
    )
    for number, (label, formula, pounds) in enumerate(rows):
        line = place.requirement(number) - 1
        sheet.merge_range(line, Qipp.INITIATIVE, line, Qipp.BASIS, label, dress.total_text if formula else dress.text)
        if formula:
            sheet.write_formula(
                line, Qipp.REQUIREMENT, formula, dress.worked(looks.THOUSANDS, total=True), _value(pounds)
            )
        else:
            figure(sheet, line, Qipp.REQUIREMENT, _thousand(pounds), dress.given(looks.THOUSANDS))
    sheet.write_string(place.requirement(4), Qipp.INITIATIVE, f"Source: {position.source}", dress.note)


def _names(book: Workbook, place: Qipp) -> None:
    names = {Qipp.PLAN: "plan", Qipp.ACTUAL: "actual", Qipp.FORECAST: "forecast"}
    for first, name in names.items():
        book.define_name(f"QIPP_{name}", fixed(QIPP, first, FIRST_ROW, first + MONTHS - 1, place.last))
        book.define_name(f"QIPP_{name}_total", fixed(QIPP, first, place.total, first + MONTHS - 1, place.total))
    columns = {
        Qipp.REFERENCE: "references",
        Qipp.PLAN_YEAR: "plan_year",
        Qipp.TO_DATE: "to_date",
        Qipp.FORECAST_YEAR: "forecast_year",
    }
    for column, name in columns.items():
        book.define_name(f"QIPP_{name}", fixed(QIPP, column, FIRST_ROW, column, place.last))
    requirement = (Qipp.REQUIREMENT, place.requirement(0), Qipp.REQUIREMENT, place.requirement(4))
    book.define_name("QIPP_requirement", fixed(QIPP, *requirement))


def _basis(row: SchemeRow, upto: int) -> str:
    months = [one for one in row.months if one]
    return basis_in_words(
        scheme=[row.standing.basis],
        plan=[one.planned_basis for one in months if one.planned_saving is not None],
        actual=[one.basis for one in row.months[:upto] if one and one.actual_saving is not None],
        forecast=[one.basis for one in months if one.forecast_saving is not None],
    )


def _months(ones: Iterable[MonthOfSavings | None], kind: str) -> Decimal | None:
    return total(getattr(one, kind) if one else None for one in ones)


def _thousand(pounds: Decimal | None) -> float | None:
    return None if pounds is None else float(pounds / 1000)


def _value(pounds: Decimal | None) -> float | str:
    """What a formula shows before anything recalculates it: the figure that opplan holds, or nothing."""
    return "" if pounds is None else float(pounds / 1000)


def _difference(figure: Decimal | None, planned: Decimal) -> float | str:
    return "" if figure is None else float((figure - planned) / 1000)
