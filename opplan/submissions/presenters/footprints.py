"""A footprint's submissions in words: its rounds, and for one of them each commissioner's templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.urls import reverse

from opplan.submissions.queries.footprints import Member
from opplan.submissions.queries.standing import RoundState, TemplateState
from opplan.web.formats import counted, day


@dataclass(frozen=True)
class Counts:
    """The templates that commissioners owe for a round, counted."""

    asked: int = 0
    frozen: int = 0
    signed: int = 0
    void: int = 0
    late: int = 0


@dataclass(frozen=True)
class RoundRow:
    """A round over the footprint."""

    reference: str
    title: str
    due: str
    counts: Counts
    url: str
    chosen: bool


@dataclass(frozen=True)
class Cell:
    """What has become of one commissioner's template."""

    title: str
    words: str
    mark: str = ""
    about: str = ""
    url: str = ""


@dataclass(frozen=True)
class MemberRow:
    """A commissioner in the chosen round. Not `open`: nothing is said but its name."""

    code: str
    name: str
    open: bool
    when: str = ""
    overdue: bool = False
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A template whose frozen versions may be taken together."""

    title: str
    held: str
    url: str


def in_round(member: Member, reference: str) -> RoundState | None:
    return next((state for state in member.rounds if state.standing.reference == reference), None)


def references(members: Sequence[Member]) -> list[str]:
    """The rounds of every commissioner, by the first day on which each is due."""
    states = chain.from_iterable(member.rounds for member in members)
    return list(dict.fromkeys(one.standing.reference for one in sorted(states, key=lambda one: one.standing.due)))


def first_owing(members: Sequence[Member]) -> str:
    """The round to show when none is asked for: the next that somebody owes, else the last overdue, else the last; "" for none."""
    found = references(members)
    owing = [one for one in found if any((state := in_round(m, one)) and state.owing for m in members)]
    ahead = [one for one in owing if any((s := in_round(m, one)) and s.standing.days_left >= 0 for m in members)]
    return next(iter([*ahead[:1], *reversed(owing), *reversed(found)]), "")


def counts_of(members: Sequence[Member], reference: str) -> Counts:
    states = [state for member in members if (state := in_round(member, reference))]
    templates = [one for state in states for one in state.templates]
    void = sum(1 for one in templates if one.void)
    signed = sum(1 for state in states for one in state.standing.owed if one.latest and one.latest.signed_by)
    return Counts(
        len(templates),
        sum(1 for one in templates if one.version),
        signed - void,
        void,
        sum(len(state.owing) for state in states if state.standing.days_left < 0 and not state.standing.before),
    )


def round_rows(members: Sequence[Member], chosen: str, url: Callable[[str], str]) -> list[RoundRow]:
    rows = []
    for reference in references(members):
        states = [state for member in members if (state := in_round(member, reference))]
        standing = states[0].standing
        due = sorted({one.standing.due for one in states})
        rows.append(
            RoundRow(
                reference,
                standing.title,
                " or ".join(map(day, due)),
                counts_of(members, reference),
                url(reference),
                reference == chosen,
            )
        )
    return rows


def headline(place: str, members: Sequence[Member], reference: str) -> str:
    read = [member for member in members if member.plan]
    state = next((state for member in read if (state := in_round(member, reference))), None)
    if state is None:
        return f"No round of submissions is recorded for the commissioners of {place}"
    counts = counts_of(members, reference)
    said = f"{state.standing.title}: {counts.signed} of {counted(counts.asked, 'template')} signed in {place}"
    more = [f"{counts.void} void" if counts.void else "", f"{counts.late} late" if counts.late else ""]
    return ", ".join([said, *filter(None, more)])


def lead(members: Sequence[Member]) -> str:
    read = sum(1 for member in members if member.plan)
    return f"{read} of {counted(len(members), 'commissioner')} {'has' if read == 1 else 'have'} a plan here that is open to you."


def member_rows(members: Sequence[Member], reference: str, failing: Mapping[int, int]) -> list[MemberRow]:
    rows = []
    for member in members:
        state = in_round(member, reference)
        if member.plan is None or state is None:
            rows.append(MemberRow(member.code, member.name, member.plan is not None))
            continue
        owed = {one.template: one.latest for one in state.standing.owed}
        cells = []
        for one in state.templates:
            latest = owed[one.template]
            cells.append(_cell(member, one, failing.get(latest.key) if latest else None))
        rows.append(MemberRow(member.code, member.name, True, state.when, state.overdue, tuple(cells)))
    return rows


def _cell(member: Member, state: TemplateState, failing: int | None) -> Cell:
    answers = (member.answers or {}).get(state.template)
    about = [
        f"{answers.given} of {counted(answers.asked, 'answer')}" if answers and answers.asked else "",
        "" if failing is None else f"{counted(failing, 'check')} not met" if failing else "every check met",
    ]
    assert member.plan is not None
    url = ""
    if state.version:
        address = {"organisation": member.code, "year": member.plan.year}
        url = reverse("submissions:version", kwargs={**address, "template": state.template, "version": state.version})
    return Cell(state.title, state.words, state.mark, ", ".join(filter(None, about)), url)


def offers(members: Sequence[Member], titles: Mapping[str, str], url: Callable[[str], str]) -> list[Offer]:
    """The templates that may be taken together, with how many commissioners have frozen each."""
    return [
        Offer(
            title,
            f"{sum(1 for member in members if name in member.frozen)} of {counted(len(members), 'commissioner')} frozen",
            url(name),
        )
        for name, title in titles.items()
        if any(name in member.frozen for member in members)
    ]
