"""The sections of the narrative, their versions, and what stands in them beside the figures of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, QuerySet, Subquery

from opplan.plans.versions import ChangeEntry, changes
from opplan.submissions.figures.figure import Catalogue
from opplan.submissions.models import Section
from opplan.submissions.narrative.findings import Finding, disagreements, findings
from opplan.submissions.narrative.marks import names_in
from opplan.submissions.narrative.rendering import counted_words
from opplan.submissions.queries.figures import figures_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan

FINAL, TO_WRITE = Section.Status.FINAL, Section.Status.TO_WRITE
FIELDS = {
    "title": "Title",
    "owner": "Owner",
    "status": "Status",
    "most_words": "Words allowed",
    "position": "Place",
    "text": "Text",
}


@dataclass(frozen=True)
class SectionRead:
    """A section with the figures in place: its words, its findings, the names that are no figure's, and its last change."""

    row: Section
    words: int
    found: Sequence[Finding]
    unknown: Sequence[str]
    changed_at: datetime | None
    changed_by: str

    @property
    def differing(self) -> list[Finding]:
        """The typed numbers that differ from the figure that their sentence speaks of."""
        return disagreements(self.found)

    @property
    def offers(self) -> list[Finding]:
        """The typed numbers that are a figure, and could stand by its name."""
        return [one for one in self.found if one.same]

    @property
    def wanting(self) -> int:
        """How many places do not agree with the tables: numbers that differ, and names that are no figure's any more."""
        return len(self.differing) + len(self.unknown)

    @property
    def over(self) -> int:
        """How many words the section has above those allowed; 0 where none are said or it keeps to them."""
        return max(self.words - self.row.most_words, 0) if self.row.most_words else 0


@dataclass(frozen=True)
class Narrative:
    """The whole narrative of a plan at a month, with the catalogue of figures that it was read with."""

    month: date
    sections: Sequence[SectionRead]
    figures: Catalogue

    @cached_property
    def wanting(self) -> int:
        return sum(one.wanting for one in self.sections)

    @property
    def apart(self) -> list[SectionRead]:
        """The sections in which something does not agree with the tables."""
        return [one for one in self.sections if one.wanting]

    @property
    def words(self) -> int:
        return sum(one.words for one in self.sections)

    @property
    def final(self) -> int:
        return sum(one.row.status == FINAL for one in self.sections)


def narrative_of(plan: Plan, month: date) -> Narrative:
    """Every section in order, read against the figures at `month`. One query beside those of the figures."""
    figures = figures_of(plan, month)
    return Narrative(month, [section_read(row, figures, plan.year) for row in _with_changes(plan)], figures)


def section_read(row: Section, figures: Catalogue, year: str) -> SectionRead:
    """A section read against the figures. No query."""

    def shown(name: str) -> str:
        return figures[name].printed if name in figures else name

    return SectionRead(
        row,
        counted_words(row.text, shown),
        findings(row.text, figures, year),
        [name for name in names_in(row.text) if name not in figures],
        getattr(row, "changed_at", None),
        getattr(row, "changed_by", None) or "",
    )


def _with_changes(plan: Plan) -> QuerySet[Section]:
    entries = Section.history.filter(id=OuterRef("pk")).order_by("-history_id")
    return Section.objects.filter(plan=plan).annotate(
        changed_at=Subquery(entries.values("history_date")[:1]),
        changed_by=Subquery(entries.values("history_user__name")[:1]),
    )


def find_section(plan: Plan, reference: str) -> Section | None:
    """One section, with when it last changed and by whom. One query."""
    row = _with_changes(plan).filter(reference=reference).first()
    if row is not None:
        row.plan = plan
    return row


@dataclass(frozen=True)
class TextVersion:
    """A version of a section's title and text: its number, who wrote it, when and why."""

    number: int
    title: str
    text: str
    at: datetime
    by: str
    why: str


def versions_of_section(row: Section) -> list[TextVersion]:
    """The versions of a section, the latest first. What changes neither title nor text makes no version. One query."""
    entries = Section.history.filter(id=row.pk).select_related("history_user").order_by("history_id")
    found: list[TextVersion] = []
    for number, (_, same) in enumerate(groupby(entries, key=lambda entry: (entry.title, entry.text)), start=1):
        entry = next(same)
        found.append(
            TextVersion(
                number,
                entry.title,
                entry.text,
                entry.history_date,
                str(entry.history_user or ""),
                entry.history_change_reason or "",
            )
        )
    return found[::-1]


def section_changes(row: Section) -> list[ChangeEntry]:
    """What has changed in a section besides its text, the latest first. One query."""
    return _changes(Section.history.filter(id=row.pk), {name: said for name, said in FIELDS.items() if name != "text"})


def removed_sections(plan: Plan) -> list[ChangeEntry]:
    """The sections that were removed, the latest first: who removed them and why. One query."""
    return _changes(Section.history.filter(plan=plan, history_type="-"), {})


def _changes(entries: Any, fields: dict[str, str]) -> list[ChangeEntry]:
    rows = entries.select_related("history_user").order_by("id", "history_id")
    return changes(rows, kind="Section", fields=fields)
