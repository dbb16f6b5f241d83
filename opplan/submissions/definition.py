"""What a workbook is made of: sheets, blocks, rows and columns, as a file of `definitions/` says it. A new year is a new file.

A definition is TOML. `docs/0010` describes it for whoever writes one; the classes here are the same description, checked.
"""

from __future__ import annotations

import hashlib
import logging
import re
import tomllib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from opplan.submissions.formulas import BadFormula, Formula
from opplan.submissions.rule import Rule

logger = logging.getLogger(__name__)
FOLDER = Path(__file__).with_name("definitions")
MONTHS = 12

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Kind = Literal["input", "calculated", "given"]
Format = Literal["text", "whole", "thousands", "money", "percentage", "decimal", "day", "yes_no"]
FIGURES = frozenset({"whole", "thousands", "money", "percentage", "decimal"})


class BadDefinition(ValueError):
    """A definition that cannot be used. Each problem names the file and the line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A column of a block; with `repeat = "months"` twelve of them, April to March."""

    key: Slug
    title: Words
    kind: Kind
    field: Slug | Literal[""] = ""
    """The field of the block's source; by default the column's own key."""
    formula: str = ""
    repeat: Literal["", "months"] = ""
    format: Format = "text"
    width: float = Field(default=12, ge=2, le=120)
    least: Decimal | None = None
    most: Decimal | None = None
    longest: int = Field(default=300, ge=1, le=4000)
    choices: tuple[Words, ...] = ()
    choices_from: str = ""
    """Where the list stands in the workbook that an answer is chosen from: a block and its column, such as documents.reference."""
    required: bool = False
    total: bool = False
    answer: bool = False
    """Answered beside the rows of a source, such as a comment: no field of the source holds it."""
    note: str = ""

    @model_validator(mode="after")
    def _agrees(self) -> Column:
        if self.formula and self.kind != "calculated":
            raise ValueError("only a calculated column has a formula")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least is above most")
        if (self.choices or self.choices_from) and self.kind != "input":
            raise ValueError("only an input has choices")
        if self.choices and self.choices_from:
            raise ValueError("choices are given either here or by choices_from")
        if (self.least is not None or self.most is not None) and self.format not in FIGURES:
            raise ValueError("only a figure has a least and a most")
        if self.answer and (self.kind != "input" or self.repeat or self.field):
            raise ValueError("only an input of one cell, that no field holds, is answered beside a source")
        if self.total and self.format not in FIGURES:
            raise ValueError("only a figure has a total")
        return self

    @property
    def source_field(self) -> str:
        return self.field or self.key

    @property
    def count(self) -> int:
        """How many cells of a row it takes."""
        return MONTHS if self.repeat == "months" else 1


class Row(_Strict):
    """A row that the template prints whatever the plan holds: a question to answer, or one row of the source, by its key."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    title: Words | Literal[""] = ""
    given: dict[Slug, str] = {}
    """What it prints in given columns, by the column's key."""
    formulas: dict[Slug, str] = {}
    """Its own formulas, in place of a column's: such cells are calculated."""
    inputs: tuple[Slug, ...] | None = None
    """Which input columns are open in this row; by default all."""
    optional: bool = False
    heading: bool = False


class Chart(_Strict):
    """A chart beside a block: rows as lines or columns over the cells of repeated columns, or one series a column over the rows."""

    title: Words
    kind: Literal["line", "column", "stacked"] = "line"
    columns: tuple[Slug, ...] = Field(min_length=1)
    rows: tuple[str, ...] = ()
    """Keys of the rows that are drawn; "total" for the total; none for one series a column over every row."""


class Block(_Strict):
    """A table: from a named source, or of rows that the template prints and people answer."""

    key: Slug
    title: Words
    source: str = ""
    where: dict[Slug, tuple[str, ...]] = {}
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[Row, ...] = ()
    total: str = ""
    empty: str = "The plan holds nothing here."
    notes: tuple[Words, ...] = ()
    charts: tuple[Chart, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Block:
        if not self.source and not self.rows:
            raise ValueError("a block needs a source, or rows of its own")
        keys = [column.key for column in self.columns]
        _once(keys, "column")
        _once([row.key for row in self.rows], "row")
        if any(row.key == "total" for row in self.rows):
            raise ValueError("“total” is the key of the total, and no row's")
        held = set(keys)
        for row in self.rows:
            if strange := ({*row.given, *row.formulas, *(row.inputs or ())} - held):
                raise ValueError(f"row {row.key} names a column “{min(strange)}” that the block does not have")
        for chart in self.charts:
            if strange := set(chart.columns) - held:
                raise ValueError(f"the chart names a column “{min(strange)}” that the block does not have")
        if not self.source and any(column.field for column in self.columns):
            raise ValueError("a block without a source has no fields")
        return self

    def asks(self, column: Column) -> bool:
        """Whether people answer the column here, and no room holds it."""
        return column.kind == "input" and (not self.source or column.answer)

    @property
    def asked(self) -> bool:
        """Whether it has anything that people answer here."""
        return any(map(self.asks, self.columns))

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


class Sheet(_Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")]
    title: Words
    notes: tuple[Words, ...] = ()
    blocks: tuple[Block, ...] = Field(min_length=1)


RESERVED = frozenset({"cover", "checklist", "checks", "_opplan"})


class Definition(_Strict):
    """A template: whose plans it serves (`round`), its sheets, and the rules of `checks` that must hold of it."""

    name: Name
    title: Words
    round: Words
    version: Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)*$")] = "1"
    summary: Words
    notes: tuple[Words, ...] = ()
    checks: tuple[Rule, ...] = ()
    sheets: tuple[Sheet, ...] = Field(min_length=1, max_length=60)

    @model_validator(mode="after")
    def _agrees(self) -> Definition:
        _once([sheet.name.lower() for sheet in self.sheets], "sheet")
        if taken := RESERVED & {sheet.name.lower() for sheet in self.sheets}:
            raise ValueError(f"“{min(taken)}” is the name of a sheet that opplan writes itself")
        _once([block.key for block in self.blocks()], "block")
        return self

    def blocks(self) -> Iterator[Block]:
        for sheet in self.sheets:
            yield from sheet.blocks

    @cached_property
    def digest(self) -> str:
        """Its hash: a workbook that was made from another one cannot be read by its cells."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def block(self, key: str) -> Block:
        return next(block for block in self.blocks() if block.key == key)


def _once(keys: Sequence[str], what: str) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{what} “{key}” stands twice")


def definitions() -> list[Definition]:
    """Every definition there is: the house's own and those of the folders that DEFINITIONS names. Read again when a file changes."""
    found = []
    for path in (path for folder in (FOLDER, *settings.DEFINITIONS) for path in sorted(Path(folder).rglob("*.toml"))):
        try:
            found.append(load(path))
        except BadDefinition as problem:
            # One bad file must not take the other templates with it; check_definitions tells its problems.
            logger.error("A definition is left out. %s", problem)
    return found


def definitions_of(planning_round: str) -> list[Definition]:
    """The templates of one planning round, by name. A later folder's takes the place of an earlier one's."""
    return list({one.name: one for one in definitions() if one.round == planning_round}.values())


def find_definition(planning_round: str, name: str) -> Definition | None:
    return next((one for one in definitions_of(planning_round) if one.name == name), None)


def load(path: Path) -> Definition:
    """The definition in a file. BadDefinition names every problem with its line."""
    return _loaded(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _loaded(path: Path, _changed: int) -> Definition:
    return read(path.read_text(encoding="utf-8"), path.name)


def read(text: str, name: str) -> Definition:
    """The definition in a text. BadDefinition names every problem with its line."""
    try:
        found = Definition.model_validate(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as problem:
        raise BadDefinition([f"{name}: {problem}"]) from problem
    except ValidationError as problem:
        found_wrong = problem.errors()
        # What holds something wrong is told to be too short besides.
        echoes = [
            one
            for one in found_wrong
            if one["type"] == "too_short"
            and any(other["loc"][: len(one["loc"])] == one["loc"] for other in found_wrong if other is not one)
        ]
        raise BadDefinition([_problem(text, name, one) for one in found_wrong if one not in echoes]) from problem
    problems = [f"{name}, line {line_of(text, where)}: {what}" for where, what in _wrong_formulas(found)]
    problems += [f"{name}, line {line_of(text, where)}: {what}" for where, what in _wrong_sources(found)]
    problems += [f"{name}, line {line_of(text, where)}: {what}" for where, what in _wrong_checks(found)]
    problems += [f"{name}, line {line_of(text, where)}: {what}" for where, what in _wrong_lists(found)]
    if not problems:
        problems = [f"{name}, line {line_of(text, where)}: {what}" for where, what in _wrong_in_use(found)]
    if problems:
        raise BadDefinition(problems)
    return found


def _problem(text: str, name: str, error: Any) -> str:
    where = error["loc"]
    what = {
        "extra_forbidden": "is not a word that a definition knows",
        "missing": "is missing",
    }.get(error["type"], error["msg"].removeprefix("Value error, "))
    label = ".".join(str(part) for part in where if isinstance(part, str)) or "the definition"
    value = error.get("input")
    typed = (
        f" (it says “{value}”)" if isinstance(value, str | int | float | Decimal) and error["type"] != "missing" else ""
    )
    return f"{name}, line {line_of(text, where)}: {label} {what}{typed}"


Where = tuple[str | int, ...]


def _wrong_formulas(found: Definition) -> Iterator[tuple[Where, str]]:
    """Each formula that cannot be read or names what is not there."""
    columns = {block.key: {column.key for column in block.columns} for block in found.blocks()}
    rows = {block.key: {row.key for row in block.rows} | {"total"} for block in found.blocks() if not block.source}
    for where, block, text in _formulas(found):
        try:
            formula = Formula.read(text)
        except BadFormula as problem:
            yield where, f"formula “{text}”: {problem}"
            continue
        for of_block, of_row, of_column in formula.names:
            named = of_block or block.key
            if named not in columns:
                yield where, f"formula “{text}”: there is no block {named}"
            elif of_column not in columns[named]:
                yield where, f"formula “{text}”: block {named} has no column {of_column}"
            elif of_row and named in rows and of_row not in rows[named]:
                yield where, f"formula “{text}”: block {named} has no row {of_row}"


def _formulas(found: Definition) -> Iterator[tuple[Where, Block, str]]:
    for k, rule in enumerate(found.checks):
        held = {block.key: block for block in found.blocks()}
        block = held.get(rule.each or rule.on.split(".")[0])
        if block is None:
            continue
        for name in ("found", "expected"):
            if text := getattr(rule, name):
                yield ("checks", k, name), block, text
        for named in (rule.on.split(".")[-1], rule.unless):
            if named:
                yield ("checks", k), block, named
    for s, sheet in enumerate(found.sheets):
        for b, block in enumerate(sheet.blocks):
            at: Where = ("sheets", s, "blocks", b)
            for c, column in enumerate(block.columns):
                if column.formula:
                    yield (*at, "columns", c, "formula"), block, column.formula
                elif (
                    column.kind == "calculated"
                    and not block.source
                    and any(column.key not in row.formulas and not row.heading for row in block.rows)
                ):
                    yield (*at, "columns", c), block, "(none: a calculated column without a source needs one)"
            for r, row in enumerate(block.rows):
                for key, text in row.formulas.items():
                    yield (*at, "rows", r, "formulas", key), block, text


def _wrong_checks(found: Definition) -> Iterator[tuple[Where, str]]:
    held = {block.key for block in found.blocks()}
    for k, rule in enumerate(found.checks):
        named = rule.each or rule.on.split(".")[0]
        if named not in held:
            yield ("checks", k), f"check {rule.code}: there is no block {named}"


def _wrong_lists(found: Definition) -> Iterator[tuple[Where, str]]:
    """Each list of choices that is not in the workbook."""
    held = {f"{block.key}.{column.key}" for block in found.blocks() for column in block.columns}
    for s, sheet in enumerate(found.sheets):
        for b, block in enumerate(sheet.blocks):
            for c, column in enumerate(block.columns):
                if column.choices_from and column.choices_from not in held:
                    yield ("sheets", s, "blocks", b, "columns", c), f"choices_from: there is no “{column.choices_from}”"


def _wrong_in_use(found: Definition) -> Iterator[tuple[Where, str]]:
    """What only shows when the template is filled: a heading with a word that is not known, a formula that comes back to itself."""
    from opplan.submissions.filled import heading_of, tried

    filled, work = tried(found)
    for s, sheet in enumerate(found.sheets):
        for b, block in enumerate(sheet.blocks):
            for c, column in enumerate(block.columns):
                at: Where = ("sheets", s, "blocks", b, "columns", c)
                try:
                    heading_of(column, 0, filled)
                except (LookupError, ValueError, AttributeError):
                    words = "month, year, last_year, next_year or reported"
                    yield (*at, "title"), f"heading “{column.title}” holds braces around something else than {words}"
                try:
                    for cell in filled.cells.values():
                        if cell.key.block == block.key and cell.key.column == column.key:
                            work.value(cell)
                except BadFormula as problem:
                    yield at, str(problem)


def _wrong_sources(found: Definition) -> Iterator[tuple[Where, str]]:
    from opplan.submissions.sources.registry import SOURCES

    for s, sheet in enumerate(found.sheets):
        for b, block in enumerate(sheet.blocks):
            at: Where = ("sheets", s, "blocks", b)
            if not block.source:
                continue
            source = SOURCES.get(block.source)
            if source is None:
                yield (*at, "source"), f"there is no source “{block.source}”; there are {', '.join(sorted(SOURCES))}"
                continue
            for key in block.where:
                if key not in source.fields:
                    yield (*at, "where"), f"source {block.source} has no field “{key}”"
            for c, column in enumerate(block.columns):
                if (column.kind == "calculated" and column.formula) or column.answer:
                    continue
                field = source.fields.get(column.source_field)
                if field is None:
                    if (
                        column.kind == "input"
                        or not all(column.key in row.given for row in block.rows)
                        or not block.rows
                    ):
                        yield (*at, "columns", c), f"source {block.source} has no field “{column.source_field}”"
                elif field.months != bool(column.repeat):
                    said = "a figure a month" if field.months else "one figure"
                    yield (*at, "columns", c), f"field “{column.source_field}” of {block.source} is {said}"
                elif column.kind == "input" and not field.writable:
                    yield (*at, "columns", c), f"field “{column.source_field}” of {block.source} cannot be written"


_TABLE = re.compile(r"^\s*\[(\[)?([A-Za-z0-9_.\-\"]+)\]")


def line_of(text: str, where: Sequence[str | int]) -> int:
    """The line of a TOML text on which the thing at this path begins; the nearest line above it where it is not there."""
    lines = text.splitlines()
    wanted = list(where)
    table: list[str | int] = []
    counts: dict[tuple[str | int, ...], int] = {}
    best, best_depth = 1, -1
    array: tuple[list[str | int], int] | None = None

    def offer(path: list[str | int], number: int) -> None:
        nonlocal best, best_depth
        if len(path) > best_depth and wanted[: len(path)] == path:
            best, best_depth = number, len(path)

    for number, line in enumerate(lines, start=1):
        header = _TABLE.match(line)
        if header and array is None:
            table = []
            parts = header.group(2).split(".")
            for place, part in enumerate(parts):
                table.append(part)
                last = place == len(parts) - 1
                key = tuple(table)
                if header.group(1) and last:
                    counts[key] = counts.get(key, -1) + 1
                    for held in [held for held in counts if len(held) > len(key) and held[: len(key)] == key]:
                        del counts[held]
                if key in counts:
                    table.append(counts[key])
            offer(table, number)
            continue
        if array is not None:
            path, index = array
            if line.lstrip().startswith(("{", '"')):
                index += 1
                offer([*path, index], number)
                for key_at in re.finditer(r"([A-Za-z0-9_\-]+)\s*=", line):
                    offer([*path, index, key_at.group(1)], number)
                array = (path, index)
            if line.lstrip().startswith("]"):
                array = None
            continue
        pair = re.match(r"^\s*([A-Za-z0-9_\-]+)\s*=\s*(\[\s*(#.*)?$)?", line)
        if pair:
            path = [*table, pair.group(1)]
            offer(path, number)
            if pair.group(2):
                array = (path, -1)
    return best
