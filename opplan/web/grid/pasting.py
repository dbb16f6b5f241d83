"""Figures pasted from a worksheet, laid over a grid's boxes: whose row each line is, which month each column."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from opplan.web.figures import BadFigure, parse_figure
from opplan.web.formats import NOT_DUE, counted, listed, plain
from opplan.web.formats import month as month_name
from opplan.web.grid.cells import Row, cell_id

NAMED = re.compile(r"([a-z]{3,9})\.?[ \-/]*((?:20)?\d\d)?")
NUMBERED = re.compile(r"(20\d\d)-(\d\d)(?:-01)?|01/(\d\d)/(20\d\d)")
TWELVE = "Paste twelve months, April to March, or a first line with the names of the months."
WORDS = frozenset({"Not reported", "not reported"})
SUMS = frozenset({"", "year", "total", "full year", "fy"})


class Block:
    """A block of cells as Excel puts it on the clipboard: lines of cells with tabs between them."""

    def __init__(self, rows: Sequence[Row], months: Sequence[date], open_month: date | None, text: str) -> None:
        self.rows, self.months, self.open_month = rows, months, open_month
        self.cells: dict[str, str] = {}
        self.problems: list[str] = []
        self.known = self._names()
        lines = [
            (at, [cell.strip() for cell in line.split("\t")])
            for at, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1)
            if line.strip()
        ]
        if not lines:
            self.problems.append(
                "Nothing was pasted. Copy the cells in Excel, with the row's name in the first column."
            )
            return
        heading = self._heading(lines[0][1])
        if not self.problems:
            self._lay(lines[1:] if heading else lines, heading)

    def _names(self) -> dict[str, Row | None]:
        """Rows by every name that a person may give them; None where two share a name."""
        known: dict[str, Row | None] = {}
        for row in self.rows:
            for name in {_folded(row.key), _folded(row.label), _folded(row.name)}:
                known[name] = row if name not in known else None
        return known

    def _heading(self, cells: Sequence[str]) -> tuple[int, list[date | None]] | None:
        """How many columns stand before the first month, and the month of each column from there on (None for a total)."""
        named = [self._month_called(cell) for cell in cells]
        first = next((at for at, is_month in enumerate(named) if is_month), None)
        if first is None or any(_folded(" ".join(cells[:upto])) in self.known for upto in range(1, first + 1)):
            return None
        columns: list[date | None] = []
        for cell, month in zip(cells[first:], named[first:], strict=True):
            if month is None and cell.lower() not in SUMS:
                self.problems.append(f"The heading “{cell[:30]}” is not a month of this plan.")
            elif month is not None and month not in self.months:
                self.problems.append(f"The heading “{cell[:30]}” is {month_name(month)}, which is not in this plan.")
            elif month is not None and month in columns:
                self.problems.append(f"The heading names {month_name(month)} twice.")
            columns.append(month)
        return first, columns

    def _month_called(self, text: str) -> date | None:
        """The month that a heading names (Sep, September, Sep-16, 2016-09-01, 01/09/2016), in this plan or, if it says so, another year."""
        if numbered := NUMBERED.fullmatch(text):
            year, number_of_month = int(numbered[1] or numbered[4]), int(numbered[2] or numbered[3])
            return date(year, number_of_month, 1) if 1 <= number_of_month <= 12 else None
        named = NAMED.fullmatch(text.lower())
        found = [month for month in self.months if named and f"{month:%B}".lower().startswith(named[1])]
        if not found or named is None:
            return None
        return found[0].replace(year=2000 + int(named[2][-2:])) if named[2] else found[0]

    def _lay(self, lines: Sequence[tuple[int, list[str]]], heading: tuple[int, list[date | None]] | None) -> None:
        met: set[str] = set()
        for at, cells in lines:
            row, values = self._row(cells, heading[0] if heading else None)
            if row is None:
                self.problems.append(f"Pasted line {at}: there is no row “{cells[0][:40]}”. {self._rows_here()}")
                continue
            if row.key in met:
                self.problems.append(f"Pasted line {at}: “{row.key}” was pasted before. Paste each row once.")
                continue
            met.add(row.key)
            months, trouble = self._months_of(row, values, heading[1] if heading else None)
            if trouble:
                self.problems.append(f"Pasted line {at}: {trouble}")
                continue
            self._lay_row(at, row, list(zip(months, values, strict=False)))

    def _row(self, cells: Sequence[str], columns: int | None) -> tuple[Row | None, Sequence[str]]:
        """The row that a line names in its first cell or first cells, and the rest of the line."""
        if columns is not None:
            return self.known.get(_folded(" ".join(cells[:columns]))), cells[columns:]
        for upto in range(min(3, len(cells)), 0, -1):
            # An empty cell is a month's, never part of a name.
            if all(cells[:upto]) and (row := self.known.get(_folded(" ".join(cells[:upto])))):
                return row, cells[upto:]
        return None, []

    def _rows_here(self) -> str:
        names = [f"“{row.key}”" for row in self.rows if row.editable]
        more = [f"{len(names) - 6} more"] if len(names) > 7 else []
        return f"Rows here: {listed(names[:6] + more if more else names)}." if names else "No row here can be changed."

    def _months_of(
        self, row: Row, values: Sequence[str], columns: list[date | None] | None
    ) -> tuple[Sequence[date | None], str]:
        """The month of each column, or what is wrong with them."""
        if columns is not None:
            spare = any(values[len(columns) :])
            return columns, f"it has {len(values)} columns, but the heading names {len(columns)}." if spare else ""
        twelve = self.months
        while len(values) > len(twelve) + 1 and not values[-1]:
            values = values[:-1]
        if len(values) == 1 and self.open_month:
            return [self.open_month], ""
        if len(values) == len(twelve):
            return twelve, ""
        if len(values) == len(twelve) + 1:
            return twelve, self._not_the_year(row, values[:-1], values[-1])
        found = counted(len(values), "column of figures", "columns of figures")
        return [], f"it has {found}; {TWELVE[:1].lower()}{TWELVE[1:]}"

    def _not_the_year(self, row: Row, values: Sequence[str], text: str) -> str:
        """What is wrong with a column after March; nothing where it is the row's year, as stored or as its pasted months add up."""
        if text in {"", NOT_DUE, row.year_shown, row.typed(row.year), row.year_text}:
            return ""
        try:
            figures = [parse_figure(value) or Decimal(0) for value in values if value not in WORDS]
            year = parse_figure(text) or Decimal(0)
        except BadFigure:
            return f"its thirteenth column holds “{text[:20]}”, after March. {TWELVE}"
        # Worksheets show figures rounded: thirteen of them may each be half a unit of the coarsest away from adding up.
        unit = Decimal(1).scaleb(max(int(one.as_tuple().exponent) for one in (*figures, year)))
        added = sum(figures, Decimal(0))
        if abs(added - year) <= unit * 13 / 2:
            return ""
        return f"its thirteenth column holds “{text[:20]}”, after March, and the twelve months add to {plain(added)}. {TWELVE}"

    def _lay_row(self, at: int, row: Row, figures: Iterable[tuple[date | None, str]]) -> None:
        left_out = []
        for month, text in figures:
            if month is None:
                continue
            if month in row.editable:
                self.cells[cell_id(row.key, month)] = text
            elif not self._as_stored(row, month, text):
                left_out.append(f"{month:%B} “{text[:20]}”")
        if left_out:
            self.problems.append(
                f"Pasted line {at}: “{row.key}” cannot be changed here in {listed(left_out)}; left out."
            )

    def _as_stored(self, row: Row, month: date, text: str) -> bool:
        value = row.values.get(month)
        if text in {row.absent(month), row.shown(value), row.typed(value), ""}:
            return True
        try:
            return plain(parse_figure(text)) in {row.typed(value), plain(parse_figure(row.shown(value)))}
        except BadFigure:
            return False


def _folded(name: str) -> str:
    return " ".join(name.lower().split())
