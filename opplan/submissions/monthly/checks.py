"""What must hold of the workbook, each with its cell, its figures and the formula that says the same in Excel. Pure.

The rules are those that NHS England's planning returns and this plan's own identities ask for: months add to the year, totals agree,
numerators lie within denominators, what is due is there, and a plan below a standard is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from opplan.calc.money import total
from opplan.calc.rag import Direction, meets
from opplan.calc.ratios import SCALE, Kind, YearRule
from opplan.calc.savings import Position
from opplan.submissions import layout
from opplan.submissions.layout import along, cell
from opplan.submissions.monthly.contents import STATES
from opplan.web import formats

if TYPE_CHECKING:
    from datetime import date

    from activity.queries import Whole
    from finance.queries import RequirementPosition
    from opplan.submissions.monthly.contents import LineRow, SchemeRow

HALF = Decimal("0.5")
NONE = Decimal(0)
ROUNDING = Decimal("0.000001")


class Severity(StrEnum):
    """What a check does when it is not met: stops a submission, or warns whoever signs it."""

    STOP = "Stop"
    WARN = "Warn"


class Comparison(StrEnum):
    """How the figure found must stand to the figure expected."""

    EQUAL = "equal"
    AT_LEAST = "at least"
    AT_MOST = "at most"


class Unit(StrEnum):
    """What a check's figures count."""

    THOUSANDS = "thousands"
    PLAIN = "plain"
    PERCENTAGE = "percentage"


@dataclass(frozen=True)
class Rule:
    """One rule of the checks: its code on the Checks sheet, what must hold, and what to call it when it does not."""

    code: str
    title: str
    broken: str
    severity: Severity


RULES = {
    rule.code: rule
    for rule in (
        Rule("Q1", "The months of a scheme add to its year", "Months do not add to the year", Severity.STOP),
        Rule("Q2", "Savings in the workbook are those of the board", "Savings differ from the board's", Severity.STOP),
        # A warning, since a plan may honestly stand above or below what was asked of it: nothing in the workbook is then wrong.
        Rule(
            "Q3",
            "The plans of the three states add to the requirement",
            "Planned savings do not add to the requirement",
            Severity.WARN,
        ),
        Rule("Q4", "Every saving due is reported", "Savings due and not reported", Severity.WARN),
        Rule("Q5", "Every month of a scheme has a plan", "A month has no planned saving", Severity.WARN),
        Rule("Q6", "All of the requirement has a scheme", "Savings with no scheme", Severity.WARN),
        Rule("A1", "No numerator is above its denominator", "A numerator above its denominator", Severity.STOP),
        Rule("A2", "Every activity figure due is reported", "Activity due and not reported", Severity.WARN),
        Rule("A3", "A planned percentage meets its standard", "Planned off its standard", Severity.WARN),
        Rule("A4", "Every line has a plan", "No plan for every period", Severity.WARN),
        Rule("A5", "The year of a line is that of the board", "The year differs from the board's", Severity.STOP),
        Rule("A6", "A line is the sum of its parts", "The parts do not add to the line", Severity.STOP),
    )
}
COMPLETENESS_OF_SAVINGS, COMPLETENESS_OF_ACTIVITY = "Q4", "A2"
# How many planned figures a year asks of a line: as often as its measure is collected.
PERIODS = {"month": 12, "quarter": 4}


@dataclass(frozen=True)
class Check:
    """One check of one cell: what was found, what it was compared with, and the formulas that find both in Excel.

    Figures are in the unit of the sheet: GBP thousands, months, or a share of 1 for percentages. `expected_formula` is empty where
    the comparison is with opplan's own figure, frozen in the workbook.
    """

    rule: Rule
    subject: str
    sheet: str
    cell: str
    finding: str
    found: Decimal
    found_formula: str
    expected: Decimal
    comparison: Comparison
    expected_formula: str = ""
    tolerance: Decimal = NONE
    unit: Unit = Unit.PLAIN
    scheme: str = ""
    line: str = ""

    @property
    def where(self) -> str:
        return f"{self.sheet}!{self.cell}"

    @property
    def met(self) -> bool:
        if self.comparison == Comparison.AT_LEAST:
            return self.found >= self.expected - self.tolerance
        if self.comparison == Comparison.AT_MOST:
            return self.found <= self.expected + self.tolerance
        return abs(self.found - self.expected) <= self.tolerance


def savings_checks(
    schemes: Sequence[SchemeRow],
    whole: Position,
    requirement: RequirementPosition | None,
    place: layout.Qipp,
    month_number: int,
) -> list[Check]:
    """The checks of the QIPP sheet."""
    found = [
        check for number, row in enumerate(schemes) for check in _scheme(row, layout.FIRST_ROW + number, month_number)
    ]
    return [*_agreement(schemes, whole, place, month_number), *_requirement(schemes, requirement, place), *found]


def _scheme(row: SchemeRow, at: int, month_number: int) -> Iterator[Check]:
    scheme = row.standing
    subject = f"{scheme.reference} {scheme.title}"
    plan, actual = along(layout.Qipp.PLAN, at), along(layout.Qipp.ACTUAL, at)
    months = [month.planned_saving if month else None for month in row.months]
    added, year = _thousand(total(months)), _thousand(scheme.position.planned_year)
    yield Check(
        RULES["Q1"],
        subject,
        layout.QIPP,
        cell(layout.Qipp.PLAN_YEAR, at),
        f"Twelve months add to {_shown(added)}; the year says {_shown(year)} (£000).",
        added,
        f"SUM(QIPP!{plan})",
        year,
        Comparison.EQUAL,
        tolerance=HALF,
        unit=Unit.THOUSANDS,
        scheme=scheme.reference,
    )
    if not scheme.nobodys:
        due, held = along(layout.Qipp.PLAN, at, month_number), along(layout.Qipp.ACTUAL, at, month_number)
        yield Check(
            RULES[COMPLETENESS_OF_SAVINGS],
            subject,
            layout.QIPP,
            actual,
            _reported(row.due, row.missing),
            Decimal(row.due - len(row.missing)),
            f"SUMPRODUCT((QIPP!{due}<>0)*ISNUMBER(QIPP!{held}))",
            Decimal(row.due),
            Comparison.AT_LEAST,
            scheme=scheme.reference,
        )
    planned = sum(1 for month in months if month is not None)
    yield Check(
        RULES["Q5"],
        subject,
        layout.QIPP,
        plan,
        f"{planned} of 12 months have a planned saving.",
        Decimal(planned),
        f"COUNT(QIPP!{plan})",
        Decimal(layout.MONTHS),
        Comparison.AT_LEAST,
        scheme=scheme.reference,
    )


def _agreement(schemes: Sequence[SchemeRow], whole: Position, place: layout.Qipp, month_number: int) -> Iterator[Check]:
    """The months of the rows, added here as the sheet adds them, against the totals that the database added for the board."""
    months = [month for row in schemes for month in row.months if month]
    reported = [month for row in schemes for month in row.months[:month_number] if month]
    figures = (
        (
            "Planned saving of the year",
            total(month.planned_saving for month in months),
            whole.planned_year,
            place.PLAN_YEAR,
        ),
        ("Saving to date", total(month.actual_saving for month in reported), whole.to_date, place.TO_DATE),
        (
            "Forecast for the year",
            total(figure for row in schemes for figure in _best_known(row, month_number)),
            whole.forecast_year,
            place.FORECAST_YEAR,
        ),
    )
    for subject, added, figure, column in figures:
        if added is not None or figure is not None:
            at = cell(column, place.total)
            yield Check(
                RULES["Q2"],
                subject,
                layout.QIPP,
                at,
                f"The months add to {_shown(_thousand(added))}; the board says {_shown(_thousand(figure))} (£000).",
                _thousand(added),
                f"N(QIPP!{at})",
                _thousand(figure),
                Comparison.EQUAL,
                tolerance=HALF,
                unit=Unit.THOUSANDS,
            )


def _best_known(row: SchemeRow, month_number: int) -> Iterator[Decimal | None]:
    """Each month of a scheme as its forecast for the year takes it: actual, else its own forecast, else what the forecast follows."""
    for number, month in enumerate(row.months):
        if month is None:
            continue
        actual = month.actual_saving if number < month_number else None
        choices = (actual, month.forecast_saving, month.default_saving)
        yield next((figure for figure in choices if figure is not None), None)


def _requirement(
    schemes: Sequence[SchemeRow], position: RequirementPosition | None, place: layout.Qipp
) -> Iterator[Check]:
    if position is None:
        return
    required = position.requirement
    amount = cell(place.REQUIREMENT, place.requirement(0))
    without = cell(place.REQUIREMENT, place.requirement(4))
    # Not the four states of the requirement: what has no scheme is there whatever is left over, so that they can only add up.
    plans = f"{cell(place.PLAN_YEAR, place.state(0))}:{cell(place.PLAN_YEAR, place.state(len(STATES) - 1))}"
    planned = [
        sum(
            (
                month.planned_saving or NONE
                for row in schemes
                if row.standing.state == state
                for month in row.months
                if month
            ),
            NONE,
        )
        for state, _ in STATES
    ]
    in_plan = sum(planned, NONE)
    named = formats.listed(
        [f"{name.lower()} {formats.in_words(pounds)}" for (_, name), pounds in zip(STATES, planned, strict=True)]
    )
    yield Check(
        RULES["Q3"],
        formats.listed([name.lower() for _, name in STATES]).capitalize(),
        layout.QIPP,
        plans,
        f"Planned: {named}. Together {formats.in_words(in_plan)} of {formats.in_words(required.amount)}.",
        _thousand(in_plan),
        f"SUM(QIPP!{plans})",
        _thousand(required.amount),
        Comparison.EQUAL,
        f"QIPP!{amount}",
        HALF,
        Unit.THOUSANDS,
    )
    yield Check(
        RULES["Q6"],
        "Savings with no scheme",
        layout.QIPP,
        without,
        f"{formats.in_words(required.unidentified)} of {formats.in_words(required.amount)} has no scheme.",
        _thousand(required.unidentified),
        f"QIPP!{without}",
        NONE,
        Comparison.AT_MOST,
        tolerance=HALF,
        unit=Unit.THOUSANDS,
    )


def activity_checks(
    lines: Sequence[LineRow], place: layout.Activity, month_number: int, wholes: Sequence[Whole] = ()
) -> list[Check]:
    """The checks of the Activity sheet. `wholes` are the lines that are made of others."""
    found = [check for row, top in zip(lines, place.tops, strict=True) for check in _line(row, top, month_number)]
    return found + [check for whole in wholes if whole.complete for check in _parts(whole, lines, place)]


def _parts(whole: Whole, lines: Sequence[LineRow], place: layout.Activity) -> Iterator[Check]:
    """The planned year of a line against its parts, where the same months are planned in all of them. Actual figures are as published."""
    tops = {row.standing.reference: (row, top) for row, top in zip(lines, place.tops, strict=True)}
    family = [tops[one] for one in (whole.reference, *(part.reference for part in whole.parts)) if one in tops]
    planned = [[month.period for month in row.months if month.planned is not None] for row, _ in family]
    if len(family) != len(whole.parts) + 1 or not planned[0] or any(months != planned[0] for months in planned):
        return
    column = layout.Activity.PLAN_YEAR
    figures = [("planned_numerator", 0 if whole.kind == Kind.COUNT else 1)]
    if whole.kind != Kind.COUNT:
        figures.append(("planned_denominator", 2))
    for figure, below in figures:
        found, *parts = (_planned_year(row, figure) for row, _ in family)
        at, *cells = (cell(column, top + below) for _, top in family)
        expected = sum(parts, NONE)
        yield Check(
            RULES["A6"],
            f"{whole.reference} {whole.name}",
            layout.ACTIVITY,
            at,
            f"{formats.number(found)} planned in the year; its parts add to {formats.number(expected)}.",
            found,
            f"N(Activity!{at})",
            expected,
            Comparison.EQUAL,
            "+".join(f"N(Activity!{one})" for one in cells),
            tolerance=ROUNDING,
            line=whole.reference,
        )


def _planned_year(row: LineRow, figure: str) -> Decimal:
    """The year of one planned figure as the sheet has it: the latest, or the sum of its months."""
    held = [getattr(month, figure) or NONE for month in row.months if month.planned is not None]
    return held[-1] if row.standing.year_rule == YearRule.LAST else sum(held, NONE)


def _line(row: LineRow, top: int, month_number: int) -> Iterator[Check]:
    line = row.standing
    # The same measure may stand for several providers: the line's reference tells them apart.
    subject = f"{line.reference} {line.short_name}"
    plan, actual = along(layout.Activity.PLAN, top), along(layout.Activity.ACTUAL, top)
    if line.kind == Kind.PERCENTAGE:
        yield from _numerators(row, subject, top, month_number)
    if line.frequency == "month" and row.due:
        due, held = along(layout.Activity.PLAN, top, month_number), along(layout.Activity.ACTUAL, top, month_number)
        yield Check(
            RULES[COMPLETENESS_OF_ACTIVITY],
            subject,
            layout.ACTIVITY,
            actual,
            _reported(row.due, row.missing),
            Decimal(row.due - len(row.missing)),
            f"SUMPRODUCT(ISNUMBER(Activity!{due})*ISNUMBER(Activity!{held}))",
            Decimal(row.due),
            Comparison.AT_LEAST,
            line=line.reference,
        )
    if line.kind == Kind.PERCENTAGE and line.standard is not None and line.direction != Direction.ON:
        yield from _standard(row, subject, top)
    planned = sum(1 for month in row.months if month.planned is not None)
    expected = PERIODS.get(line.frequency, 1)
    yield Check(
        RULES["A4"],
        subject,
        layout.ACTIVITY,
        plan,
        f"{planned} of {formats.counted(expected, 'planned figure')}.",
        Decimal(planned),
        f"COUNT(Activity!{plan})",
        Decimal(expected),
        Comparison.AT_LEAST,
        line=line.reference,
    )
    years = (
        ("plan", _year(row, month_number, planned=True), row.planned_year, layout.Activity.PLAN_YEAR),
        ("actual", _year(row, month_number, planned=False), row.to_date, layout.Activity.TO_DATE),
    )
    for whose, worked_out, figure, column in years:
        if worked_out is not None or figure is not None:
            at = cell(column, top)
            scale = 100 if line.kind == Kind.PERCENTAGE else 1
            yield Check(
                RULES["A5"],
                f"{subject}, {whose}",
                layout.ACTIVITY,
                at,
                f"The months give {_measured(worked_out, line.kind)}; the board says {_measured(figure, line.kind)}.",
                (worked_out or NONE) / scale,
                f"N(Activity!{at})",
                (figure or NONE) / scale,
                Comparison.EQUAL,
                tolerance=ROUNDING,
                unit=Unit.PERCENTAGE if line.kind == Kind.PERCENTAGE else Unit.PLAIN,
                line=line.reference,
            )


def _year(row: LineRow, month_number: int, *, planned: bool) -> Decimal | None:
    """The year of a line as the sheet works it out from its months: the latest, their sum, or numerators over denominators."""
    line = row.standing
    held = [
        (month.planned, month.planned_numerator, month.planned_denominator)
        if planned
        else (month.actual, month.actual_numerator, month.actual_denominator)
        for month in (row.months if planned else row.months[:month_number])
    ]
    held = [month for month in held if month[0] is not None]
    if not held:
        return None
    if line.year_rule == YearRule.LAST:
        return held[-1][0]
    above = sum((numerator or NONE for _, numerator, _ in held), NONE)
    if line.kind == Kind.COUNT:
        return above
    return SCALE[line.kind] * above / sum((denominator or NONE for _, _, denominator in held), NONE)


def _numerators(row: LineRow, subject: str, top: int, month_number: int) -> Iterator[Check]:
    pairs = [(month.planned_numerator, month.planned_denominator) for month in row.months]
    pairs += [(month.actual_numerator, month.actual_denominator) for month in row.months[:month_number]]
    complete = [(above, below) for above, below in pairs if above is not None and below is not None]
    if not complete:
        return
    wrong = sum(1 for above, below in complete if above > below)
    parts = []
    for first in (layout.Activity.PLAN, layout.Activity.ACTUAL):
        above, below = along(first, top + 1), along(first, top + 2)
        parts.append(
            f"SUMPRODUCT(ISNUMBER(Activity!{above})*ISNUMBER(Activity!{below})*(Activity!{above}>Activity!{below}))"
        )
    yield Check(
        RULES["A1"],
        subject,
        layout.ACTIVITY,
        f"{cell(layout.Activity.PLAN, top + 1)}:{cell(layout.Activity.TO_DATE - 1, top + 2)}",
        f"{wrong} of {formats.counted(len(complete), 'figure')} with more in the numerator than in the denominator.",
        Decimal(wrong),
        "+".join(parts),
        NONE,
        Comparison.AT_MOST,
        line=row.standing.reference,
    )


def _standard(row: LineRow, subject: str, top: int) -> Iterator[Check]:
    line = row.standing
    planned = [month.planned for month in row.months if month.planned is not None]
    if not planned or line.standard is None:
        return
    over = line.direction == Direction.OVER
    worst = min(planned) if over else max(planned)
    plan = along(layout.Activity.PLAN, top)
    missed = sum(1 for value in planned if not meets(value, line.standard, Direction(line.direction)))
    side = "Lowest" if over else "Highest"
    yield Check(
        RULES["A3"],
        subject,
        layout.ACTIVITY,
        plan,
        f"{side} month planned {formats.per_cent(worst)}, standard {formats.per_cent(line.standard)}"
        + (f"; {formats.counted(missed, 'month')} off the standard." if missed else "."),
        worst / 100,
        f"{'MIN' if over else 'MAX'}(Activity!{plan})",
        line.standard / 100,
        Comparison.AT_LEAST if over else Comparison.AT_MOST,
        f"Activity!{cell(layout.Activity.STANDARD, top)}",
        ROUNDING,
        Unit.PERCENTAGE,
        line=line.reference,
    )


def _reported(due: int, missing: Sequence[date]) -> str:
    if not due:
        return "Nothing is due yet."
    absent = formats.listed([f"{month:%B}" for month in missing])
    return f"{due - len(missing)} of {formats.counted(due, 'month')} due" + (
        f"; {absent} not reported." if absent else "."
    )


def _measured(figure: Decimal | None, kind: Kind) -> str:
    return "no figure" if figure is None else formats.measure_value(figure, kind)


def _thousand(pounds: Decimal | None) -> Decimal:
    return (pounds or NONE) / 1000


def _shown(thousands: Decimal) -> str:
    return formats.number(thousands, 0 if thousands == thousands.to_integral_value() else 1)
