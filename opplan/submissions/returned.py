"""Reads a workbook that came back: what it was made from, what its cells hold now, and which of them are still formulas."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from typing import Any

from opplan.imports.files import Cell as Found
from opplan.imports.files import opened
from opplan.imports.unreadable import Unreadable
from opplan.submissions.written import RECORD

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
    sheet's formulas, None where the file's parts could not be told apart."""

    file: str
    digest: str
    about: Mapping[str, Any]
    recorded: Sequence[Recorded]
    sheets: Mapping[str, list[list[Found]]]
    formulas: Mapping[str, frozenset[str]]


def read_back(name: str, content: bytes) -> Returned:
    """Unreadable says what the file is instead, and what to do."""
    books = opened(name, content)
    book = books[0]
    sheets = {sheet.name: sheet.rows for sheet in book.sheets}
    record = sheets.get(RECORD)
    if len(books) != 1 or record is None:
        raise Unreadable(
            f"{name} is not a workbook that opplan exported, or it was copied sheet by sheet: its hidden record is missing. "
            f"{ANSWERED_BY_ANOTHER}"
        )
    if not content.startswith(b"PK"):
        raise Unreadable(f"{name} was saved in another format. Save it as .xlsx and load that.")
    try:
        about = json.loads(str(record[0][0]))
        recorded = [_recorded(row) for row in record[1:] if row and row[0]]
        if not isinstance(about, dict) or about.get("opplan") != 1:
            raise ValueError("another record")
    except (ValueError, IndexError, TypeError) as problem:
        raise Unreadable(
            f"{name}: its hidden record has been changed and cannot be used. {ANSWERED_BY_ANOTHER}"
        ) from problem
    return Returned(name, book.digest, about, recorded, sheets, _formulas(content))


def _recorded(row: Sequence[Found]) -> Recorded:
    block, key, sheet, at = json.loads(str(row[0]))
    cells = json.loads("".join(str(part) for part in row[1:] if part))
    if not all(isinstance(one, str) and one for one in cells) or not isinstance(at, int):
        raise ValueError("a row of the record is not one")
    return Recorded(str(block), str(key), str(sheet), at, cells)


_SHEET = re.compile(rb"<sheet\b[^>]*?/?>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_RELATION = re.compile(rb"<Relationship\b[^>]*?/?>")
# A cell with a formula begins with it. A cell without content closes itself, and the next one is not its own.
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?:\s[^>]*?)?(?<!/)><f')


def _formulas(content: bytes) -> dict[str, frozenset[str]]:
    """The addresses of the formulas of each sheet. calamine gives their values alone; `opened` has measured the parts by now."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            targets = {
                said[b"Id"]: said[b"Target"].decode()
                for one in _RELATION.findall(parts.read("xl/_rels/workbook.xml.rels"))
                if (said := dict(_ATTRIBUTE.findall(one)))
            }
            found = {}
            for one in _SHEET.findall(parts.read("xl/workbook.xml")):
                said = dict(_ATTRIBUTE.findall(one))
                target = targets[said[b"r:id"]]
                member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                cells = _FORMULA.findall(parts.read(member))
                found[unescape(said[b"name"].decode())] = frozenset(cell.decode() for cell in cells)
            return found
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError, OSError) as problem:
        raise Unreadable(
            "The workbook's parts cannot be told apart. Open it in Excel, save it as .xlsx and load that."
        ) from problem
