"""A line's build-up in a sentence, steps and rows; its impacts; a previewed phasing; and its path to a standard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.presenters.words import standard_of
from opplan.calc.rag import Direction, meets
from opplan.calc.ratios import Kind, YearRule
from opplan.calc.trajectory import first_met, held_from
from opplan.web import charts, formats
from opplan.web.formats import counted, measure_value, number, places_for, plain

if TYPE_CHECKING:
    from activity.models import Line
    from activity.queries import Building, ImpactEntry, LinePosition, LineRecord, Outturn, PhasedYear

Address = Callable[..., str]
UNQUANTIFIED = "not quantified in the plan document"


@dataclass(frozen=True)
class PartRow:
    """A step of the build-up as its table shows it."""

    name: str
    url: str
    figure: str
    source: str
    basis: str
    total: bool = False


@dataclass(frozen=True)
class ImpactRow:
    """What an initiative changes, as the list shows it: a figure a period, or the words that there is none."""

    name: str
    url: str
    initiative: str
    initiative_reference: str
    initiative_url: str
    how: str
    effect: str
    months: Sequence[str]
    year: str
    basis: str
    none: str


@dataclass(frozen=True)
class BuildPage:
    """The page of a build-up, ready to be shown."""

    name: str
    lead: str
    context: str
    figure: dict[str, Any] | None
    finding: str
    unit: str
    parts: Sequence[PartRow]
    impacts: Sequence[ImpactRow]
    heads: Sequence[str]
    proposal: str
    phased: bool
    suited: bool


def build_page(line: Line, built: Building, address: Address) -> BuildPage:
    measure, places = line.measure, built.places
    year = "the year" if built.phased else f"{formats.month(line.plan.months[-1])}"
    return BuildPage(
        name=f"Build-up of {small_name(measure.short_name)}",
        lead=_lead(line, built),
        context=" · ".join(
            filter(
                None, [measure.code, line.title or str(line.provider or ""), f"line {line.reference}", str(line.plan)]
            )
        ),
        figure=charts.waterfall(_steps(line, built), places=places) if built.up else None,
        finding=_finding(line, built),
        unit=f"{measure.unit[:1].upper()}{measure.unit[1:]}, {year}, {line.plan.year_label}",
        parts=_parts(line, built, address),
        impacts=[_impact(one, built, address) for one in built.impacts],
        heads=[
            f"{period[0]:%b}" if len(period) == 1 else f"{period[0]:%b} to {period[-1]:%b}" for period in built.periods
        ],
        proposal=proposal(built.outturn, measure.kind, measure.unit),
        phased=built.phased,
        suited=measure.kind != Kind.PERCENTAGE,
    )


def small_name(words: str) -> str:
    """A name inside a sentence: a word that begins with two capitals stays."""
    return words if words[1:2].isupper() or words[1:2] == "&" else words[:1].lower() + words[1:]


def proposal(outturn: Outturn, kind: str, unit: str) -> str:
    """What the actual figures held give as a baseline, and from where; or what is missing."""
    label = outturn.year.replace("-", "/")
    if outturn.value is not None:
        held = counted(len(outturn.held), "month" if outturn.asked == 12 else "period")
        words = (
            f"{number(outturn.value, 0 if kind == Kind.COUNT else 1)} {unit} in {label}, from {held} of actual figures"
        )
        return f"{words} ({outturn.source})." if outturn.source else f"{words}."
    if not outturn.held:
        return f"No actual figures of {label} are held, so that no outturn can be proposed."
    missing = formats.listed([formats.short_month(month) for month in outturn.missing])
    return f"{len(outturn.held)} of {outturn.asked} months of {label} are held; {missing} not, so that no outturn can be proposed."


def _lead(line: Line, built: Building) -> str:
    unit, places, up = line.measure.unit, built.places, built.up
    if up is None:
        planned = "" if built.planned is None else f" The months planned give {number(built.planned, places)} {unit}."
        named = [one for one in built.impacts if one.year is None]
        says = (
            f" {counted(len(named), 'initiative is', 'initiatives are')} to change it, by how much the plan document does not say."
            if named
            else ""
        )
        return f"Nobody has given a baseline yet.{says}{planned}"
    changes = up.plan - up.baseline
    label = (built.row.baseline_year if built.row else "").replace("-", "/") or "the baseline"
    first = f"{number(up.plan, places)} {unit}, {number(abs(changes), places)} {'more' if changes > 0 else 'fewer'} than in {label}"
    if not changes:
        first = f"{number(up.plan, places)} {unit}, as many as in {label}"
    if built.planned is None:
        return f"{first}. No month is planned yet."
    if not built.unexplained:
        return f"{first}. The months planned agree."
    gap = f"{number(abs(built.unexplained), places)} {'more' if built.unexplained > 0 else 'fewer'}"
    return f"{first}. The months planned give {number(built.planned, places)}, {gap}: the build-up does not explain it."


def _finding(line: Line, built: Building) -> str:
    if built.up is None:
        return ""
    up, places = built.up, built.places
    growth, rest = up.demographic + up.other, sum(up.impacts, Decimal(0))
    if built.unexplained:
        return f"Nothing accounts for {number(abs(built.unexplained), places)} {line.measure.unit} between the build-up and the plan"
    told = [
        f"{number(part, places, signed=True)} {name}"
        for name, part in (("growth", growth), ("policy", up.policy), ("initiatives", rest))
        if part
    ]
    baseline = number(up.baseline, places)
    return f"{formats.listed(told)} on {baseline}" if told else f"The plan is the baseline, {baseline}"


def _steps(line: Line, built: Building) -> list[charts.Step]:
    up = built.up
    assert up is not None
    year = built.row.baseline_year.replace("-", "/") if built.row and built.row.baseline_year else ""
    steps = [charts.Step(f"{year} baseline".strip().capitalize(), up.baseline, total=True)]
    for name, value in (
        ("Demographic growth", up.demographic),
        ("Other growth", up.other),
        ("Policy and services", up.policy),
    ):
        if value:
            steps.append(charts.Step(name, value))
    steps += [charts.Step(one.title, value) for one, value in zip(built.quantified, up.impacts, strict=True)]
    if built.unexplained:
        steps.append(charts.Step("Not explained", built.unexplained, unowned=True))
    return [*steps, charts.Step(f"{line.plan.year_label} plan", up.plan + (built.unexplained or 0), total=True)]


def _parts(line: Line, built: Building, address: Address) -> list[PartRow]:
    up, row, places = built.up, built.row, built.places
    if up is None or row is None:
        return []
    year = row.baseline_year.replace("-", "/")
    rows = [
        PartRow(f"{year} baseline".strip().capitalize(), "", number(up.baseline, places), "see the note", row.basis),
        PartRow(
            "Demographic growth", "", _signed(up.demographic, places), f"{plain(row.demographic)}% of the baseline", ""
        ),
        PartRow("Other growth", "", _signed(up.other, places), f"{plain(row.other)}% of the baseline", ""),
        PartRow("Policy and service changes", "", _signed(up.policy, places), row.policy_note or "none", ""),
    ]
    rows += [
        PartRow(
            one.title,
            address("activity:impact", reference=one.reference),
            _signed(value, places),
            f"{one.initiative} {one.initiative_title}",
            one.months_basis,
        )
        for one, value in zip(built.quantified, up.impacts, strict=True)
    ]
    if built.unexplained:
        rows.append(PartRow("Not explained", "", _signed(built.unexplained, places), "nobody", ""))
    return [
        *rows,
        PartRow(
            f"{line.plan.year_label} plan",
            "",
            number(up.plan + (built.unexplained or 0), places),
            "the months planned" if built.planned is not None else "",
            "",
            total=True,
        ),
    ]


def _signed(value: Decimal, places: int) -> str:
    return number(value, places, signed=True)


def _impact(one: ImpactEntry, built: Building, address: Address) -> ImpactRow:
    places = built.places
    months = [
        ""
        if not any(month in one.months for month in period)
        else _signed(sum((one.months.get(month, Decimal(0)) for month in period), Decimal(0)), places)
        for period in built.periods
    ]
    none = "" if one.months else UNQUANTIFIED if one.basis != "entered" else "not quantified yet"
    return ImpactRow(
        name=one.title,
        url=address("activity:impact", reference=one.reference),
        initiative=one.initiative_title,
        initiative_reference=one.initiative,
        initiative_url=address("dashboards:initiative", reference=one.initiative),
        how=one.how_modelled,
        effect=one.effect,
        months=months,
        year="" if one.year is None else _signed(one.year, places),
        basis=one.months_basis,
        none=none,
    )


@dataclass(frozen=True)
class PreviewRow:
    """A period of a preview: now, then and the difference; closed ones keep theirs."""

    month: str
    now: str
    then: str
    difference: str
    closed: bool
    note: str = ""


@dataclass(frozen=True)
class Preview:
    """What would be planned, beside what is planned now."""

    finding: str
    note: str
    rows: Sequence[PreviewRow]
    total: PreviewRow | None
    changes: int


def phasing_preview(found: PhasedYear, unit: str, months_each: int) -> Preview:
    """The months now and as they would be, and how the year still adds up where months are closed."""
    changed = [one for one in found.months if one.difference or (one.now is None and one.then is not None)]
    word = "month" if months_each == 1 else "quarter"
    would = counted(len(changed), f"{word} would change", f"{word}s would change")
    moves = "stays" if found.now == found.then else f"goes from {number(found.now)} to"
    finding = f"{would}; the year {moves} {number(found.then)} {unit}"
    rows = [
        PreviewRow(
            formats.month(one.month),
            number(one.now),
            number(one.then),
            number(one.difference, signed=True) if not one.closed else "",
            one.closed,
            "closed" if one.closed else "",
        )
        for one in found.months
    ]
    total = PreviewRow(
        "Year", number(found.now), number(found.then), number(found.then - found.now, signed=True), closed=False
    )
    return Preview(finding[:1].upper() + finding[1:], _kept(found, unit, word), rows, total, len(changed))


def _kept(found: PhasedYear, unit: str, word: str) -> str:
    """What closed months keep, and how the rest of the year still adds up to it."""
    closed = [one.month for one in found.months if one.closed]
    if not closed:
        return ""
    rest, year = number(found.year - found.kept), number(found.year)
    free = counted(len(found.free), word)
    if len(closed) == 1:
        keeps = f"{formats.month(closed[0])} is closed and keeps {number(found.kept)}"
    else:
        keeps = f"{formats.month(closed[0])} to {formats.month(closed[-1])} are closed and keep {number(found.kept)}"
    return f"{keeps}; the other {rest} {unit} are spread over the {free} still open, so that the year is {year}."


@dataclass(frozen=True)
class PathPage:
    """The trajectory of a line: as it is planned, or as a preview would have it."""

    context: str
    lead: str
    figure: dict[str, Any]
    finding: str
    unit: str
    standard: str
    rows: Sequence[PreviewRow]


def path_page(
    line: Line,
    position: LinePosition,
    months: Sequence[date],
    now: Sequence[Decimal | None],
    then: Sequence[Decimal | None] | None,
) -> PathPage:
    """`now` and `then` are the planned values by period; `then` is None where nothing is previewed."""
    shown = now if then is None else then
    met = met_words(position, months, shown)
    kind = position.kind
    rows = [
        PreviewRow(
            formats.month(month),
            measure_value(before, kind) or "none",
            measure_value(after, kind) or "none",
            _gap(before, after, kind),
            False,
            _standing(position, after),
        )
        for month, before, after in zip(months, now, shown, strict=True)
    ]
    actual = {month.period: month.actual for month in position.year}
    series = [
        charts.Series("actual", "Actual", [_float(actual.get(month)) for month in months]),
        charts.Series("plan", "Trajectory", [_float(value) for value in shown]),
    ]
    if position.standard is not None:
        series.append(charts.Series("target", "Standard", [float(position.standard)] * len(months)))
    percentage = kind == Kind.PERCENTAGE
    cut = "; the axis does not start at nought" if percentage else ""
    return PathPage(
        context=" · ".join(filter(None, [position.code, position.title, f"line {line.reference}", str(line.plan)])),
        lead=met,
        figure=charts.by_month(
            months,
            series,
            from_zero=not percentage,
            suffix="%" if percentage else "",
            places=places_for(kind),
            mark=charts.Mark(position.now.period, "Month reported") if _beyond(position) else None,
        ),
        finding=met.partition(".")[0],
        unit=f"{'Per cent' if percentage else position.unit[:1].upper() + position.unit[1:]}, {line.plan.year_label}{cut}",
        standard=standard_of(position),
        rows=rows,
    )


def _beyond(position: LinePosition) -> bool:
    """Whether actual figures are held of months after the one that is shown."""
    return any(month.actual is not None and month.period > position.now.period for month in position.year)


def met_words(position: LinePosition, months: Sequence[date], values: Sequence[Decimal | None]) -> str:
    """Which month first meets the standard, and whether it is then held."""
    planned = [value for value in values if value is not None]
    if not planned:
        return "Nothing is planned yet."
    begins, ends = (measure_value(value, position.kind) for value in (planned[0], planned[-1]))
    if position.standard is None:
        return f"{begins} at first and {ends} at the end. There is no standard to meet."
    standard, direction = standard_of(position), Direction(position.direction)
    first = first_met(values, position.standard, direction)
    if first is None:
        return f"The standard of {standard} is met in no month of the year. The last planned is {ends}."
    held = held_from(values, position.standard, direction)
    told = f"The standard of {standard} is first met in {formats.month(months[first])}"
    if held is None:
        return f"{told}, and missed again at the end of the year."
    return f"{told} and held from there." if held == first else f"{told} and held from {formats.month(months[held])}."


def _standing(position: LinePosition, value: Decimal | None) -> str:
    if value is None or position.standard is None:
        return ""
    if meets(value, position.standard, Direction(position.direction)):
        return "met"
    return "missed"


def _gap(before: Decimal | None, after: Decimal | None, kind: str) -> str:
    if before is None or after is None:
        return ""
    return number(after - before, places_for(kind, after - before), signed=True)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True)
class LinePlanning:
    """What a line's page says of how it is planned, and which pages of planning suit it."""

    words: str
    built: bool
    path: bool
    phased: bool
    may_plan: bool


def line_planning(found: LineRecord, may_plan: bool) -> LinePlanning:
    """A count that adds up is built up and phased; the others are levels with a trajectory."""
    position = found.position
    summed = position.kind == Kind.COUNT and position.year_rule == YearRule.SUM
    planned = [month for month in position.year if month.planned is not None]
    sources = dict.fromkeys(month.planned_source.partition(",")[0] for month in planned if month.planned_source)
    words = (
        f"{counted(len(planned), 'period')} of the year {'has' if len(planned) == 1 else 'have'} a plan"
        if planned
        else "No period of the year has a plan yet"
    )
    source = f": {'; '.join(sources)}" if 0 < len(sources) <= 2 else ""
    return LinePlanning(
        words=f"{words}{source}.",
        built=position.kind != Kind.PERCENTAGE,
        path=not summed,
        phased=summed and position.frequency in ("month", "quarter"),
        may_plan=may_plan,
    )
