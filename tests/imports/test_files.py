"""Files that come in: good ones give their cells, whatever they are called; bad ones say what they are and what to do."""

import datetime
import hashlib
import io
import random
import struct
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from opplan.imports import files, workbooks
from opplan.imports.files import Unreadable, address, opened, opened_each

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def xlsx(fill=lambda book, sheet: sheet.write_row(0, 0, ["Org Code", "Days"])) -> bytes:  # type: ignore[no-untyped-def]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book, book.add_worksheet("Provider"))
    book.close()
    return out.getvalue()


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def refusal(name: str, content: bytes) -> str:
    """What is said of a bad file. It is said soon, names the file, and says what to do."""
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        opened(name, content)
    assert time.monotonic() - began < 5
    said = str(caught.value)
    assert said.startswith(name)
    assert said.endswith(".")
    assert said.count(". ") >= 1, "it says what to do"
    return said


class TestAddress:
    @pytest.mark.parametrize(
        ("row", "column", "cell"),
        [(0, 0, "A1"), (119, 7, "H120"), (0, 25, "Z1"), (0, 26, "AA1"), (9, 701, "ZZ10"), (0, 702, "AAA1")],
    )
    def test_is_the_name_that_excel_gives(self, row, column, cell):
        assert address(row, column) == cell


class TestWorkbooks:
    def test_indexes_are_addresses_though_the_first_rows_and_columns_are_blank(self):
        (book,) = opened("a.xlsx", xlsx(lambda book, sheet: sheet.write(119, 7, 4680)))
        assert book.sheets[0].rows[119][7] == 4680
        assert book.sheets[0].rows[0][0] == ""

    def test_dates_numbers_words_and_truths_are_kept_as_what_they_are(self):
        def fill(book, sheet):  # type: ignore[no-untyped-def]
            sheet.write_row(0, 0, ["RTH", 1.5, True])
            sheet.write_datetime(0, 3, datetime.datetime(2016, 4, 1), book.add_format({"num_format": "mmm yyyy"}))
            sheet.write_datetime(
                0, 4, datetime.datetime(2016, 4, 1, 9, 30), book.add_format({"num_format": "d/m/yy hh:mm"})
            )

        (book,) = opened("a.xlsx", xlsx(fill))
        assert book.sheets[0].rows == [
            ["RTH", 1.5, True, datetime.date(2016, 4, 1), datetime.datetime(2016, 4, 1, 9, 30)]
        ]

    def test_a_formula_is_its_stored_value_and_blank_where_none_or_an_error_is_stored(self):
        def fill(book, sheet):  # type: ignore[no-untyped-def]
            sheet.write_formula(0, 0, "=2000+812", value=2812)
            sheet.write_formula(0, 1, "=1+1", value="")
            sheet.write_formula(0, 2, "=1/0", value="#DIV/0!")
            sheet.write(0, 3, "end")

        (book,) = opened("a.xlsx", xlsx(fill))
        assert book.sheets[0].rows == [[2812, "", "", "end"]]

    def test_hidden_sheets_say_that_they_are(self):
        def fill(book, sheet):  # type: ignore[no-untyped-def]
            sheet.write(0, 0, 1)
            book.add_worksheet("Mapping").hide()

        (book,) = opened("a.xlsx", xlsx(fill))
        assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("Provider", False), ("Mapping", True)]

    def test_what_a_file_is_shows_in_its_content_not_in_its_name(self):
        content = xlsx()
        for name in ("a.xlsx", "a.xls", "a.csv", "a.zip", "a"):
            (book,) = opened(name, content)
            assert book.file == name
            assert book.sheets[0].rows == [["Org Code", "Days"]]
            assert book.digest == hashlib.sha256(content).hexdigest()

    def test_the_application_goes_on_after_the_reader_was_ended(self):
        opened("a.xlsx", xlsx())
        for reader in workbooks._idle:
            reader.process.kill()
            reader.process.wait()
        assert opened("a.xlsx", xlsx())

    def test_a_workbook_that_takes_too_long_is_given_up(self, monkeypatch):
        monkeypatch.setattr(workbooks, "SECONDS", 0.05)
        slow = xlsx(lambda book, sheet: [sheet.write_row(row, 0, range(30)) for row in range(10_000)])
        assert "memory or time" in refusal("slow.xlsx", slow)
        monkeypatch.undo()
        assert opened("a.xlsx", xlsx())

    def test_one_that_ends_its_reader_takes_no_other_with_it(self, monkeypatch):
        contents = [xlsx(lambda book, sheet, n=n: sheet.write(0, 0, n)) for n in range(4)]
        give = workbooks._Reader.give
        given = []

        def dying(reader):  # type: ignore[no-untyped-def]
            given.append(reader)
            if len(given) == 2:
                reader.process.kill()
                reader.process.wait()
                give(reader)
                return None
            return give(reader)

        monkeypatch.setattr(workbooks._Reader, "give", dying)
        with workbooks.Asked(contents) as asked:
            answers = [asked.answer() for _ in contents]
        assert [answer and answer[2][0][1] for answer in answers] == [[[0]], None, [[2]], [[3]]]
        assert given[1] is not given[2]

    def test_many_are_read_ahead_and_given_in_their_order(self):
        contents = [xlsx(lambda book, sheet, n=n: sheet.write(0, 0, n)) for n in range(12)]
        contents[5] = b""
        with opened_each([(f"{n}.xlsx", content) for n, content in enumerate(contents)]) as each:
            given = list(each)
        assert [books[0].sheets[0].rows[0][0] for books in given if isinstance(books, list)] == [
            0,
            1,
            2,
            3,
            4,
            *range(6, 12),
        ]
        assert isinstance(given[5], Unreadable)
        assert len(workbooks._idle) <= workbooks.MOST_IDLE


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_is_read_in_the_alphabets_that_analysts_meet(self, encoding):
        (book,) = opened("a.csv", "code,name\r\n608,Café – Élan\r\n".encode(encoding))
        assert book.sheets[0].rows == [["code", "name"], ["608", "Café – Élan"]]
        assert book.sheets[0].name == ""

    @pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
    def test_is_split_by_the_separator_that_its_lines_agree_on(self, separator):
        rows = [
            ["a title, with a comma"],
            [],
            ["code", "period", "days"],
            ["608", "1 April, 2016", "12"],
            ["609", "1 May, 2016", "1"],
        ]
        content = "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows).encode()
        (book,) = opened("a.txt", content)
        assert book.sheets[0].rows == rows

    def test_an_index_is_the_line_though_lines_are_blank(self):
        (book,) = opened("a.csv", b"title\n\n\ncode,days\n608,1\n")
        assert book.sheets[0].rows[4] == ["608", "1"]

    def test_a_quotation_mark_that_is_not_closed_is_refused(self):
        said = refusal("a.csv", b'code,name\n608,"Oxfordshire\n609,Reading\n')
        assert "quotation mark" in said

    @pytest.mark.parametrize("content", [b"code,days\n608,1\0\n", b"code,days\n608,\x01\n", b"code\n\x81\x8d\n"])
    def test_bytes_that_no_text_has_are_refused(self, content):
        assert "neither a workbook nor text" in refusal("a.csv", content)


class TestZips:
    def test_gives_its_members_as_books_of_their_own(self):
        inner = b"code,days\n608,1\n"
        books = opened(
            "outer.zip", zipped(("inner.csv", inner), ("folder/b.xlsx", xlsx()), ("__MACOSX/._inner.csv", b"\0\1"))
        )
        assert [book.file for book in books] == ["outer.zip/inner.csv", "outer.zip/folder/b.xlsx"]
        assert books[0].digest == hashlib.sha256(inner).hexdigest()

    def test_a_zip_bomb_is_refused_by_what_it_declares(self):
        assert "would unpack to" in refusal(
            "bomb.zip", zipped(*((f"{n}.csv", b"0" * 30 * files.MEGABYTE) for n in range(10)))
        )

    def test_a_zip_bomb_is_refused_by_its_ratio(self):
        assert "200 times" in refusal("bomb.zip", zipped(("a.csv", b"0" * 20 * files.MEGABYTE)))

    def test_a_zip_bomb_is_refused_though_it_declares_little(self):
        assert "damaged" in refusal("liar.zip", understated(zipped(("a.csv", b"1,2\n" * 200_000)), 1_000))

    def test_a_workbook_that_is_a_bomb_is_refused_before_it_is_read(self, monkeypatch):
        monkeypatch.setattr(workbooks, "sheets", lambda name, content: pytest.fail("it was read"))
        members = zipfile.ZipFile(io.BytesIO(xlsx()))
        bomb = [(name, members.read(name)) for name in members.namelist() if name != "xl/worksheets/sheet1.xml"]
        assert "200 times" in refusal(
            "bomb.xlsx", zipped(*bomb, ("xl/worksheets/sheet1.xml", b" " * 20 * files.MEGABYTE))
        )

    def test_too_many_members_are_refused(self):
        assert "the limit is 100" in refusal("many.zip", zipped(*((f"{n}.csv", b"a,b\n") for n in range(101))))

    def test_a_zip_inside_a_zip_is_refused(self):
        assert "zip inside a zip" in refusal("outer.zip", zipped(("inner.zip", zipped(("a.csv", b"a,b\n")))))

    def test_an_empty_zip_is_refused(self):
        assert "without a file" in refusal("empty.zip", zipped())

    def test_a_member_that_is_no_table_is_named(self):
        assert "outer.zip/notes.pdf is a PDF" in refusal(
            "outer.zip", zipped(("a.csv", b"a,b\n1,2\n"), ("notes.pdf", b"%PDF-1.4 ..."))
        )

    def test_a_zip_under_a_password_is_refused(self):
        content = bytearray(zipped(("a.csv", b"a,b\n1,2\n")))
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        assert "password" in refusal("secret.zip", bytes(content))


def understated(content: bytes, size: int) -> bytes:
    """A zip of one file whose headers give it a smaller size than it has."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, content.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


class TestBadFiles:
    def test_an_empty_file(self):
        assert "is empty" in refusal("a.xlsx", b"")

    def test_a_file_of_blanks(self):
        assert "nothing but blanks" in refusal("a.csv", b" \n\t" * 100)
        assert "nothing but blanks" in refusal("a.xls", b"\0" * 10_000)

    def test_ten_megabytes_of_junk(self):
        refusal("junk.xlsx", random.Random(3).randbytes(10 * files.MEGABYTE))

    def test_ten_megabytes_of_junk_behind_the_beginning_of_a_workbook(self):
        junk = random.Random(4).randbytes(10 * files.MEGABYTE)
        assert "damaged" in refusal("junk.xls", OLE + junk)
        assert "damaged" in refusal("junk.xlsx", b"PK\x03\x04" + junk)

    def test_a_file_beyond_the_limit(self, monkeypatch):
        monkeypatch.setattr(files, "LARGEST_FILE", 2 * files.MEGABYTE)
        assert "the limit is 2 MB" in refusal("large.csv", b"1" * 3 * files.MEGABYTE)

    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
    def test_a_truncated_workbook(self, kept):
        content = xlsx(lambda book, sheet: [sheet.write_row(row, 0, ["RTH", row, row * 1.5]) for row in range(500)])
        assert "cut off or damaged" in refusal("a.xlsx", content[: int(len(content) * kept)])

    def test_a_zip_that_was_renamed_to_a_workbook(self):
        """What it holds is read all the same: the name tells nothing."""
        assert opened("a.xlsx", zipped(("a.csv", b"a,b\n1,2\n")))[0].sheets[0].rows == [["a", "b"], ["1", "2"]]

    def test_a_document_that_was_renamed_to_a_workbook(self):
        assert "document" in refusal(
            "a.xlsx", zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))
        )

    def test_a_workbook_under_a_password(self):
        content = OLE + b"\0" * 2_000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2_000
        assert "password" in refusal("a.xlsx", content)

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"<html><table><tr><td>608</td></tr></table></html>", "web page"),
            (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "XML"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"\x1f\x8b\x08 ...", "gzip"),
            (b"7z\xbc\xaf\x27\x1c ...", "7-Zip"),
        ],
    )
    def test_other_kinds_of_file_are_named(self, content, kind):
        assert kind in refusal("figures.xls", content)

    def test_two_cells_far_apart_do_not_fill_the_computer(self):
        def fill(book, sheet):  # type: ignore[no-untyped-def]
            sheet.write(0, 0, 1)
            sheet.write(1_048_575, 16_383, 2)

        refusal("corners.xlsx", xlsx(fill))
        assert opened("a.xlsx", xlsx())

    def test_more_cells_than_a_return_has(self):
        def fill(book, sheet):  # type: ignore[no-untyped-def]
            sheet.write(0, 0, 1)
            sheet.write(400, 9_999, 2)

        assert "three million cells" in refusal("wide.xlsx", xlsx(fill))

    def test_more_sheets_than_a_return_has(self):
        def fill(book, sheet):  # type: ignore[no-untyped-def]
            for _ in range(300):
                book.add_worksheet()

        assert "301 sheets" in refusal("many.xlsx", xlsx(fill))


def test_the_reader_of_workbooks_knows_nothing_of_the_application():
    """It starts without the application, so that it starts at once and holds nothing worth having."""
    program = Path(workbooks.PROGRAM).read_text(encoding="utf-8")
    assert "django" not in program
    assert "import opplan" not in program
    assert "from opplan" not in program
