"""What a scheme is, in facts with their sources; what it is worth over three years; and its stage and rating in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.queries.months import FIGURES, MonthOfSavings
from finance.queries.schemes import SchemePosition
from opplan.calc.effects import Effect
from opplan.web import formats
from opplan.web.reasons import WORD, sentence

if TYPE_CHECKING:
    from finance.models import Scheme
    from initiatives.queries import InitiativeEntry

Address = Callable[..., str]
NOT_STATED = "Not stated"
WHAT_STAGES_MEAN = (
    "An idea counts for nothing yet. From earmarked on a scheme counts towards the requirement; identified and in delivery it has a "
    "plan of its own; delivered, its change is made and its saving goes on; closed, it saves no more than it has."
)


@dataclass(frozen=True)
class Fact:
    """A name and a value at the side of the page."""

    name: str
    value: str
    url: str = ""
    basis: str = ""


def stage_in_words(scheme: Scheme) -> str:
    """Where a scheme stands in the pipeline, and whether it counts."""
    if scheme.state == "idea":
        return "an idea, not counted yet"
    return (scheme.get_stage_display() or scheme.get_state_display()).lower()


def rule_in_words(position: SchemePosition) -> str:
    """What the rule says of a scheme, whatever a person says."""
    return f"The rule says {WORD[position.ruled.rating].lower()}: {sentence(position.ruled)}"


def block_warning(position: SchemePosition) -> str:
    """What a saving on a block contract is worth; nothing where it is on none, or out of it already."""
    if not position.releases_no_cash:
        return ""
    whose = f" with {position.provider}" if position.provider else ""
    return (
        f"It is on a block contract{whose}: the {formats.in_words(position.position.planned_year)} planned releases no cash until "
        "the block is agreed anew."
    )


@dataclass(frozen=True)
class EffectRow:
    """One year of what a scheme is worth, in £000."""

    name: str
    figure: str
    note: str


def effect_rows(effect: Effect, years: Sequence[str], *, recurrent: bool | None) -> list[EffectRow]:
    """Three years of a scheme. `years` are the names of this year and the two after."""
    how = "as stated" if effect.stated else "twelve months at the average of the months planned"
    full = EffectRow("Full-year effect", _thousands(effect.full_year), how if effect.full_year is not None else "")
    this = EffectRow(f"{years[0]}, part-year effect", _thousands(effect.part_year), "planned in the year")
    if recurrent is None:
        later = "nobody says whether it is recurrent"
    elif recurrent:
        later = "recurrent: the full-year effect"
    else:
        later = "not recurrent: must be found again"
    return [
        this,
        full,
        EffectRow(years[1], _thousands(effect.next_year), later),
        EffectRow(years[2], _thousands(effect.year_after), later),
    ]


def effect_in_words(effect: Effect, year: str) -> str:
    """What next year gains or loses without anybody doing more."""
    carried = effect.carried
    if carried is None:
        return "Nobody says whether the saving is recurrent, so that nothing can be said of later years."
    if carried > 0:
        return f"{year} gains {formats.in_words(carried)} over this year without anybody doing more."
    if carried < 0:
        return f"{year} loses {formats.in_words(-carried)} of this year’s saving, to be found again."
    return f"{year} is worth as much as this year."


def _thousands(pounds: Decimal | None) -> str:
    return formats.in_thousands(pounds) if pounds is not None else NOT_STATED


def years_from(label: str) -> list[str]:
    """This year and the two after: 2016/17, 2017/18, 2018/19."""
    start = int(label[:4])
    return [f"{start + step}/{(start + step + 1) % 100:02}" for step in range(3)]


def facts(
    scheme: Scheme,
    initiative: InitiativeEntry | None,
    months: Sequence[MonthOfSavings],
    url: Address,
    names: Mapping[str, Mapping[int | None, str]],
) -> list[Fact]:
    """What a scheme is, in full, and where each kind of its figures comes from. `names` are the titles of what it points to."""
    found = [
        Fact("Reference", scheme.reference),
        Fact("Stage", scheme.get_stage_display() or scheme.get_state_display()),
        Fact("Initiative", initiative.title, url("dashboards:initiative", reference=initiative.reference))
        if initiative
        else Fact("Initiative", "None"),
        Fact("Project", names["project_id"].get(scheme.project_id, "")),
        Fact("Section", scheme.section),
        Fact("Category", scheme.category),
        Fact("Area of spend", ", ".join(filter(None, (scheme.area_of_spend, scheme.part_of_spend)))),
        Fact("National or local", _said(scheme.national, "National", "Local", "")),
        Fact("RightCare", _said(scheme.rightcare, "Yes", "No", "")),
        Fact("Kind", scheme.get_kind_display() if scheme.kind else NOT_STATED),
        Fact("Recurrent", _said(scheme.recurrent, "Yes", "No", NOT_STATED)),
        Fact("Provider", names["provider_id"].get(scheme.provider_id, "") or NOT_STATED),
        Fact("Contract basis", scheme.get_contract_display() if scheme.contract else NOT_STATED),
        Fact(
            "In contract", _said(scheme.in_contract, "Taken out of the contract", "Not taken out of it yet", NOT_STATED)
        ),
        Fact("Owner", scheme.owner or "None"),
        Fact("Clinical lead", scheme.clinical_lead or NOT_STATED),
        Fact("Starts", formats.month(scheme.start_month) or NOT_STATED),
        Fact("Full-year effect", formats.pounds(scheme.full_year_effect) or NOT_STATED),
        Fact("Chance of delivering", formats.per_cent(scheme.chance, 0) or "Follows the rating"),
        Fact("If it delivers", _between(scheme)),
        Fact("Risk of slippage", scheme.get_slippage_display() if scheme.slippage else NOT_STATED),
        Fact("Against slippage", scheme.mitigation),
        Fact("Changes in activity", names["impact_id"].get(scheme.impact_id, "")),
        Fact("Saved for each unit", "" if scheme.price is None else f"£{formats.number(scheme.price, 2)}"),
        Fact("Narrative", scheme.narrative),
        Fact("Source", scheme.source, basis=scheme.basis),
    ]
    recorded = [
        month for month in months if any(getattr(month, name) is not None for name in FIGURES if "planned" not in name)
    ]
    found += _sources("Plan by month", ((month.planned_basis, month.planned_source) for month in months))
    found += _sources("Actual and forecast", ((month.basis, month.source) for month in recorded))
    return [fact for fact in found if fact.value]


def _said(value: bool | None, yes: str, no: str, nothing: str) -> str:
    return nothing if value is None else yes if value else no


def _between(scheme: Scheme) -> str:
    if scheme.least is None and scheme.most is None:
        return ""
    least, most = formats.plain(scheme.least) or "60", formats.plain(scheme.most) or "110"
    return f"Saves {least}% to {most}% of what is planned"


def _sources(name: str, figures: Iterable[tuple[str, str]]) -> list[Fact]:
    """Where a kind of figure comes from: one fact for each basis, naming every source once."""
    found: dict[str, dict[str, None]] = {}
    for basis, source in figures:
        if source:
            found.setdefault(basis, {})[source] = None
    return [Fact(name, "; ".join(sources), basis=basis) for basis, sources in found.items()]
