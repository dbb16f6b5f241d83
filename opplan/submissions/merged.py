"""Three-way merge by cell: what the workbook was made from (base), what it holds (theirs), and what opplan holds (now)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from opplan.submissions.definition import FIGURES, Column, Definition
from opplan.submissions.filled import FIRST_COLUMN, Cell, Filled, Key, heading_of, spelt
from opplan.submissions.layout import at, letters
from opplan.submissions.sheets import LARGEST
from opplan.submissions.written.book import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from opplan.imports.files import Cell as Found
    from opplan.submissions.returned import Recorded, Returned

DIGITS = Context(prec=12)
"""Programs keep fifteen digits of a figure and write the last ones in their own ways; no figure of a plan has as many as twelve."""
HUGE = 40
OPPLAN, FILE = "opplan", "file"
"""Whose value stands where both changed."""
AGAIN = "Export the workbook again, copy your figures into it, and load that."
ERRORS = ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!")


@dataclass(frozen=True)
class Change:
    """A cell whose value in the file is not the one that it was made with. Values in their one spelling, "" for a blank."""

    sheet: str
    cell: str
    key: Key
    title: str
    base: str
    theirs: str
    now: str

    @property
    def conflict(self) -> bool:
        """Whether opplan's own value changed meanwhile, to something else than the file's."""
        return self.now not in (self.base, self.theirs)


@dataclass(frozen=True)
class Wrong:
    """What stands in the way, at which cell, and what to do about it. A note stands in no way."""

    sheet: str
    cell: str
    text: str
    note: bool = False


@dataclass
class Merge:
    """What a workbook that came back would do. Nothing can be applied while `errors` are there or a conflict is not chosen."""

    changes: list[Change] = field(default_factory=list)
    errors: list[Wrong] = field(default_factory=list)
    notes: list[Wrong] = field(default_factory=list)

    @property
    def conflicts(self) -> list[Change]:
        return [change for change in self.changes if change.conflict]

    @property
    def plain(self) -> list[Change]:
        return [change for change in self.changes if not change.conflict]


def foreign(returned: Returned, definition: Definition | None, code: str, year: str, digest: str) -> list[Wrong]:
    """Why the file is not this plan's, or not of this template; nothing where it is."""
    about, found = returned.about, []

    def wrong(text: str) -> None:
        found.append(Wrong("Cover", "A1", text))

    if about.get("organisation") != code:
        wrong(
            f"The workbook is organisation {about.get('organisation')}'s; this plan is {code}'s. Load it into their plan."
        )
    if about.get("year") != year:
        wrong(f"The workbook is of {about.get('year')}; this plan is of {year}. Load it into that year's plan.")
    if definition is None:
        wrong(
            f"There is no template {about.get('template')} for this plan. Export the template that you need, and use that."
        )
    elif about.get("definition") != digest:
        wrong(
            f"The workbook is of version {about.get('template_version')} of the template {definition.name}, which has changed since "
            f"(it is version {definition.version} now). Export it again, and copy your figures into that."
        )
    return found


Now = Callable[[Collection[tuple[str, str]]], "Filled"]
"""What opplan holds now of these rows, by block and key: of those that the file changes, and nothing is asked where it changes none."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """An input cell that differs from what it was made with."""

    row: Recorded
    key: Key
    spec: Column
    cell: str
    base: str
    theirs: str


def merged(returned: Returned, definition: Definition, now: Now) -> Merge:
    """What the file would change. The file is this plan's and of this template (`foreign` says nothing)."""
    result, typed = Merge(), list[_Typed]()
    columns = {
        block.key: [(spec, index) for spec in block.columns for index in range(spec.count)]
        for block in definition.blocks()
    }
    if wrong := _unsound(returned, definition, columns):
        return Merge(errors=[wrong])
    lists = _lists(returned, definition, columns)
    by_sheet: dict[str, list[Recorded]] = defaultdict(list)
    for row in returned.recorded:
        by_sheet[row.sheet].append(row)
    for sheet, rows in by_sheet.items():
        held = returned.sheets.get(sheet)
        if held is None or sheet not in returned.formulas:
            result.errors.append(
                Wrong(
                    sheet,
                    "A1",
                    f"The sheet {sheet} is not in the workbook: it was deleted or renamed. Give it back its name.",
                )
            )
            continue
        moved = _moved(sheet, rows, held)
        if moved:
            result.errors.append(moved)
            continue
        formulas = returned.formulas[sheet]
        for address, shows in returned.errors[sheet]:
            _lay(held, address, shows)
        for row in rows:
            _compare(result, typed, row, held[row.at - 1], columns[row.block], formulas, lists)
        result.notes += _beyond(sheet, rows, columns, held)
    if typed:
        holds = now({(one.key.block, one.key.row) for one in typed})
        for one in typed:
            _settle(result, one, holds)
    return result


def _unsound(returned: Returned, definition: Definition, columns: Mapping[str, Sequence[object]]) -> Wrong | None:
    """Whether the record tells of rows that the template cannot have: somebody changed it."""
    sheet_of = {block.key: sheet.name for sheet in definition.sheets for block in sheet.blocks}
    seen: set[tuple[str, str]] = set()
    for row in returned.recorded:
        known = sheet_of.get(row.block) == row.sheet and len(row.cells) == len(columns[row.block])
        if not known or (row.block, row.row) in seen:
            return Wrong("_opplan", "A1", f"The hidden record has been changed and cannot be used. {AGAIN}")
        seen.add((row.block, row.row))
    if {block for block, _ in seen} - set(sheet_of) or not seen:
        return Wrong("_opplan", "A1", f"The hidden record is empty and cannot be used. {AGAIN}")
    return None


def _lists(
    returned: Returned, definition: Definition, columns: Mapping[str, Sequence[tuple[Column, int]]]
) -> dict[str, frozenset[str]]:
    """The lists that the workbook holds for choosing from, as they were exported: by block and column."""
    wanted = {spec.choices_from for block in definition.blocks() for spec in block.columns if spec.choices_from}
    found = {}
    for name in wanted:
        block, _, column = name.partition(".")
        place = next(place for place, (spec, _) in enumerate(columns[block]) if spec.key == column)
        found[name] = frozenset(row.cells[place][1:] for row in returned.recorded if row.block == block)
    return found


def _moved(sheet: str, rows: Sequence[Recorded], held: Sequence[Sequence[Found]]) -> Wrong | None:
    """The first row that does not stand where it was written. Rows know their keys in column A, which is hidden."""
    for row in rows:
        found = held[row.at - 1][0] if row.at <= len(held) and held[row.at - 1] else ""
        if found == row.row or _as_key(found) == row.row:
            continue
        at = next((number for number, line in enumerate(held, start=1) if line and _as_key(line[0]) == row.row), 0)
        what = f"stands in row {at} now: rows were inserted, deleted or sorted" if at else "is gone: it was deleted"
        return Wrong(
            sheet,
            f"A{row.at}",
            f"The row {row.row} was in row {row.at} and {what}. Put the rows of the sheet back as they were; new rows are added in opplan.",
        )
    return None


def _as_key(found: Found) -> str:
    """A key as text: a program may have made a figure of it."""
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    return str(found)


def _lay(held: list[list[Found]], address: str, shows: str) -> None:
    """Put what a cell shows into the rows, where it has a place in them."""
    row, column = at(address)
    if row <= len(held) and column < len(held[row - 1]):
        held[row - 1][column] = shows


def _compare(
    result: Merge,
    typed: list[_Typed],
    row: Recorded,
    line: Sequence[Found],
    columns: Sequence[tuple[Column, int]],
    formulas: frozenset[str],
    lists: Mapping[str, frozenset[str]],
) -> None:
    """Compare a row with what it was made with. Most cells come back as they went out: they cost one comparison."""

    def wrong(text: str) -> None:
        result.errors.append(Wrong(row.sheet, address, text))

    width = len(line)
    for column, recorded in enumerate(row.cells, start=FIRST_COLUMN):
        kind, base = recorded[0], recorded[1:]
        found = line[column] if column < width else ""
        if kind != "c":
            if found.__class__ is float:
                try:
                    same = float(base) == found
                except ValueError:
                    same = False
            else:
                same = found == base or (found is None and not base)
            if same or kind == "n":
                continue
        address = f"{letters(column)}{row.at}"
        spec, index = columns[column - FIRST_COLUMN]
        if kind == "c":
            if address not in formulas:
                wrong(
                    f"The formula was overwritten with “{_short(found)}”. Undo that: this cell is calculated from the others."
                )
            elif isinstance(found, str) and found.startswith(ERRORS):
                wrong(f"The formula is broken and gives {found}. Copy it again from a fresh export.")
            continue
        if found == "" and address in formulas:
            wrong(
                "The cell holds a formula that was never worked out. Open the file in Excel, save it, and bring it back; or type the value."
            )
            continue
        theirs, problem = understood(found, spec, limits=kind == "i")
        if not problem and theirs == _rounded(base, spec):
            continue
        if theirs and spec.choices_from and theirs not in lists[spec.choices_from]:
            problem = f"“{_short(found)}” is not in the list. Choose from its sheet, or leave the cell blank."
        if kind == "g":
            wrong(
                f"“{base or 'blank'}” was changed to “{_short(found) or 'blank'}”. This cell is opplan's own: put it back, and "
                "change it in opplan."
            )
        elif problem:
            wrong(problem)
        else:
            typed.append(_Typed(row, Key(row.block, row.row, spec.key, index), spec, address, base, theirs))


def _settle(result: Merge, one: _Typed, now: Filled) -> None:
    """What a cell that was typed into would change, against what opplan holds now."""
    row, cell = one.row, now.cells.get(one.key)
    if cell is None:
        text = f"The row {row.row} is not in the plan any more. Leave this cell as it was exported."
        result.errors.append(Wrong(row.sheet, one.cell, text))
        return
    held = _rounded(spelt(cell.value), one.spec)
    if held == one.theirs:
        return
    if cell.kind != "input":
        text = (
            f"“{_cut(one.theirs) or 'blank'}” cannot be taken: the cell was closed after the export, such as by closing its month. "
            "Leave it as it was exported, or have it opened again."
        )
        result.errors.append(Wrong(row.sheet, one.cell, text))
        return
    base = _rounded(one.base, one.spec)
    result.changes.append(Change(row.sheet, one.cell, one.key, _title(now, cell), base, one.theirs, held))


def _title(now: Filled, cell: Cell) -> str:
    extent = now.extents[cell.key.block]
    line = extent.lines[cell.row - extent.first]
    return f"{line.title or line.key}: {heading_of(cell.spec, cell.key.index, now)}"


def understood(found: Found, spec: Column, *, limits: bool = True) -> tuple[str, str]:
    """What a cell holds, in its one spelling, and what is wrong with it."""
    if found == "" or found is None:
        return "", ""
    if isinstance(found, str) and found.startswith(ERRORS):
        return "", f"The cell shows {found}: a formula that was typed into it is broken. Type the value itself."
    if spec.format in FIGURES:
        return _figure(found, spec, limits=limits)
    if spec.format == "day":
        return _day(found, limits=limits)
    text = _text(found)
    if limits and (spec.choices or spec.format == "yes_no"):
        choices = spec.choices or ("Yes", "No")
        chosen = next((one for one in choices if one.lower() == text.strip().lower()), None)
        if chosen is None:
            return (
                "",
                f"“{_short(found)}” is not one of the answers. Choose {', '.join(choices[:-1])} or {choices[-1]}.",
            )
        return chosen, ""
    if limits and len(text) > spec.longest:
        return "", f"The text has {len(text)} characters; {spec.longest} are allowed. Shorten it."
    if limits and "\x00" in text:
        return "", "The text holds a character that cannot be stored. Type it again."
    return text, ""


def _figure(found: Found, spec: Column, *, limits: bool) -> tuple[str, str]:
    if isinstance(found, bool) or not isinstance(found, int | float):
        text = str(found).strip()
        if not text:
            return "", ""
        return (
            "",
            f"“{_short(found)}” is text where a figure is needed. Type the figure alone, without words, spaces or signs.",
        )
    if not -1e30 < found < 1e30:
        return "", "The figure is too large. Type another."
    figure = DIGITS.create_decimal(repr(found))
    least = Decimal(-LARGEST) if spec.least is None else spec.least
    most = Decimal(LARGEST) if spec.most is None else spec.most
    if limits and not least <= figure <= most:
        return (
            "",
            f"{_plain(figure)} is outside of what this cell may hold: between {_plain(least)} and {_plain(most)}.",
        )
    if limits and spec.format == "whole" and figure != figure.to_integral_value():
        return "", f"{_plain(figure)} is not a whole number. This cell counts: type a whole number."
    return spelt(figure), ""


def _plain(figure: Decimal) -> str:
    return f"{figure.normalize():,f}" if abs(figure) < 10**15 else f"{figure:.6g}"


def _day(found: Found, *, limits: bool) -> tuple[str, str]:
    day = _as_day(found)
    if day is None:
        return "", f"“{_short(found)}” is not a date. Type it as 30/09/2016."
    if limits and not FIRST_DAY <= day <= LAST_DAY:
        return "", f"{day:%d/%m/%Y} is outside of the years that this cell may hold: 2000 to 2099."
    return day.isoformat(), ""


def _as_day(found: Found) -> date | None:
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, date):
        return found
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"):
        try:
            return datetime.strptime(str(found).strip(), pattern).date()
        except ValueError:
            continue
    return None


def _text(found: Found) -> str:
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    if isinstance(found, bool):
        return "Yes" if found else "No"
    return str(found).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _rounded(base: str, spec: Column) -> str:
    """A value as it reads after a program has saved it."""
    if not base or spec.format not in FIGURES:
        return base.replace("\r\n", "\n").strip() if spec.format == "text" else base
    try:
        figure = DIGITS.create_decimal(base)
    except ArithmeticError:
        return base
    # Only somebody who changed the record can have put in what is no figure of a cell.
    return spelt(figure) if figure.is_finite() and abs(figure.adjusted()) < HUGE else base


def _short(found: Found) -> str:
    return _cut(_text(found))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def _beyond(
    sheet: str, rows: Sequence[Recorded], columns: Mapping[str, Sequence[object]], held: Sequence[Sequence[Found]]
) -> Iterator[Wrong]:
    """What was typed beside or beneath the tables: it is not lost without a word."""
    width = FIRST_COLUMN + max(len(columns[row.block]) for row in rows)
    last = max(row.at for row in rows)
    for number, line in enumerate(held, start=1):
        start = width if number <= last else 0
        if len(line) <= start:
            continue
        for column in range(start, len(line)):
            if line[column] not in ("", None):
                text = f"“{_short(line[column])}” stands outside of the tables and is not taken. Put it into a pale yellow cell."
                yield Wrong(sheet, f"{letters(column)}{number}", text, note=True)
