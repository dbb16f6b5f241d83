"""Which files may be kept as documents of a plan. What a file is, its content says; its name must agree."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from dataclasses import dataclass

from opplan.imports.files import ENCRYPTED, LARGEST_FILE, MEGABYTE, OLE, OTHER_KINDS, decoded, parts
from opplan.imports.unreadable import Unreadable
from opplan.web.formats import listed

LONGEST_NAME = 120


@dataclass(frozen=True)
class Kind:
    """A kind of file: the ending of its name, what people call it, and the content type with which it is handed out.

    `told_by` is what its content must hold: its first bytes, or for an office file the type that its package states. Text has none.
    """

    ending: str
    title: str
    content_type: str
    told_by: bytes = b""

    @property
    def packed(self) -> bool:
        """Whether it is an office file, which is a zip of parts."""
        return self.told_by.startswith(b"application/")

    @property
    def text(self) -> bool:
        return not self.told_by


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."


def _office(ending: str, title: str, kind: str, main: str) -> Kind:
    return Kind(ending, title, f"{_OOXML}{kind}", f"{_OOXML}{main}.main+xml".encode())


KINDS = (
    Kind("pdf", "PDF document", "application/pdf", b"%PDF-"),
    _office("docx", "Word document", "wordprocessingml.document", "wordprocessingml.document"),
    _office("xlsx", "Excel workbook", "spreadsheetml.sheet", "spreadsheetml.sheet"),
    _office("pptx", "PowerPoint presentation", "presentationml.presentation", "presentationml.presentation"),
    Kind("odt", "OpenDocument text", f"{_ODF}text", f"{_ODF}text".encode()),
    Kind("ods", "OpenDocument spreadsheet", f"{_ODF}spreadsheet", f"{_ODF}spreadsheet".encode()),
    Kind("csv", "CSV file", "text/csv"),
    Kind("txt", "text file", "text/plain"),
    Kind("png", "PNG picture", "image/png", b"\x89PNG\r\n\x1a\n"),
    Kind("jpg", "JPEG picture", "image/jpeg", b"\xff\xd8\xff"),
)
"""Every kind that may be kept. Nothing else of the code names one."""

BY_ENDING = {kind.ending: kind for kind in KINDS} | {"jpeg": next(kind for kind in KINDS if kind.ending == "jpg")}
ALLOWED = f"{listed([f'.{kind.ending}' for kind in KINDS[:-1]]).replace(' and ', ', ')} or .{KINDS[-1].ending}"
WITH_MACROS = {"docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppsm", "ppam"}
OF_BEFORE_2007 = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_MACROS = "{} holds macros, which run when it is opened. Save a copy without them{} and load that."
_LOCKED = "{} is protected by a password. Save a copy without the password and load that."


def kind_of(name: str, content: bytes) -> Kind:
    """The kind of a file that may be kept. Unreadable says why it may not, and what to do."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    _require_size(name, content)
    if content.startswith(OLE) and ENCRYPTED in content:
        raise Unreadable(_LOCKED.format(name))
    if ending in WITH_MACROS:
        raise Unreadable(_MACROS.format(name, f" as .{ending[:-1]}x" if ending[-1] == "m" else ""))
    if ending in OF_BEFORE_2007:
        raise Unreadable(
            f"{name} is an Office file of before 2007. Save it as .{OF_BEFORE_2007[ending]} and load that."
        )
    if ending not in BY_ENDING:
        what = f"a .{ending} file" if ending else "a file without an ending to its name"
        raise Unreadable(f"{name} is {what}, which is not kept here. Load it as {ALLOWED}.")
    kind, found = BY_ENDING[ending], _found(name, content)
    if kind.text and found is None:
        return kind
    if found is None:
        raise Unreadable(
            f"{name} is text, not a {kind.title}, whatever its name says. Save it as a {kind.title} again."
        )
    if found is not kind:
        raise Unreadable(f"{name} is a {found.title}, whatever its name says. Name it .{found.ending} and load that.")
    return kind


def _require_size(name: str, content: bytes) -> None:
    if not content.strip(b"\0 \r\n\t"):
        raise Unreadable(f"{name} is empty. Save or export it again.")
    if len(content) > LARGEST_FILE:
        raise Unreadable(
            f"{name} has {len(content) // MEGABYTE} MB; the limit is {LARGEST_FILE // MEGABYTE} MB. Split it, or make its pictures smaller."
        )


def _found(name: str, content: bytes) -> Kind | None:
    """The kind that the content is of; None where it is text. Unreadable where it is of none that may be kept."""
    for kind in KINDS:
        if kind.told_by and content.startswith(kind.told_by):
            return kind
    if content.startswith(b"PK\x03\x04"):
        return _packed(name, content)
    if content.startswith(OLE):
        raise Unreadable(f"{name} is an Office file of before 2007, whatever its name says. Save it anew as {ALLOWED}.")
    if content.startswith(PROGRAMS):
        raise Unreadable(f"{name} is a program, whatever its name says. Load a document.")
    for beginning, title, _ in OTHER_KINDS:
        if content.startswith(beginning):
            raise Unreadable(f"{name} is {title}, whatever its name says. Load what it holds as {ALLOWED}.")
    start = content[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<svg")):
        raise Unreadable(f"{name} is a web page, whatever its name says. Save it as a PDF and load that.")
    try:
        decoded(name, content)
    except Unreadable as problem:
        raise Unreadable(
            f"{name} is of no kind that is kept here: it holds bytes that no text does. Load it as {ALLOWED}."
        ) from problem
    return None


def _packed(name: str, content: bytes) -> Kind:
    """The kind of an office file. Macros and passwords are found by what its package holds."""
    names = parts(name, content)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        stated, listing = (
            package.read(part) if part in names else b""
            for part in (
                "[Content_Types].xml" if "[Content_Types].xml" in names else "mimetype",
                "META-INF/manifest.xml",
            )
        )
    lower = [part.lower() for part in names]
    if b"macroenabled" in stated.lower() or any(
        part.endswith("vbaproject.bin") or part.startswith(("basic/", "scripts/", "xl/macrosheets/")) for part in lower
    ):
        raise Unreadable(_MACROS.format(name, ""))
    if b"encryption-data" in listing:
        raise Unreadable(_LOCKED.format(name))
    for kind in KINDS:
        if kind.packed and (stated.strip() == kind.told_by or b'"' + kind.told_by + b'"' in stated):
            return kind
    raise Unreadable(f"{name} is a zip, and no document. Unpack it and load what it holds, one file at a time.")


def clean_name(name: str) -> str:
    """A file's name without folders, invisible characters or what some computer could not store; its ending stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in unicodedata.normalize("NFC", last) if not unicodedata.category(one).startswith("C"))
    plain = " ".join("".join("-" if one in '<>:"|?*' else one for one in plain).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    stem = stem.strip(". ")[: LONGEST_NAME - len(ending) - 1] or "document"
    return f"{stem}.{ending.lower()}" if ending else stem
