"""Plans, their tolerances and their closed months, as other rooms may read them."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.db.models import OuterRef, Q, QuerySet, Subquery

from opplan.calc.rag import Tolerance as Band
from opplan.plans.attribution import Change, last_of
from opplan.plans.models import ClosedMonth, Organisation, OrganisationCode, Plan, Tolerance
from opplan.plans.versions import ChangeEntry
from opplan.web.formats import month as month_name
from opplan.web.formats import plain


@dataclass(frozen=True)
class PlanSummary:
    """A plan as a link in the plan switch."""

    organisation_code: str
    organisation: str
    organisation_name: str
    year: str
    year_label: str
    title: str
    summary: str
    month_number: int


def every_plan() -> QuerySet[Plan]:
    """The plans with their organisations, by organisation and then the latest year first, to be narrowed."""
    return Plan.objects.select_related("organisation")


def summary_of(plan: Plan) -> PlanSummary:
    """A plan that is at hand, as the plan switch shows it."""
    return PlanSummary(
        plan.organisation.code,
        plan.organisation.short_name,
        plan.organisation.name,
        plan.year,
        plan.year_label,
        plan.title,
        plan.summary,
        plan.month_number,
    )


def any_plan() -> bool:
    """Whether the database holds a plan at all."""
    return Plan.objects.exists()


def find_plan(organisation_code: str, year: str) -> Plan | None:
    """The plan at an address, with its organisation, or None."""
    return Plan.objects.select_related("organisation").filter(organisation__code=organisation_code, year=year).first()


COMMISSIONER = Organisation.Kind.COMMISSIONER.value
REGIONAL_KINDS = frozenset({Organisation.Kind.FOOTPRINT.value, Organisation.Kind.REGION.value})
"""The kinds of organisations that others lie in: membership of one opens the plans of its commissioners."""


def lineage(code: str) -> list[str]:
    """The organisation's code, and for a commissioner those of the footprint and the region that it lies in, nearest first. One query."""
    row = Organisation.objects.filter(code=code).values_list(
        "code", "kind", "parent__code", "parent__kind", "parent__parent__code", "parent__parent__kind"
    )
    for own, kind, *above in row:
        pairs = zip(above[::2], above[1::2], strict=True) if kind == COMMISSIONER else ()
        return [own, *(one for one, of_kind in pairs if of_kind in REGIONAL_KINDS)]
    return []


@dataclass(frozen=True)
class Footprint:
    """A footprint or region with the commissioners that lie in it: their keys, ODS codes and names, by name."""

    code: str
    short_name: str
    name: str
    members: tuple[tuple[int, str, str], ...]


def footprint_of(organisation: Organisation) -> Footprint | None:
    """The footprint, or else the region, that an organisation lies in; None where it lies in neither. Two queries."""
    return _footprint(Organisation.objects.filter(members=organisation.pk))


def find_footprint(code: str) -> Footprint | None:
    """A footprint or region by its code. Two queries."""
    return _footprint(Organisation.objects.filter(code=code))


def _footprint(rows: QuerySet[Organisation]) -> Footprint | None:
    row = rows.filter(kind__in=REGIONAL_KINDS).first()
    if row is None:
        return None
    inside = Q(parent=row.pk) | Q(parent__parent=row.pk, parent__kind__in=REGIONAL_KINDS)
    members = Organisation.objects.filter(inside, kind=COMMISSIONER).order_by("short_name")
    return Footprint(row.code, row.short_name, row.name, tuple(members.values_list("pk", "code", "short_name")))


def plans_within(footprint: Footprint, year: str) -> list[Plan]:
    """The plans of a year of the commissioners in a footprint, whoever may read them. One query."""
    return list(every_plan().filter(organisation__in=[key for key, _, _ in footprint.members], year=year))


def providers() -> list[tuple[int, str, str]]:
    """The key, ODS code and name of every provider of care, by name."""
    rows = Organisation.objects.filter(kind=Organisation.Kind.PROVIDER).order_by("short_name")
    return list(rows.values_list("pk", "code", "short_name"))


def short_names(codes: Iterable[str]) -> dict[str, str]:
    """The short names of organisations by their ODS or local authority code; those that are not known are left out. One query."""
    return dict(Organisation.objects.filter(code__in=set(codes)).values_list("code", "short_name"))


def forerunner(of: str) -> dict[str, Subquery]:
    """What to annotate a query with, so that each row knows the last forerunner of the organisation that it names by `of`.

    `forerunner_code`, `forerunner_note` and `forerunner_until` are its code, what is said of it, and its last day. No query of its own.
    """
    former = OrganisationCode.objects.filter(
        organisation=OuterRef(of), kind=OrganisationCode.Kind.FORMER, until__isnull=False
    ).order_by("-until")
    return {f"forerunner_{name}": Subquery(former.values(name)[:1]) for name in ("code", "note", "until")}


@dataclass(frozen=True)
class Place:
    """An organisation as a place that is counted: its name in full, and its kind ("provider", "local_authority")."""

    name: str
    kind: str


def places(codes: Iterable[str]) -> dict[str, Place]:
    """Organisations by their ODS or local authority code; those that are not known are left out. One query."""
    rows = Organisation.objects.filter(code__in=set(codes)).values_list("code", "name", "kind")
    return {code: Place(name, kind) for code, name, kind in rows}


@dataclass(frozen=True)
class Rule:
    """One kind of figure's rating rule as the catalogue describes it."""

    rule: str
    title: str
    unit: str
    green: Decimal
    red: Decimal
    source: str


@cache
def default_rules() -> dict[str, Rule]:
    """The catalogue of rating rules with the defaults that a plan begins with."""
    with (Path(__file__).parent / "tolerances.toml").open("rb") as catalogue:
        read = tomllib.load(catalogue, parse_float=Decimal)
    return {
        name: Rule(name, row["title"], row["unit"], Decimal(row["green"]), Decimal(row["red"]), row["source"])
        for name, row in read.items()
    }


def tolerances(plan: Plan) -> dict[str, Band]:
    """The plan's tolerance for each rule: its own where it has one, else the default."""
    bands = {name: Band(rule.green, rule.red) for name, rule in default_rules().items()}
    for rule, green, red in Tolerance.objects.filter(plan=plan).order_by().values_list("rule", "green", "red"):
        bands[rule] = Band(green, red)
    return bands


def closed_months(plan: Plan) -> frozenset[date]:
    """The months whose figures are closed."""
    return frozenset(ClosedMonth.objects.filter(plan=plan).values_list("month", flat=True))


def closed_since(plan: Plan, moment: datetime) -> frozenset[date]:
    """The months that are closed now and were closed after `moment`. One query."""
    closings = ClosedMonth.history.filter(
        plan_id=plan.pk,
        history_type="+",
        history_date__gt=moment,
        id__in=ClosedMonth.objects.filter(plan=plan).values("pk"),
    )
    return frozenset(closings.values_list("month", flat=True))


@dataclass(frozen=True)
class Known:
    """A code by which files know an organisation: its own ("own"), a forerunner's ("former"), or its local authority's."""

    code: str
    kind: str
    organisation: int
    own_code: str
    short_name: str
    note: str = ""


def known_codes(organisations: Iterable[int]) -> list[Known]:
    """Every code of these organisations, in upper case, their own first. Two queries."""
    rows = list(
        Organisation.objects.filter(pk__in=set(organisations)).order_by("code").values_list("pk", "code", "short_name")
    )
    named = {key: (code.upper(), name) for key, code, name in rows}
    own = [Known(code, "own", key, code, name) for key, (code, name) in named.items()]
    others = OrganisationCode.objects.filter(organisation__in=named).order_by("organisation", "code")
    return own + [
        Known(code.upper(), kind, key, *named[key], note)
        for key, code, kind, note in others.values_list("organisation_id", "code", "kind", "note")
    ]


def last_change(plan: Plan) -> Change | None:
    """When the plan itself, its closed months or its rating rules last changed, by whom and why. One query."""
    return last_of(
        Plan.history.filter(id=plan.pk),
        ClosedMonth.history.filter(plan=plan),
        Tolerance.history.filter(plan=plan),
    )


def settings_changes(plan: Plan) -> list[ChangeEntry]:
    """What people have changed in the plan's rating rules and months, latest first: who, when, why, was and now. Three queries."""
    return sorted(
        [*_rule_changes(plan), *_month_changes(plan), *_report_changes(plan)], key=lambda one: one.when, reverse=True
    )


WRITTEN = ("history_date", "history_user__name", "history_change_reason")


def _rule_changes(plan: Plan) -> Iterator[ChangeEntry]:
    held = {name: (rule.green, rule.red) for name, rule in default_rules().items()}
    rows = (
        Tolerance.history.filter(plan_id=plan.pk).order_by("history_id").values_list("rule", "green", "red", *WRITTEN)
    )
    for name, green, red, *written in rows:
        for field, was, now in zip(("green up to", "red beyond"), held[name], (green, red), strict=True):
            if was != now:
                yield from _by_a_person(
                    "Rating rule", default_rules()[name].title, field, plain(was), plain(now), *written
                )
        held[name] = green, red


def _month_changes(plan: Plan) -> Iterator[ChangeEntry]:
    rows = ClosedMonth.history.filter(plan_id=plan.pk).values_list("month", "history_type", *WRITTEN)
    for month, event, *written in rows:
        was, now = ("closed", "open") if event == "-" else ("open", "closed")
        yield from _by_a_person("Month", month_name(month), "state", was, now, *written)


def _report_changes(plan: Plan) -> Iterator[ChangeEntry]:
    rows = Plan.history.filter(id=plan.pk).order_by("history_id").values_list("reporting_month", *WRITTEN)
    for (was, *_), (now, *written) in pairwise(rows):
        if was != now:
            yield from _by_a_person("Plan", "Month reported", "month", month_name(was), month_name(now), *written)


def _by_a_person(
    kind: str, title: str, field: str, was: str, now: str, when: datetime, who: str | None, why: str | None
) -> Iterator[ChangeEntry]:
    if who:
        yield ChangeEntry(when, who, why or "", kind, "", title, "changed", field, was, now)
