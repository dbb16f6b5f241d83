"""Which files may be kept as documents: told by their content, and refused in words that say what to do."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from openpyxl import Workbook

from opplan.imports.files import ENCRYPTED, MEGABYTE, OLE
from opplan.imports.unreadable import Unreadable
from opplan.submissions import kinds
from opplan.submissions.kinds import KINDS, clean_name, kind_of

OOXML = "application/vnd.openxmlformats-officedocument."
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def office(main: str, **parts: bytes) -> bytes:
    """An office file of Microsoft's, as small as can be."""
    types = f'<Types><Override PartName="/main.xml" ContentType="{OOXML}{main}.main+xml"/></Types>'
    return zipped(
        {"[Content_Types].xml": types, "main.xml": "<main/>", **{k.replace("__", "/"): v for k, v in parts.items()}}
    )


def open_document(kind: str, **parts: bytes) -> bytes:
    stated = f"application/vnd.oasis.opendocument.{kind}"
    return zipped(
        {"mimetype": stated, "content.xml": "<office/>", **{k.replace("__", "/"): v for k, v in parts.items()}}
    )


def workbook() -> bytes:
    made = io.BytesIO()
    Workbook().save(made)
    return made.getvalue()


WORD, SLIDES = office("wordprocessingml.document"), office("presentationml.presentation")
GOOD = {
    "plan.pdf": PDF,
    "plan.docx": WORD,
    "plan.xlsx": workbook(),
    "plan.pptx": SLIDES,
    "plan.odt": open_document("text"),
    "plan.ods": open_document("spreadsheet"),
    "plan.csv": b"provider,days\r\nOUH,12\r\n",
    "plan.txt": "Plan – draft".encode("cp1252"),
    "plan.png": b"\x89PNG\r\n\x1a\n0000IHDR",
    "plan.jpg": b"\xff\xd8\xff\xe0JFIF",
    "PLAN.JPEG": b"\xff\xd8\xff\xe0JFIF",
}
BOMB = office("wordprocessingml.document", word__document=b"\0" * 3_000_000)
LOCKED = open_document("text", **{"META-INF__manifest.xml": b"<manifest:encryption-data/>"})

BAD = {
    "nothing at all": ("plan.pdf", b"", "is empty"),
    "nothing but blanks": ("plan.txt", b" \r\n\0", "is empty"),
    "a program by name": ("plan.exe", b"MZ\x90", "is a .exe file, which is not kept here. Load it as .pdf"),
    "a program by content": ("plan.txt", b"MZ\x90\x00", "is a program, whatever its name says"),
    "no ending": ("plan", PDF, "a file without an ending"),
    "a zip": ("plan.zip", zipped({"a.txt": "a"}), "is a .zip file"),
    "a zip by another name": ("plan.docx", zipped({"a.txt": "a"}), "is a zip, and no document"),
    "a PDF by another name": ("plan.docx", PDF, "is a PDF document, whatever its name says. Name it .pdf"),
    "a Word document by another name": ("plan.pdf", WORD, "is a Word document, whatever its name says"),
    "text by another name": ("plan.pdf", b"Dear all", "is text, not a PDF document"),
    "a web page": ("plan.txt", b"<!DOCTYPE html><script>", "is a web page, whatever its name says"),
    "bytes": ("plan.csv", b"a,b\0\x01", "is of no kind that is kept here"),
    "a database": ("plan.txt", b"SQLite format 3\0", "is a database, whatever its name says"),
    "macros by name": (
        "plan.docm",
        WORD,
        "holds macros, which run when it is opened. Save a copy without them as .docx",
    ),
    "macros by content": (
        "plan.xlsx",
        office("spreadsheetml.sheet", xl__vbaProject=b"", **{"xl__vbaProject.bin": b"Sub Auto_Open"}),
        "holds macros",
    ),
    "macros of OpenDocument": (
        "plan.ods",
        open_document("spreadsheet", **{"Basic__Module1.xml": b"Sub"}),
        "holds macros",
    ),
    "a password": ("plan.xlsx", OLE + b"\0" * 600 + ENCRYPTED, "is protected by a password"),
    "a password of OpenDocument": ("plan.odt", LOCKED, "is protected by a password"),
    "Word of before 2007": ("plan.doc", OLE + b"\0" * 600, "is an Office file of before 2007. Save it as .docx"),
    "Word of before 2007 by another name": ("plan.docx", OLE + b"\0" * 600, "is an Office file of before 2007"),
    "a bomb": ("plan.docx", BOMB, "as a file made to fill a computer does"),
    "cut off": ("plan.docx", WORD[:-40], "is cut off or damaged"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_whose_content_agrees_with_its_name_is_kept(name: str) -> None:
    assert kind_of(name, GOOD[name]).ending == name.rpartition(".")[2].lower().replace("jpeg", "jpg")


def test_every_kind_has_an_example_here() -> None:
    assert {kind.ending for kind in KINDS} <= {name.rpartition(".")[2] for name in GOOD}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_not_kept_says_why(what: str) -> None:
    name, content, said = BAD[what]
    with pytest.raises(Unreadable) as problem:
        kind_of(name, content)
    assert said in str(problem.value)
    assert str(problem.value).startswith(name)


def test_a_file_beyond_the_limit_says_how_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "LARGEST_FILE", 2 * MEGABYTE)
    with pytest.raises(Unreadable, match=r"plan.pdf has 3 MB; the limit is 2 MB. Split it"):
        kind_of("plan.pdf", PDF + b"x" * 3 * MEGABYTE)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/Plan.PDF", "Plan.pdf"),
        ("C:\\plans\\Draft 2.docx", "Draft 2.docx"),
        ("plan\u202efdp.exe.pdf", "planfdp.exe.pdf"),
        ("plan\r\nSet-Cookie: a.txt", "planSet-Cookie- a.txt"),
        ('a"b<c>|?*:.csv', "a-b-c-----.csv"),
        ("..", "document"),
    ],
)
def test_a_file_name_cannot_lead_elsewhere_or_mislead(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_long_file_name_keeps_its_ending() -> None:
    assert len(clean_name(f"{'a' * 500}.docx")) == 120
    assert clean_name(f"{'a' * 500}.docx").endswith("a.docx")
