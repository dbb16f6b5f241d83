"""What the commissioners of a footprint have frozen of one template, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from opplan.submissions.definition import Block, Definition, find_definition
from opplan.submissions.models import Submission
from opplan.submissions.queries.rounds import versions_among
from opplan.submissions.queries.standing import moved_among

if TYPE_CHECKING:
    from opplan.plans.models import Plan
    from opplan.plans.queries import Footprint

NOT_HERE = "No plan held here, or not open to you"
NOT_FROZEN = "Nothing frozen yet"
ANOTHER_ROUND = "Its plan is of another planning round, with other templates"


@dataclass(frozen=True)
class Part:
    """One organisation's latest version of the template. `values` are as its submission keeps them.

    `failing` is how many of its checks were not met, None where it kept none.
    """

    code: str
    name: str
    version: str
    round: str
    at: datetime
    month: date
    signed_by: tuple[str, ...]
    void: bool
    content: str
    digest: str
    failing: int | None
    values: Sequence[Sequence[Any]]

    @property
    def signature(self) -> str:
        """Whether it is signed, in words."""
        if not self.signed_by:
            return "Not signed"
        signers = " and ".join(self.signed_by)
        return f"Signature of {signers} void: the plan has changed since" if self.void else f"Signed by {signers}"


@dataclass(frozen=True)
class Combined:
    """A template over a footprint: what is frozen of it, by organisation, and which organisations are missing, with why."""

    footprint: Footprint
    definition: Definition
    year: str
    months: Sequence[date]
    parts: tuple[Part, ...]
    missing: tuple[tuple[str, str, str], ...]

    @property
    def year_label(self) -> str:
        """The year as the NHS writes it: 2016/17."""
        return self.year.replace("-", "/")

    @property
    def file_name(self) -> str:
        return f"{self.footprint.code}-{self.year}-{self.definition.name}-combined.xlsx"


def combined_of(footprint: Footprint, plans: Sequence[Plan], of: Plan, template: str) -> Combined | None:
    """What these plans have frozen of a template of the planning round of the plan `of`; None where that has no such template.

    `plans` are those that may be read; of the footprint's other commissioners nothing is said but their names. The latest version that
    is not withdrawn counts.
    """
    definition = find_definition(of.round, template)
    if definition is None:
        return None
    held = {plan.organisation_id: plan for plan in plans if plan.year == of.year}
    versions = versions_among(list(held.values()), template)
    latest = {key: next((one for one in rows if not one.withdrawn_why), None) for key, rows in versions.items()}
    keys = [one.key for one in latest.values() if one]
    rows = Submission.objects.filter(pk__in=keys).values_list("pk", "month", "checks", "values")
    kept = {key: about for key, *about in rows}
    parts, missing = [], []
    for key, code, name in footprint.members:
        plan = held.get(key)
        version = latest[plan.pk] if plan else None
        if plan is None or version is None or plan.round != of.round:
            why = NOT_HERE if plan is None else ANOTHER_ROUND if plan.round != of.round else NOT_FROZEN
            missing.append((code, name, why))
            continue
        month, checks, values = kept[version.key]
        void = bool(version.signed_by) and bool(moved_among(plan, [version.key]))
        failing = sum(1 for check in checks if check["result"] == "Not met") if checks else None
        parts.append(
            Part(
                code, name, version.version, version.round, version.at, month, version.signed_by, void,
                version.content, version.digest, failing, values,
            )
        )  # fmt: skip
    return Combined(footprint, definition, of.year, of.months, tuple(parts), tuple(missing))


@dataclass(frozen=True)
class FlatRow:
    """A row of one organisation: its key, what it is called, and its values by column and month in their one spelling."""

    part: Part
    key: str
    label: str
    values: dict[tuple[str, int], str]


def flat_rows(part: Part, block: Block) -> list[FlatRow]:
    """The rows of a block as an organisation froze them, in their order, without its total."""
    held: dict[str, dict[tuple[str, int], str]] = {}
    for of_block, row, column, index, *_, value in part.values:
        if of_block == block.key and row != "total":
            held.setdefault(row, {})[column, index] = value
    printed = {row.key: row.title for row in block.rows}
    return [
        FlatRow(part, key, values.get(("title", 0)) or printed.get(key) or key, values) for key, values in held.items()
    ]
