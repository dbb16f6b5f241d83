"""The pipeline of savings in rows, and the requirement through the year as a chart with its table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finance.queries.pipeline import OnBlock, StageStanding
from finance.queries.requirement import RequirementAt, RequirementPosition
from finance.queries.schemes import SchemePosition
from opplan.calc.effects import EffectOfMany
from opplan.calc.money import rounded
from opplan.calc.savings import Requirement
from opplan.web import charts, formats

Address = Callable[..., str]
NOT_STATED = "Not stated"
PARTS = ("Delivered", "To deliver", "No scheme")
MILLION = 1_000_000


@dataclass(frozen=True)
class PipelineScheme:
    """A scheme where it stands in the pipeline."""

    title: str
    url: str
    move: str
    planned: str
    illustrative: bool


@dataclass(frozen=True)
class StageRow:
    """A stage of the pipeline as a row, money in £000, with its schemes."""

    name: str
    count: str
    planned: str
    to_date: str
    next_year: str
    year_after: str
    note: str
    url: str
    schemes: Sequence[PipelineScheme] = ()


def stage_rows(stages: Sequence[StageStanding], url: Address, *, may_move: bool) -> list[StageRow]:
    return [
        StageRow(
            one.name,
            str(len(one.schemes)),
            formats.in_thousands(one.planned),
            formats.in_thousands(one.to_date) if one.to_date is not None else formats.NOT_DUE,
            _later(one.effect.next_year, one.effect),
            _later(one.effect.year_after, one.effect),
            "" if one.counted else "not counted yet",
            url("finance:schemes", {"stage": one.stage}) if one.schemes and one.stage else "",
            [_scheme(scheme, url, may_move=may_move) for scheme in one.schemes],
        )
        for one in stages
    ]


def _scheme(scheme: SchemePosition, url: Address, *, may_move: bool) -> PipelineScheme:
    return PipelineScheme(
        scheme.title,
        url("finance:scheme", reference=scheme.reference),
        url("finance:scheme_stage", reference=scheme.reference) if may_move else "",
        formats.in_words(scheme.position.planned_year),
        scheme.basis == "illustrative",
    )


def _later(pounds: Decimal | None, effect: EffectOfMany) -> str:
    """A later year in £000. Not stated is not nought."""
    if pounds is None:
        return NOT_STATED if effect.unsaid else formats.NOT_DUE
    return formats.in_thousands(pounds)


def effect_total(whole: EffectOfMany, found: RequirementPosition | None) -> StageRow:
    """Every scheme that counts, over three years."""
    saved = found.requirement.delivered if found and found.reported else None
    return StageRow(
        "All that counts",
        "",
        formats.in_thousands(whole.part_year),
        formats.in_thousands(saved) if saved is not None else formats.NOT_DUE,
        _later(whole.next_year, whole),
        _later(whole.year_after, whole),
        "",
        "",
    )


def pipeline_headline(stages: Sequence[StageStanding], found: Requirement | None) -> str:
    """How much of the requirement has a scheme, and how much the ideas would add."""
    planned = sum((one.planned for one in stages if one.counted), Decimal(0))
    ideas = [one for one in stages if not one.counted and one.schemes]
    of = f" of the {formats.in_words(found.amount)} required" if found else ""
    whole = found is not None and planned >= found.amount
    words = f"All{of} has a scheme" if whole else f"{formats.in_words(planned)}{of} has a scheme"
    if ideas:
        count = formats.counted(sum(len(one.schemes) for one in ideas), "idea")
        return f"{words}; {count} would add {formats.in_words(sum((one.planned for one in ideas), Decimal(0)))}"
    return f"{words}, and no idea waits behind it"


def pipeline_lead(whole: EffectOfMany, blocked: OnBlock, years: Sequence[str]) -> str:
    """What is carried into next year, and what releases no cash."""
    sentences = []
    if whole.next_year is not None:
        sentences.append(
            f"What plans {formats.in_words(whole.part_year)} in {years[0]} saves {formats.in_words(whole.next_year)} in {years[1]} "
            "without anybody doing more."
        )
    if whole.unsaid:
        sentences.append(f"Nobody says whether {formats.in_words(whole.unsaid)} is recurrent: it carries nothing here.")
    sentences.append(block_in_words(blocked))
    return " ".join(filter(None, sentences))


def block_in_words(blocked: OnBlock) -> str:
    """How many schemes are on block contracts, and what they plan. Nothing where none is."""
    if not blocked.schemes:
        return ""
    many = len(blocked.schemes) > 1
    return (
        f"{formats.counted(len(blocked.schemes), 'scheme')} planning {formats.in_words(blocked.planned)} "
        f"{'are on block contracts' if many else 'is on a block contract'}: "
        f"{'they release' if many else 'it releases'} no cash until the block is agreed anew."
    )


@dataclass(frozen=True)
class MonthEnd:
    """A month as a column of the table. `come` is whether it has; else what is expected stands in."""

    month: date
    now: bool
    come: bool


@dataclass(frozen=True)
class StateRow:
    """One state of the requirement, or the whole of it, at every month end, in £000."""

    name: str
    figures: Sequence[str]
    is_total: bool = False


@dataclass(frozen=True)
class ThroughTheYear:
    """The requirement by month end, as a chart with its table."""

    figure: dict[str, Any]
    finding: str
    months: Sequence[MonthEnd]
    rows: Sequence[StateRow]
    amount: str


def through_the_year(found: Sequence[RequirementAt], now: date) -> ThroughTheYear:
    """The requirement in its states at the end of each month."""
    last = found[-1].requirement
    values: list[list[float | None]] = [[], [], []]
    for at in found:
        one = at.requirement
        for part, amount in zip(values, (one.delivered, one.identified + one.earmarked, one.unidentified), strict=True):
            part.append(float(rounded(max(amount, Decimal(0)) / MILLION, 2)))
    parts = [charts.Part(name, held) for name, held in zip(PARTS, values, strict=True)]
    finding = (
        f"By March {formats.in_words(last.delivered)} of {formats.in_words(last.amount)} is expected to be delivered"
    )
    if last.unidentified > 0:
        finding += f"; {formats.in_words(last.unidentified)} has no scheme"
    return ThroughTheYear(
        charts.stacked_by_month([at.month for at in found], parts, places=1),
        finding,
        [MonthEnd(at.month, at.month == now, at.come) for at in found],
        [
            StateRow(
                "Delivered",
                [formats.in_thousands(at.requirement.delivered) if at.reported else "Not reported" for at in found],
            ),
            _state_row("Identified, still to deliver", [at.requirement.identified for at in found]),
            _state_row("Earmarked, still to deliver", [at.requirement.earmarked for at in found]),
            _state_row("No scheme yet", [at.requirement.unidentified for at in found]),
            _state_row("Requirement", [at.requirement.amount for at in found], is_total=True),
        ],
        formats.in_words(last.amount),
    )


def _state_row(name: str, amounts: Sequence[Decimal], *, is_total: bool = False) -> StateRow:
    return StateRow(name, [formats.in_thousands(amount) for amount in amounts], is_total)
