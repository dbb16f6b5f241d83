"""One month of many schemes in one go: a row a scheme, its actual saving and investment, its forecast, and how firm the actual is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from finance.presenters.months import STATUS, Allowed, Figures, author_of, month_row, status_row
from opplan.web import formats
from opplan.web.grid import PASTE, Group, MonthGrid, Problem, Row, cell_id

if TYPE_CHECKING:
    from finance.queries import FigureChanged, SchemePosition
    from opplan.plans.models import Plan

COLUMNS = {
    "actual": "Actual saving",
    "actual investment": "Actual investment",
    "forecast": "Forecast saving",
    STATUS: "Actual is",
}
KNOWN = {
    "actual": ("actual", "actual saving", "saving"),
    "actual investment": ("actual investment", "investment"),
    "forecast": ("forecast", "forecast saving"),
    STATUS: ("status", "actual is"),
}
FIRST = ("reference", "scheme", "ref")
TITLES = ("scheme", "title", "name")


@dataclass
class SchemeGroup(Group):
    """A scheme as a row: what its months hold that is not typed here."""

    planned: str = ""


@dataclass
class OneMonth(MonthGrid):
    """Many schemes in one month. Its groups are schemes and their rows are the columns of the page."""

    heads: ClassVar[Mapping[str, str]] = COLUMNS

    def paste(self, text: str, data: Mapping[str, str]) -> OneMonth:
        """Lay pasted lines over what is typed, without saving: a scheme's reference, then its figures in the order of the columns.

        A first line of headings may name the columns, the second of which may be the schemes' titles. An empty cell leaves what is there.
        """
        cells, problems = self._laid(text)
        self.read({name: data[name] for name in data} | cells)
        self.problems = [Problem(PASTE, problem, PASTE) for problem in problems] + self.problems
        return self

    def _laid(self, text: str) -> tuple[dict[str, str], list[str]]:
        rows = {row.key: row for row in self.rows()}
        schemes = {group.note.lower(): group for group in self.groups}
        lines = [
            (at, [cell.strip() for cell in line.split("\t")])
            for at, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1)
            if line.strip()
        ]
        if not lines:
            return {}, ["Nothing was pasted. Copy the cells in Excel, with the scheme’s reference in the first column."]
        columns: Sequence[str] = list(COLUMNS)
        titled = False
        cells, problems = dict[str, str](), list[str]()
        if lines[0][1][0].lower() in FIRST:
            _, *heads = lines.pop(0)[1]
            titled = bool(heads) and heads[0].lower() in TITLES
            columns, problems = _named(heads[titled:])
        met = set[str]()
        for at, (first, *figures) in lines:
            group = schemes.get(first.lower())
            if group is None:
                problems.append(
                    f"Pasted line {at}: there is no scheme “{first[:40]}” here. Begin each line with its reference."
                )
                continue
            if first.lower() in met:
                problems.append(f"Pasted line {at}: “{first}” was pasted before. Paste each scheme once.")
                continue
            met.add(first.lower())
            given = _without_title(figures[titled:], group.title, len(columns))
            if len(given) > len(columns):
                wanted = f"{len(columns)}: {formats.listed([COLUMNS[one].lower() for one in columns])}"
                problems.append(
                    f"Pasted line {at}: “{first}” has {formats.counted(len(given), 'figure')}; there are {wanted}."
                )
                continue
            for column, figure in zip(columns, given, strict=False):
                problems += self._lay(at, rows[f"{group.note} {column}"], figure, cells)
        return cells, problems

    def _lay(self, at: int, row: Row, figure: str, cells: dict[str, str]) -> list[str]:
        (month,) = self.months
        if not figure:
            return []
        if month in row.editable:
            cells[cell_id(row.key, month)] = figure
            return []
        value = row.values.get(month)
        if figure in (row.shown(value), row.typed(value), row.absent(month)):
            return []
        return [
            f"Pasted line {at}: “{figure[:20]}” cannot be the {row.label.lower()} of {formats.month(month)}; left out."
        ]


def _without_title(figures: list[str], title: str, columns: int) -> list[str]:
    """The figures of a line: without the scheme's title, should it follow the reference, and empty cells to the right of them."""
    given = figures[1:] if figures and figures[0].lower() == title.lower() else figures
    while len(given) > columns and not given[-1]:
        given = given[:-1]
    return given


def _named(heads: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns that a line of headings names, and what is wrong with it."""
    found, problems = list[str](), list[str]()
    for head in heads:
        column = next((name for name, known in KNOWN.items() if head.lower() in known), "")
        if not column:
            problems.append(
                f"The heading “{head[:30]}” is none of {formats.listed([one.lower() for one in COLUMNS.values()])}."
            )
        elif column in found:
            problems.append(f"The heading names “{head[:30]}” twice.")
        else:
            found.append(column)
    return found, problems


def one_month(
    shown: Sequence[SchemePosition],
    figures: Figures,
    may: Allowed,
    plan: Plan,
    month: date,
    closed: frozenset[date],
    changes: Sequence[FigureChanged],
) -> OneMonth:
    """The grid of these schemes in `month`. `changes` tell who changed what a person is about to overwrite."""
    reporting = plan.reporting_month or plan.start
    groups = []
    for scheme in shown:
        months = figures.get(scheme.reference, {})
        rows = [
            status_row(scheme, months, may) if end == STATUS else month_row(scheme, end, months, may, reporting)
            for end in COLUMNS
        ]
        planned = months[month].planned_saving if month in months else None
        groups.append(
            SchemeGroup(
                scheme.title,
                rows,
                note=scheme.reference,
                planned=formats.in_thousands(planned) or formats.NOT_DUE,
            )
        )
    return OneMonth(
        groups,
        [month],
        f"{formats.month(month)}, a row a scheme",
        "£000",
        open_month=plan.reporting_month,
        closed=closed,
        author=author_of(changes),
    )


def one_month_headline(title: str, shown: Sequence[SchemePosition], figures: Figures, month: date) -> str:
    """How many of the schemes with a plan for the month have an actual of it."""
    due = [
        held for one in shown if (held := figures.get(one.reference, {}).get(month)) is not None and held.planned_saving
    ]
    told = sum(1 for held in due if held.actual_saving is not None)
    if not due:
        return f"{title}: no saving is planned in {formats.month(month)}"
    of = f"{told} of {formats.counted(len(due), 'scheme')} with a plan for {formats.month(month)}"
    return f"{title}: {of} {'has' if told == 1 else 'have'} an actual"
