"""Reads a workbook that came back: what it was made from, what its cells hold now, and which of them are still formulas."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any

from opplan.imports.files import Cell as Found
from opplan.imports.files import opened
from opplan.imports.unreadable import Unreadable
from opplan.submissions.written.book import LONGEST_TEXT, RECORD

ANSWERED_BY_ANOTHER = "Export the workbook again, copy your figures into it, and load that."


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row as it was written: where it stood, and for each of its cells the letter of its kind and its value."""

    block: str
    row: str
    sheet: str
    at: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Returned:
    """The workbook. `about` is what it says of itself; `sheets` holds the rows of each from A1; `formulas` the addresses of each
    sheet's formulas, and `errors` those of its errors, with what they show."""

    file: str
    digest: str
    about: Mapping[str, Any]
    recorded: Sequence[Recorded]
    sheets: Mapping[str, list[list[Found]]]
    formulas: Mapping[str, frozenset[str]]
    errors: Mapping[str, Sequence[tuple[str, str]]]


Parts = tuple[dict[str, frozenset[str]], dict[str, list[tuple[str, str]]]]
"""The formulas of each sheet by their addresses, and its errors, each with what the cell shows."""


def read_back(name: str, content: bytes) -> Returned:
    """Unreadable says what the file is instead, and what to do."""
    parts: list[Parts | Unreadable] = []

    def meanwhile() -> None:
        try:
            parts.append(_parts(content))
        except Unreadable as problem:
            parts.append(problem)

    books = opened(name, content, meanwhile)
    book = books[0]
    sheets = {sheet.name: sheet.rows for sheet in book.sheets}
    record = sheets.get(RECORD)
    if len(books) != 1 or record is None:
        raise Unreadable(
            f"{name} is not a workbook that opplan exported, or it was copied sheet by sheet: its hidden record is missing. "
            f"{ANSWERED_BY_ANOTHER}"
        )
    if book.file != name or not content.startswith(b"PK") or b"xl/workbook.xml" not in content:
        raise Unreadable(
            f"{name} was saved in another format, or packed in a zip. Save it as .xlsx and load that by itself."
        )
    try:
        about = json.loads(str(record[0][0]))
        rows = [row for row in record[1:] if row and row[0]]
        keys = _listed(str(row[0]) for row in rows)
        cells = _listed("".join(str(part) for part in row[1:] if part) for row in rows)
        recorded = [_recorded(key, held) for key, held in zip(keys, cells, strict=True)]
        if not isinstance(about, dict) or about.get("opplan") != 1:
            raise ValueError("another record")
        date.fromisoformat(about["month"])
        if not all(isinstance(about.get(word), str) for word in ("template", "organisation", "year", "definition")):
            raise ValueError("a word of the record is none")
    except (ValueError, IndexError, KeyError, TypeError, RecursionError) as problem:
        raise Unreadable(
            f"{name}: its hidden record has been changed and cannot be used. {ANSWERED_BY_ANOTHER}"
        ) from problem
    told = parts[0] if parts else _parts(content)
    if isinstance(told, Unreadable):
        raise told
    return Returned(name, book.digest, about, recorded, sheets, *told)


def _listed(texts: Iterable[str]) -> list[Any]:
    """Many JSON texts read at once."""
    found: list[Any] = json.loads(f"[{','.join(texts)}]")
    return found


def _recorded(about: Any, cells: Any) -> Recorded:
    block, key, sheet, at = about
    if type(at) is not int or not 0 < at <= LAST_ROW or not isinstance(cells, list):
        raise ValueError("a row of the record is not one")
    if set(map(type, cells)) - {str} or max(map(len, cells), default=0) > LONGEST_TEXT:
        raise ValueError("a cell of the record is not one")
    if {one[:1] for one in cells} - KINDS:
        raise ValueError("a cell of the record is of no kind")
    return Recorded(str(block), str(key), str(sheet), at, cells)


LAST_ROW = 1_048_576
KINDS = frozenset("icgn")
"""The first letters of a cell's kinds: input, calculated, given, none."""


_DAMAGES = (KeyError, ValueError, RuntimeError, EOFError, OSError, zipfile.BadZipFile, zlib.error, struct.error)
_SHEET = re.compile(rb"<sheet\b[^>]*?/?>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_RELATION = re.compile(rb"<Relationship\b[^>]*?/?>")
# calamine gives a blank for an error.
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?:\s[^>]*?)?\st="e"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>'
)


def _parts(content: bytes) -> Parts:
    """The formulas and errors of each sheet. calamine gives values alone; `opened` has measured the file by now."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            targets = {
                said[b"Id"]: said[b"Target"].decode()
                for one in _RELATION.findall(parts.read("xl/_rels/workbook.xml.rels"))
                if (said := dict(_ATTRIBUTE.findall(one)))
            }
            formulas, errors = {}, {}
            for one in _SHEET.findall(parts.read("xl/workbook.xml")):
                said = dict(_ATTRIBUTE.findall(one))
                target = targets[said[b"r:id"]]
                member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                read = parts.read(member)
                name = unescape(said[b"name"].decode())
                formulas[name] = _formulas(read)
                broken = _ERROR.findall(read) if b't="e"' in read else []
                errors[name] = [(cell.decode(), shows.decode()) for cell, shows in broken]
            return formulas, errors
    except _DAMAGES as problem:
        raise Unreadable(
            "The workbook's parts cannot be told apart. Open it in Excel, save it as .xlsx and load that."
        ) from problem


def _formulas(sheet: bytes) -> frozenset[str]:
    """The addresses of a sheet's formulas: each stands in the cell that began last before it."""
    found = set()
    cell = b""
    for part in sheet.partition(b"</sheetData>")[0].split(b"<f"):
        if cell and part[:1] in (b">", b" ", b"/"):
            found.add(cell.decode())
        at = part.rfind(b'<c r="')
        # A part without a cell, such as a font's family within a text, is still of the cell before.
        cell = part[at + 6 : part.find(b'"', at + 6)] if at >= 0 else cell
    return frozenset(found)
