"""Named figures of activity: every plan line, delayed transfers, and the Better Care Fund's reduction of admissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from activity.queries import year_value
from opplan.submissions.figures.figure import PER_CENT, Figure, Words, words_of
from opplan.submissions.sources.lines import last_year
from opplan.web.formats import places_for

if TYPE_CHECKING:
    from activity.queries import LinePosition
    from activity.queries.control_group import ControlGroup

LINES, DELAYS, CARE = "Activity and standards", "Delayed transfers of care", "Better Care Fund"
POSITIONS, GROUP = "activity.queries.line_positions", "activity.queries.control_group"
ILLUSTRATIVE = "illustrative"


def line_figures(lines: Sequence[LinePosition]) -> Iterator[Figure]:
    """Every line: the year's plan, last year's outturn, the year to date, and the month's plan and actual."""
    for line in lines:
        share = line.kind == "percentage"
        whose = () if line.scope == "whole" else words_of(line.title.partition(",")[0])
        words = tuple(dict.fromkeys((*words_of(line.short_name), *whose)))
        planned_up = any(one.planned_basis == ILLUSTRATIVE for one in line.year)
        invented = any(one.basis == ILLUSTRATIVE for one in line.to_date)
        made: list[tuple[str, str, Decimal | None, str, bool]] = [
            (
                "plan",
                "plan of the year",
                year_value(line.year, line.year_rule, planned=True),
                "plan|trajector",
                planned_up,
            ),
            ("outturn", "outturn of last year", last_year(line), "outturn|last year", invented),
            ("to_date", "year to date", line.actual_to_date, "to date|so far", invented),
            ("planned", "plan of the month", line.planned, "plan|trajector", planned_up),
            ("actual", "actual of the month", line.actual, "actual|reached|was|were", invented),
        ]
        if line.standard is not None:
            made.append(("standard", "standard", line.standard, "standard|target|constitution", False))
        for name, said, value, word, made_up in made:
            yield Figure(
                f"activity.{line.reference}.{name}",
                f"{line.name}, {line.title}: {said}",
                value,
                PER_CENT if share else line.unit,
                (*words, word),
                LINES,
                POSITIONS,
                "activity:line",
                {"reference": line.reference},
                places_for(line.kind, value),
                made_up,
            )


def delay_figures(group: ControlGroup) -> Iterator[Figure]:
    """Delayed days, beds and share of the month, and what the plan is to bring them to."""
    if group.official is None:
        return
    now = group.now
    delays = "delay|dtoc"
    made: tuple[tuple[str, str, Decimal | None, str, int, Words], ...] = (
        ("days", "Delayed days of the month", now.days if now else None, "days", 0, (delays, "month|days")),
        (
            "beds",
            "Beds taken by delayed patients, average a day",
            now.beds if now else None,
            "beds a day",
            1,
            (delays, "bed"),
        ),
        ("share", "Delayed days of occupied bed days", now.share if now else None, PER_CENT, 1, (delays, "occupied")),
        (
            "target_share",
            "Delayed days of occupied bed days, aimed at",
            group.target_share,
            PER_CENT,
            1,
            (delays, "occupied"),
        ),
        (
            "baseline",
            "Patients delayed a week before the plan",
            group.baseline,
            "patients",
            0,
            (delays, "week|baseline"),
        ),
        ("fewer", "Fewer patients delayed a week", group.fewer, "patients", 0, (delays, "fewer|week")),
        ("level", "Patients delayed a week, aimed at", group.target_level, "patients", 0, (delays, "week|level")),
        ("covered", "Beds a day that the initiatives are to free", group.covered, "beds a day", 0, (delays, "free")),
    )
    invented = any(one.illustrative for one in group.initiatives)
    for name, label, value, unit, places, words in made:
        yield Figure(
            f"dtoc.{name}",
            label,
            value,
            unit,
            words,
            DELAYS,
            GROUP,
            "activity:delays",
            places=places,
            illustrative=name == "covered" and invented,
        )


def care_figures(group: ControlGroup) -> Iterator[Figure]:
    """The Better Care Fund's emergency admissions: expected, avoided, planned."""
    held = group.non_elective
    if held is None:
        return
    admission = "admission|nea"
    made: tuple[tuple[str, str, Decimal, str, int, Words], ...] = (
        ("expected", "Emergency admissions expected", held.expected, "admissions", 0, (admission, "expect")),
        ("avoided", "Emergency admissions avoided", held.avoided, "admissions", 0, (admission, "avoid|fewer")),
        ("planned", "Emergency admissions planned", held.planned, "admissions", 0, (admission, "plan")),
        (
            "reduction",
            "Emergency admissions avoided, of those expected",
            held.share,
            PER_CENT,
            2,
            (admission, "reduc|below"),
        ),
    )
    for name, label, value, unit, places, words in made:
        yield Figure(f"bcf.{name}", label, value, unit, words, CARE, GROUP, "activity:delays", places=places)
