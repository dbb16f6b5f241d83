"""Named figures of the register: initiatives, and milestones done of those there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.queries import total_position
from opplan.submissions.figures.figure import POUNDS, Figure, words_of

if TYPE_CHECKING:
    from finance.queries import SchemePosition
    from initiatives.queries import InitiativeEntry, MilestoneCounts, MilestoneEntry

AREA = "Initiatives and milestones"
COUNTS, REGISTER = "initiatives.queries.milestone_counts", "initiatives.queries.milestone_register"


def milestone_figures(counts: MilestoneCounts) -> Iterator[Figure]:
    """The milestones of the plan by state."""
    for name, label, value, words in (
        ("total", "Milestones of the plan", counts.total, ("milestone", "in all|total|of the|has|have|hold")),
        ("complete", "Milestones complete", counts.complete, ("milestone", "complete|done|met|reached")),
        ("overdue", "Milestones overdue", counts.overdue, ("milestone", "overdue|late")),
        ("coming", "Milestones to come", counts.coming, ("milestone", "to come|coming|still")),
    ):
        yield Figure(
            f"milestones.{name}", label, Decimal(value), "milestones", words, AREA, COUNTS, "initiatives:milestones"
        )


def initiative_figures(
    register: Sequence[InitiativeEntry], milestones: Sequence[MilestoneEntry], schemes: Sequence[SchemePosition]
) -> Iterator[Figure]:
    """Every initiative: its milestones, those that are complete, and what its schemes are to save."""
    yield Figure(
        "initiatives.count",
        "Initiatives of the plan",
        Decimal(len(register)),
        "initiatives",
        ("initiative", "in all|total|of the|has|have|hold"),
        AREA,
        "initiatives.queries.initiative_register",
        "dashboards:initiatives",
    )
    done: dict[int, list[bool]] = defaultdict(list)
    for milestone in milestones:
        done[milestone.initiative_key].append(milestone.completed is not None)
    worth: dict[int | None, list[SchemePosition]] = defaultdict(list)
    for scheme in schemes:
        worth[scheme.initiative_key].append(scheme)
    for one in register:
        words = words_of(one.title)
        page, parts = "dashboards:initiative", {"reference": one.reference}
        mine = done.get(one.key, [])
        for name, label, value, word in (
            ("milestones", "milestones", len(mine), "milestone"),
            ("complete", "milestones complete", sum(mine), "complete|done|met|reached"),
        ):
            yield Figure(
                f"initiative.{one.reference}.{name}",
                f"{one.title}, {label}",
                Decimal(value),
                "milestones",
                (*words, "milestone", word),
                AREA,
                REGISTER,
                page,
                parts,
            )
        held = worth.get(one.key, [])
        if held:
            yield Figure(
                f"initiative.{one.reference}.saving",
                f"{one.title}, planned saving of its schemes",
                total_position(held).planned_year,
                POUNDS,
                (*words, "save|saving|efficienc"),
                AREA,
                "finance.queries.total_position",
                page,
                parts,
                illustrative=any(scheme.basis == "illustrative" for scheme in held),
            )
