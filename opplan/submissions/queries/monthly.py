"""Gathers what the workbook holds from the rooms' own queries. Joins them by month and by row; computes no figure anew."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from activity import queries as activity
from finance import queries as finance
from initiatives import queries as initiatives
from opplan.calc.months import month_number
from opplan.calc.rag import Direction, Rating, Tolerance
from opplan.plans import queries as plans
from opplan.submissions.monthly.checks import activity_checks, savings_checks
from opplan.submissions.monthly.contents import STATES, Contents, LineRow, SchemeRow
from opplan.web.reasons import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opplan.calc.rag import Judgement
    from opplan.plans.models import Plan


def contents_of(plan: Plan, month: date) -> Contents:
    """What the plan's workbook holds at the end of `month`. The same number of queries whatever the number of rows."""
    bands = plans.tolerances(plan)
    schemes = _schemes(plan, month, bands)
    standings = [scheme.standing for scheme in schemes]
    whole = finance.total_position(standings)
    requirement = finance.savings_requirement(plan, standings)
    gathered = Contents(
        code=plan.organisation.code,
        organisation=plan.organisation.short_name,
        organisation_name=plan.organisation.name,
        year=plan.year,
        year_label=plan.year_label,
        title=plan.title,
        month=month,
        months=plan.months,
        closed=plans.closed_months(plan),
        schemes=schemes,
        states=[finance.total_position([one for one in standings if one.state == state]) for state, _ in STATES],
        total=whole,
        requirement=requirement,
        lines=_lines(plan, month, bands),
        changed=max(
            (change for room in (plans, initiatives, activity, finance) if (change := room.last_change(plan))),
            key=lambda change: change.at,
            default=None,
        ),
        checks=[],
        content="",
    )
    number = gathered.month_number
    checks = savings_checks(schemes, whole, requirement, gathered.qipp, number)
    wholes = activity.wholes(plan, [line.standing for line in gathered.lines])
    checks += activity_checks(gathered.lines, gathered.activity, number, wholes)
    checked = replace(gathered, checks=checks)
    return replace(checked, content=content_hash(checked))


def _schemes(plan: Plan, month: date, bands: Mapping[str, Tolerance]) -> list[SchemeRow]:
    """Each scheme with its months: the identified first, what nobody owns last. An idea counts for nothing and is left out."""
    held: dict[str, dict[date, finance.MonthOfSavings]] = defaultdict(dict)
    for one in finance.savings_by_month(plan, month=month):
        held[one.scheme][one.month] = one
    titles = {entry.key: entry.reference for entry in initiatives.initiative_register(plan, month)}
    order = [state for state, _ in STATES]
    counted = [one for one in finance.scheme_positions(plan, month, bands) if one.counted]
    rows = sorted(counted, key=lambda one: order.index(one.state))
    found = []
    for row in rows:
        months = [held[row.reference].get(period) for period in plan.months]
        due = [one for one in months[: month_number(month)] if one and one.planned_saving and not row.nobodys]
        found.append(
            SchemeRow(
                row,
                months,
                titles.get(row.initiative_key or 0, ""),
                len(due),
                [one.month for one in due if one.actual_saving is None],
            )
        )
    return found


def _lines(plan: Plan, month: date, bands: Mapping[str, Tolerance]) -> list[LineRow]:
    """Each line with its months, in the order of the catalogue. A month is due where the board would say that it is not reported."""
    held = activity.lines_of(plan)
    standings = activity.line_positions(plan, month, bands, held)
    number = month_number(month)
    found = []
    for line, standing in zip(held, standings, strict=True):
        months = standing.year
        monthly, direction = standing.frequency == "month", Direction(standing.direction)
        due = [one for one in months[:number] if monthly and one.planned is not None]
        missing = [
            one.period
            for one in due
            if activity.judged(one, direction, bands, monthly=monthly).rating == Rating.NOT_REPORTED
        ]
        found.append(
            LineRow(
                standing,
                months,
                line.measure.numerator,
                line.measure.denominator,
                activity.year_value(months, standing.year_rule, planned=True),
                activity.year_value(months[:number], standing.year_rule, planned=False),
                len(due),
                missing,
            )
        )
    return found


# What the sheets print of each. Keys and what only the pages show stay out, so that the same plan has the same code everywhere.
PRINTED_OF_PLAN = ("code", "organisation", "organisation_name", "year", "year_label", "title", "month", "months")
PRINTED_OF_SCHEME = (
    "reference",
    "title",
    "state",
    "state_name",
    "owner",
    "basis",
    "investment",
    "net",
    "outlook",
    "position",
)
PRINTED_OF_LINE = (
    "reference",
    "code",
    "short_name",
    "title",
    "unit",
    "kind",
    "year_rule",
    "direction",
    "frequency",
    "standard",
)
PRINTED_OF_CHECK = ("rule", "subject", "where", "found", "expected", "comparison", "tolerance")


def content_hash(contents: Contents) -> str:
    """The SHA-256 of every name, figure and reason that the sheets print and of which months are open.

    Who changed the data last, when and why is left out: the same plan, loaded again by somebody else, has the same code.
    """
    upto = contents.month_number
    frozen = [
        _printed(contents, PRINTED_OF_PLAN),
        # Which months are open decides which cells may be typed in.
        sorted(contents.closed),
        [
            [
                *_printed(row.standing, PRINTED_OF_SCHEME),
                *_printed(row, ("initiative", "due", "missing")),
                *_rated(row.standing.judgement),
                [
                    [
                        one.planned_saving,
                        one.actual_saving if number < upto else None,
                        one.forecast_saving,
                        one.planned_basis,
                        one.basis,
                        one.status if number < upto else "",
                    ]
                    if one
                    else None
                    for number, one in enumerate(row.months)
                ],
            ]
            for row in contents.schemes
        ],
        [contents.states, contents.total],
        [contents.requirement.requirement, contents.requirement.source] if contents.requirement else None,
        [
            [
                *_printed(row.standing, PRINTED_OF_LINE),
                *_printed(row, ("numerator", "denominator", "planned_year", "to_date", "due", "missing")),
                *_rated(row.standing.judgement),
                [
                    [
                        one.planned_numerator,
                        one.planned_denominator,
                        one.actual_numerator if number < upto else None,
                        one.actual_denominator if number < upto else None,
                        one.planned_basis,
                        one.basis,
                        one.status if number < upto else "",
                    ]
                    for number, one in enumerate(row.months)
                ],
            ]
            for row in contents.lines
        ],
        [_printed(check, PRINTED_OF_CHECK) for check in contents.checks],
    ]
    spelt = json.dumps(frozen, ensure_ascii=False, separators=(",", ":"), default=_spelt)
    return hashlib.sha256(spelt.encode()).hexdigest()


def _printed(thing: object, names: Sequence[str]) -> list[object]:
    return [getattr(thing, name) for name in names]


def _rated(judgement: Judgement) -> tuple[str, str]:
    return judgement.rating, sentence(judgement)


def _spelt(thing: object) -> object:
    """What JSON has no word for, in one spelling: a day, a figure, or a record as its fields in order."""
    if isinstance(thing, Decimal):
        return _plain(thing)
    if isinstance(thing, date):
        return thing.isoformat()
    if is_dataclass(thing):
        return _printed(thing, [field.name for field in fields(thing)])
    if isinstance(thing, Iterable):
        return list(thing)
    raise TypeError(f"a {type(thing).__name__} has no one spelling")


def _plain(figure: Decimal) -> str:
    """A figure in one spelling, so that 1 and 1.0000 freeze to the same content in every database."""
    return f"{figure.normalize():f}"
