"""Turns the bytes of a file into cells, safely: workbooks, text with separators, and zips of them, told by content, not by name."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from opplan.imports import workbooks
from opplan.imports.unreadable import Unreadable

__all__ = ["Book", "Cell", "Sheet", "Unreadable", "address", "decoded", "opened", "opened_each", "parts"]

Cell = str | float | int | bool | datetime.date | datetime.datetime | None
"""A cell as stored. A blank one is "" (a formula whose value was never stored is blank too); text files give text only."""

MEGABYTE = 1024 * 1024
LARGEST_FILE = 64 * MEGABYTE
LARGEST_UNPACKED = 256 * MEGABYTE
"""What a zip, or a workbook (which is one), may unpack to: twice the longest referral to treatment extract."""
LARGEST_RATIO = 200
"""Unpacked to packed size beyond which a zip's file is taken for a bomb: published text packs up to about 40 times."""
RATIO_MATTERS_FROM = MEGABYTE
MOST_MEMBERS = 100
MOST_WORKBOOK_PARTS = 5_000
MOST_TEXT_CELLS = 30_000_000

SEPARATORS = ",\t;|"
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Excel wraps a workbook under a password in a container that holds a stream of this name."""
_PASSWORD = "{} is protected by a password. Save a copy without the password and load that."
OTHER_KINDS = (
    (b"%PDF", "a PDF document", "Ask for the workbook or the CSV that it was made from."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, or pack it as a .zip."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it as a .zip."),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as a .zip."),
    (b"\x89PNG", "a picture", "Load the workbook or the CSV instead."),
    (b"\xff\xd8\xff", "a picture", "Load the workbook or the CSV instead."),
    (b"SQLite format 3", "a database", "Export its table as CSV and load that."),
    (b"\x09\x00\x04\x00", "an Excel 2 workbook", "Open it in Excel and save it as .xlsx."),
    (b"\x09\x02\x06\x00", "an Excel 3 workbook", "Open it in Excel and save it as .xlsx."),
    (b"\x09\x04\x06\x00", "an Excel 4 workbook", "Open it in Excel and save it as .xlsx."),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first cell A1, so that an index is an address. A text file is one sheet without a name."""

    name: str
    rows: list[list[Cell]]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """A file that came in. `file` is its name ("outer.zip/inner.csv" in a zip); `digest` is the SHA-256 of its bytes."""

    file: str
    digest: str
    sheets: list[Sheet]


def address(row: int, column: int) -> str:
    """The cell at indexes that start at 0, as Excel names it: (119, 7) is H120."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"


def opened(name: str, content: bytes, meanwhile: Callable[[], None] | None = None) -> list[Book]:
    """The book in a file, or the books in a zip. Unreadable says what the file is instead, and what to do.

    `meanwhile` is called while another program reads the cells of an .xlsx, once the file is known to unpack to a fair size.
    """
    if len(content) > LARGEST_FILE:
        raise Unreadable(
            f"{name} has {len(content) // MEGABYTE} MB; the limit is {LARGEST_FILE // MEGABYTE} MB. "
            "Split it, or load only the months that are needed."
        )
    if content[:2] == b"PK" and content[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return _zip_books(name, content, meanwhile)
    return [_book(name, content)]


@contextmanager
def opened_each(files: Sequence[tuple[str, bytes]]) -> Iterator[Iterator[list[Book] | Unreadable]]:
    """What `opened` gives or raises for each file, in their order. A reader works on the .xls among them from now on."""
    with workbooks.Asked([content for _, content in files if _is_asked(content)]) as asked:
        yield (_opened(name, content, asked) for name, content in files)


def _is_asked(content: bytes) -> bool:
    return content.startswith(OLE) and len(content) <= LARGEST_FILE


def _opened(name: str, content: bytes, asked: workbooks.Asked) -> list[Book] | Unreadable:
    try:
        return [_book(name, content, asked)] if _is_asked(content) else opened(name, content)
    except Unreadable as problem:
        return problem


def _book(name: str, content: bytes, asked: workbooks.Asked | None = None) -> Book:
    """The book in a file that is not a zip of files. `asked` has its cells where a reader was asked for them earlier."""
    _refuse_other_kinds(name, content)
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith((OLE, b"PK\x03\x04")):
        try:
            found = workbooks.sheets(name, content) if asked is None else workbooks.sheets_of(name, asked.answer())
            return Book(name, digest, [Sheet(*sheet) for sheet in found])
        except Unreadable:
            if content.startswith(OLE) and ENCRYPTED in content:
                raise Unreadable(_PASSWORD.format(name)) from None
            raise
    return Book(name, digest, [Sheet("", list(_text_rows(name, content)))])


def _refuse_other_kinds(name: str, content: bytes) -> None:
    if not content[:64].strip(b"\0 \r\n\t") and not content.strip(b"\0 \r\n\t"):
        what = "is empty" if not content else "holds nothing but blanks"
        raise Unreadable(f"{name} {what}. Download or export it again.")
    for beginning, kind, remedy in OTHER_KINDS:
        if content.startswith(beginning):
            raise Unreadable(f"{name} is {kind}, not a workbook or a CSV. {remedy}")
    start = content[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head")):
        raise Unreadable(
            f"{name} is a web page, whatever its name says. Open it in Excel, save it as .xlsx and load that."
        )
    if start.startswith(b"<?xml"):
        raise Unreadable(f"{name} is an XML document. Open it in Excel, save it as .xlsx and load that.")


# --- zips ---------------------------------------------------------------------------------------------------------------


def _zip_books(name: str, content: bytes, meanwhile: Callable[[], None] | None = None) -> list[Book]:
    members = _members(name, content)
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names or "mimetype" in names:
        if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            if any(member.startswith(("word/", "ppt/")) for member in names):
                raise Unreadable(
                    f"{name} is a document, not a workbook. Load the workbook or the CSV that its tables came from."
                )
            raise Unreadable(
                f"{name} is packed as a workbook is, but holds none. Open it in Excel, save it again and load that."
            )
        _measure(name, content, members, MOST_WORKBOOK_PARTS)
        if meanwhile is None:
            return [_book(name, content)]
        with workbooks.Asked([content]) as asked:
            meanwhile()
            return [_book(name, content, asked)]
    members = [member for member in members if not _housekeeping(member)]
    if not members:
        raise Unreadable(f"{name} is a zip without a file in it. Pack it again with the workbooks or CSVs inside.")
    _measure(name, content, members, MOST_MEMBERS)
    books = []
    for member in members:
        inner = f"{name}/{member.filename}"
        data = b"".join(_inflated(name, content, member, LARGEST_UNPACKED))
        if data[:4] == b"PK\x03\x04":
            within = {part.filename for part in _members(inner, data)}
            if not within & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise Unreadable(f"{inner} is a zip inside a zip. Unpack the outer one and load what it holds.")
            books += _zip_books(inner, data)
        else:
            books.append(_book(inner, data))
    return books


def _housekeeping(member: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems leave behind."""
    last = member.filename.rsplit("/", 1)[-1]
    return (
        member.is_dir() or member.filename.startswith("__MACOSX/") or last in {".DS_Store", "Thumbs.db", "desktop.ini"}
    )


def _members(name: str, content: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, OSError, struct.error) as problem:
        raise Unreadable(
            f"{name} begins as a zip or an .xlsx does, but is cut off or damaged. Download it again."
        ) from problem


def parts(name: str, content: bytes) -> list[str]:
    """The names of the parts of an office file, which is a zip. Unreadable where it is damaged, locked, or unpacks to too much."""
    members = _members(name, content)
    _measure(name, content, members, MOST_WORKBOOK_PARTS)
    return [member.filename for member in members]


def _measure(name: str, content: bytes, members: list[zipfile.ZipInfo], most: int) -> None:
    """Refuse a zip that unpacks to too much, by what it declares and by what it really holds."""
    if len(members) > most:
        raise Unreadable(f"{name} holds {len(members):,} files; the limit is {most:,}. Split it into several.")
    declared = sum(member.file_size for member in members)
    if declared > LARGEST_UNPACKED:
        raise Unreadable(_too_much(name, f"{declared // MEGABYTE:,} MB"))
    real = 0
    for member in members:
        size = 0
        for part in _inflated(name, content, member, LARGEST_UNPACKED - real):
            size += len(part)
            if size > RATIO_MATTERS_FROM and size > LARGEST_RATIO * max(member.compress_size, 1):
                raise Unreadable(
                    f"{name} is not opened: “{member.filename}” in it unpacks to more than {LARGEST_RATIO} times its size, "
                    "as a file made to fill a computer does. Save or export it again, and load that."
                )
        real += size
        if size != member.file_size:
            raise Unreadable(
                f"{name} is damaged: “{member.filename}” in it is not as long as it says. Download it again."
            )


def _too_much(name: str, size: str) -> str:
    return (
        f"{name} would unpack to {size}; the limit is {LARGEST_UNPACKED // MEGABYTE} MB. Split it into several files."
    )


def _inflated(name: str, content: bytes, member: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """The bytes of a zip's file by parts, as packed: Python's own reader stops at the declared length, which may be a lie."""
    if member.flag_bits & 0x1:
        raise Unreadable(f"{name} is protected by a password. Pack it again without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(f"{name} is packed in an uncommon way. Unpack it and pack it as an ordinary zip.")
    damaged = f"{name} is damaged: “{member.filename}” in it cannot be unpacked. Download it again."
    head = content[member.header_offset : member.header_offset + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise Unreadable(damaged)
    begin = member.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(content)[begin : begin + member.compress_size]
    if len(packed) < member.compress_size:
        raise Unreadable(damaged)
    if member.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    unpacker = zlib.decompressobj(-15)
    rest: bytes | memoryview = packed
    size = 0
    try:
        while not unpacker.eof:
            part = unpacker.decompress(rest, MEGABYTE)
            rest = unpacker.unconsumed_tail
            size += len(part)
            if size > limit:
                raise Unreadable(_too_much(name, f"more than {LARGEST_UNPACKED // MEGABYTE} MB"))
            yield part
            if not part and not rest and not unpacker.eof:
                raise Unreadable(damaged)
    except zlib.error as problem:
        raise Unreadable(damaged) from problem


# --- text with separators -------------------------------------------------------------------------------------------------


def _text_rows(name: str, content: bytes) -> Iterator[list[Cell]]:
    text = decoded(name, content)
    cells = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        for row in reader:
            cells += len(row)
            if cells > MOST_TEXT_CELLS:
                raise Unreadable(f"{name} has more than {MOST_TEXT_CELLS:,} values. Split it into several files.")
            yield row  # type: ignore[misc]
    except csv.Error as problem:
        raise Unreadable(
            f"{name} cannot be split into columns near row {reader.line_num:,}: a quotation mark there is not closed, or text "
            "follows where it closes. Mend that row, or export the file again."
        ) from problem


def decoded(name: str, content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 by its mark, else UTF-8, else the Windows code page that Excel writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise Unreadable(f"{name} is neither a workbook nor text: it holds bytes that no CSV does. {_AGAIN}")
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        found = CONTROL_CHARACTERS.search(text)
        if found is None:
            return text.removesuffix("\x1a")
        row = text.count("\n", 0, found.start()) + 1
        raise Unreadable(
            f"{name} is neither a workbook nor text: row {row:,} holds a character that no CSV does. {_AGAIN}"
        )
    raise Unreadable(f"{name} is neither a workbook nor text in a known alphabet (UTF-8 or Windows). {_AGAIN}")


_AGAIN = "Download it again, or open it in Excel and save it as .xlsx or CSV."


def _separator(text: str) -> str:
    """The separator that splits the first lines into most columns that agree with each other."""
    lines = text[:65_536].splitlines()[:60]
    best, most = ",", 0
    for separator in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        except csv.Error:
            continue
        score = max(((width - 1) * number for width, number in widths.items() if width), default=0)
        if score > most:
            best, most = separator, score
    return best
