"""Milestones and updates as they are shown: dates as the plan names them, sentences that could be minuted, rows of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from initiatives.queries import MilestoneCounts, MilestoneEntry
from opplan.calc.months import end_of, month_number
from opplan.calc.rag import SEVERITY, Judgement
from opplan.plans.versions import ChangeEntry
from opplan.web.formats import counted, day, moment
from opplan.web.formats import month as month_name
from opplan.web.reasons import WORD, sentence

SEASONS = {2: "Winter", 3: "Early", 5: "Spring", 8: "Summer", 11: "Autumn"}


def due_words(due: date, precision: str) -> str:
    """The due date as the plan names it: 24 June 2016, June 2016, Autumn 2016, 2016/17 or 2017. The date held is its last day."""
    if precision == "day":
        return day(due)
    if precision == "season" and due.month in SEASONS:
        return f"{SEASONS[due.month]} {due.year}"
    if precision == "year" and due.month == 12:
        return f"{due.year}"
    if precision == "year" and due.month == 3:
        return f"{due.year - 1}/{due.year % 100:02d}"
    return month_name(due)


def rated_from(due: date, precision: str) -> str:
    """The day from which a milestone named by a period counts as late; nothing where the plan names the day."""
    return "" if precision == "day" else f"taken as {day(due)}"


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone as a row of the list, with what each column sorts by."""

    title: str
    url: str
    initiative: str
    due: date
    due_words: str
    basis: str
    expected_words: str
    progress_basis: str
    judgement: Judgement
    owner: str
    entry: MilestoneEntry

    @property
    def title_sorted(self) -> str:
        return self.title.lower()

    @property
    def owner_sorted(self) -> str:
        return self.owner.lower()

    @property
    def expected_sorted(self) -> date:
        return self.entry.completed or self.entry.forecast or self.due

    @property
    def severity(self) -> tuple[int, int]:
        """Worst first, and within a rating the latest first."""
        return SEVERITY.index(self.judgement.rating), -int(self.judgement.distance or 0)


def milestone_rows(entries: Sequence[MilestoneEntry], url: Callable[..., str]) -> list[MilestoneRow]:
    return [
        MilestoneRow(
            entry.title,
            url("initiatives:milestone", reference=entry.reference),
            entry.initiative,
            entry.due,
            due_words(entry.due, entry.precision),
            entry.basis,
            _expected(entry),
            entry.progress_basis,
            entry.judgement,
            entry.owner,
            entry,
        )
        for entry in entries
    ]


def _expected(entry: MilestoneEntry) -> str:
    if entry.completed is not None:
        return f"Met {day(entry.completed)}"
    return day(entry.forecast) if entry.forecast is not None else "–"


def counts_sentence(counts: MilestoneCounts, month: date) -> str:
    """7 of 67 milestones are overdue at the end of September 2016."""
    if not counts.total:
        return "This plan has no milestones yet"
    overdue = "None" if not counts.overdue else str(counts.overdue)
    return f"{overdue} of {counted(counts.total, 'milestone')} {_are(counts.overdue)} overdue at the end of {month_name(month)}"


def counts_lead(counts: MilestoneCounts, month: date) -> str:
    """How many are complete, due in the month, and still to come."""
    if not counts.total:
        return "Milestones come with the plan when it is loaded."
    return (
        f"{counts.complete or 'None'} {_are(counts.complete)} complete and {counts.coming or 'none'} {_are(counts.coming)} "
        f"planned for later. Of those due in {month_name(month)}, {counts.due or 'none'} {_are(counts.due)} still open."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def standing(entry: MilestoneEntry) -> str:
    """Why a milestone has its rating, and its dates, to follow the rating's word in a sentence."""
    why = sentence(entry.judgement)
    if entry.completed is not None:
        dates = f"completed {day(entry.completed)}"
    elif entry.forecast is not None:
        dates = f"now expected {day(entry.forecast)}"
    else:
        dates = "with no other date expected"
    return f"{why[:1].lower()}{why[1:]}. Due {due_words(entry.due, entry.precision)}, {dates}."


def history_headline(found: Sequence[ChangeEntry]) -> str:
    """5 of 18 changes were made by people."""
    by_people = sum(1 for change in found if change.who)
    if not by_people:
        return "Nobody has changed anything since the plan was loaded"
    return f"{by_people} of {counted(len(found), 'change')} {'was' if by_people == 1 else 'were'} made by people"


CSV_HEADS = (
    "Reference",
    "Milestone",
    "Programme",
    "Initiative reference",
    "Initiative",
    "Project",
    "Due, as the plan names it",
    "Due, last day",
    "Now expected",
    "Completed on",
    "Owner",
    "Rating",
    "Why",
    "Note",
    "Source of the date",
    "How firm the date is",
    "Source of the progress",
    "How firm the progress is",
)


def csv_row(entry: MilestoneEntry) -> list[Any]:
    return [
        entry.reference,
        entry.title,
        entry.programme,
        entry.initiative_reference,
        entry.initiative,
        entry.project or "",
        due_words(entry.due, entry.precision),
        entry.due,
        entry.forecast or "",
        entry.completed or "",
        entry.owner,
        WORD[entry.judgement.rating],
        sentence(entry.judgement),
        entry.note,
        entry.source,
        entry.basis,
        entry.progress_source,
        entry.progress_basis,
    ]


HISTORY_HEADS = ("When", "Who", "Why", "Kind", "Reference", "What", "Event", "Field", "Was", "Now")


def history_row(change: ChangeEntry) -> list[Any]:
    return [
        moment(change.when),
        change.who,
        change.why,
        change.kind,
        change.reference,
        change.title,
        change.event,
        change.field,
        change.was,
        change.now,
    ]


def as_at_words(month: date) -> str:
    """At the end of September 2016, month 6."""
    return f"{day(end_of(month))}, the end of month {month_number(month)}"
