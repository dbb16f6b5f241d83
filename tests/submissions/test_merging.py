# ruff: noqa: E501, PLW0108
"""A workbook that comes back: what was edited comes back as exactly that, what both changed is a conflict, and every bad file has its message."""

import json
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from finance.models import SchemeMonth
from opplan.imports.unreadable import Unreadable
from opplan.plans.models import Plan
from opplan.submissions.definition import read
from opplan.submissions.filled import Cell, Key, spelt
from opplan.submissions.merged import Merge
from opplan.submissions.models import Answer
from opplan.submissions.queries.templates import preview_of
from opplan.submissions.written.book import RECORD, YES
from tests.submissions.conftest import Exported, by_office, edited, export, rezipped

pytestmark = [pytest.mark.django_db, pytest.mark.once]
QUIETLY = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.fixture(scope="module")
def bcf(exported) -> Exported:  # type: ignore[no-untyped-def]
    return exported("2016-17", "bcf")


@pytest.fixture(scope="module")
def activity(exported) -> Exported:  # type: ignore[no-untyped-def]
    return exported("2016-17", "activity")


def merge_of(made: Exported, content: bytes) -> Merge:
    return preview_of(made.plan, "back.xlsx", content).merge


def another(cell: Cell, dice: random.Random) -> tuple[Any, str]:
    """A value that the cell does not hold and may: as it is typed, and in its one spelling."""
    spec, typed, said = cell.spec, None, ""
    while typed is None or said == spelt(cell.value):
        if spec.choices or spec.format == "yes_no":
            typed = said = dice.choice(spec.choices or (YES, "No"))
        elif spec.format == "day":
            day = date(dice.randrange(2001, 2098), dice.randrange(1, 13), dice.randrange(1, 29))
            typed, said = datetime(day.year, day.month, day.day), day.isoformat()
        elif spec.format == "text":
            typed = said = (
                "".join(dice.choice("abc de&<>'\"£é=+-@\n") for _ in range(dice.randrange(1, 40))).strip("=\n ") or "x"
            )
        else:
            least, most = int(spec.least or 0), int(min(spec.most or 10**6, 10**6))
            typed = dice.randrange(least, most + 1) if spec.format == "whole" else round(dice.uniform(least, most), 3)
            said = spelt(Decimal(repr(typed)))
    return typed, said


@settings(max_examples=4, **QUIETLY)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(["activity", "bcf"]))
def test_fifty_random_edits_come_back_as_exactly_those_fifty(seed: int, name: str, exported) -> None:
    made, dice = exported("2016-17", name), random.Random(seed)
    cells = list(made.filled.inputs)
    chosen = dice.sample(cells, min(50, len(cells)))
    wanted, typed = {}, {}
    for cell in chosen:
        value, said = another(cell, dice)
        typed[f"{cell.sheet}!{cell.address}"] = value
        wanted[cell.key] = said
    merge = merge_of(made, edited(made.content, typed))
    assert merge.errors == []
    assert {one.key: one.theirs for one in merge.changes} == wanted
    assert {f"{one.sheet}!{one.cell}" for one in merge.changes} == set(typed)
    assert not merge.conflicts


def test_an_answer_that_was_emptied_comes_back_as_a_blank(bcf, activity) -> None:
    cell = activity.input(form="whole", empty=False)
    [change] = merge_of(activity, edited(activity.content, {f"{cell.sheet}!{cell.address}": None})).changes
    assert (change.base, change.theirs, change.now) == (spelt(cell.value), "", spelt(cell.value))


def test_what_both_changed_is_a_conflict_and_names_all_three_values(bcf) -> None:
    cell = bcf.cell("Budget!C7")
    Answer.objects.create(
        plan=bcf.plan, template="bcf", **cell.key._asdict(), value="70", source="A partner", basis="entered"
    )
    merge = merge_of(bcf, edited(bcf.content, {"Budget!C7": 80, "Budget!C8": 90}))
    [conflict] = merge.conflicts
    assert (conflict.cell, conflict.base, conflict.theirs, conflict.now) == ("C7", "", "80", "70")
    assert [one.cell for one in merge.plain] == ["C8"]


def test_what_opplan_alone_changed_is_left_alone(bcf) -> None:
    cell = bcf.cell("Budget!C7")
    Answer.objects.create(
        plan=bcf.plan, template="bcf", **cell.key._asdict(), value="70", source="A partner", basis="entered"
    )
    merge = merge_of(bcf, bcf.content)
    assert (merge.changes, merge.errors) == ([], [])


def test_the_same_value_on_both_sides_is_no_change(bcf) -> None:
    cell = bcf.cell("Budget!C7")
    Answer.objects.create(
        plan=bcf.plan, template="bcf", **cell.key._asdict(), value="70", source="A partner", basis="entered"
    )
    assert merge_of(bcf, edited(bcf.content, {"Budget!C7": 70})).changes == []


# Files that cannot be taken --------------------------------------------------------------------------------------------------


def in_book(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The workbook as openpyxl saves it after `change`."""
    book = load_workbook(BytesIO(content))
    change(book)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def swap(book: Any) -> None:
    sheet = book["Budget"]
    for column in "ABCD":
        sheet[f"{column}7"].value, sheet[f"{column}9"].value = sheet[f"{column}9"].value, sheet[f"{column}7"].value


def rename(book: Any) -> None:
    book["Budget"].title = "Money"


BAD = {
    "a calculated cell that was overwritten": (lambda b: setattr(b["Budget"]["C11"], "value", 5), "Budget", "C11", "formula was overwritten with “5”"),
    "a heading cell of opplan's own": (lambda b: setattr(b["Budget"]["B7"], "value", "Mine"), "Budget", "B7", "This cell is opplan's own"),
    "a sheet that was renamed": (rename, "Budget", "A1", "deleted or renamed. Give it back its name"),
    "a sheet that was deleted": (lambda b: b.remove(b["Metrics"]), "Metrics", "A1", "deleted or renamed"),
    "a row that was inserted": (lambda b: b["Budget"].insert_rows(8), "Budget", "A8", "stands in row 9 now"),
    "a row that was deleted": (lambda b: b["Budget"].delete_rows(8), "Budget", "A8", "is gone: it was deleted"),
    "rows that were sorted": (swap, "Budget", "A7", "stands in row 9 now: rows were inserted, deleted or sorted"),
    "text where a figure is": (lambda b: setattr(b["Budget"]["C7"], "value", "about 7"), "Budget", "C7", "“about 7” is text where a figure is needed"),
    "a formula that is broken": (lambda b: setattr(b["Budget"]["C7"], "value", "#REF!"), "Budget", "C7", "The cell shows #REF!"),
    "a formula of one's own that is broken": (lambda b: setattr(b["Budget"]["C8"], "value", "#DIV/0!"), "Budget", "C8", "The cell shows #DIV/0!"),
    "a formula that was never worked out": (lambda b: setattr(b["Metrics"]["K7"], "value", "=5+7"), "Metrics", "K7", "never worked out"),
    "a figure below its limit": (lambda b: setattr(b["Budget"]["C7"], "value", -1), "Budget", "C7", "-1 is outside of what this cell may hold: between 0 and 100,000,000"),
    "a figure above every limit": (lambda b: setattr(b["Budget"]["C7"], "value", 1e308), "Budget", "C7", "too large"),
    "an answer that is not in the list": (lambda b: setattr(b["National conditions"]["D6"], "value", "Perhaps"), "National conditions", "D6", "Choose Yes, No or No, in progress"),
    "a day that is none": (lambda b: setattr(b["National conditions"]["E6"], "value", "soon"), "National conditions", "E6", "“soon” is not a date"),
    "a day of another century": (lambda b: setattr(b["National conditions"]["E6"], "value", "01/01/1903"), "National conditions", "E6", "2000 to 2099"),
    "a text that is too long": (lambda b: setattr(b["Budget"]["D7"], "value", "x" * 501), "Budget", "D7", "has 501 characters; 500 are allowed"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_cell_is_named_with_what_to_do(bcf, what: str) -> None:
    change, sheet, cell, text = BAD[what]
    merge = merge_of(bcf, in_book(bcf.content, change))
    found = [(one.sheet, one.cell) for one in merge.errors if text in one.text]
    assert found == [(sheet, cell)], merge.errors
    assert not [one for one in merge.errors if not one.text.rstrip(".").strip()]


def test_what_stands_outside_of_the_tables_is_said_and_not_taken(bcf) -> None:
    merge = merge_of(bcf, edited(bcf.content, {"Budget!H7": "See note", "Budget!B40": 12}))
    assert [(one.sheet, one.cell) for one in merge.notes] == [("Budget", "H7"), ("Budget", "B40")]
    assert merge.errors == merge.changes == []


def test_a_broken_formula_of_the_workbook_is_told_by_what_it_shows(small) -> None:
    def change(name: str, read: bytes) -> bytes:
        # A column that was torn out leaves #REF! behind as the formula's value.
        return re.sub(rb"</f><v>[^<]*</v>", b"</f><v>#REF!</v>", read) if name.endswith("sheet3.xml") else read

    content = rezipped(small.content, change)
    assert [
        (one.cell, "The formula is broken and gives #REF!" in one.text) for one in merge_of(small, content).errors
    ] == [("C8", True)]


def about(book: Any, **words: Any) -> None:
    cell = book[RECORD]["A1"]
    cell.value = json.dumps(json.loads(cell.value) | words)


FOREIGN = {
    "organisation": ({"organisation": "99X"}, "organisation 99X's; this plan is 10Q's"),
    "year": ({"year": "2015-16"}, "of 2015-16; this plan is of 2016-17"),
    "template": ({"template": "no-such"}, "There is no template no-such"),
    "version": (
        {"definition": "0" * 64, "template_version": "0.9"},
        "version 0.9 of the template bcf, which has changed",
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_workbook_of_another_plan_or_template_is_refused(bcf, what: str) -> None:
    words, text = FOREIGN[what]
    merge = merge_of(bcf, in_book(bcf.content, lambda book: about(book, **words)))
    assert [text in one.text for one in merge.errors] == [True]
    assert merge.changes == []


def test_a_workbook_of_another_plan_says_whose_it_is(bcf, pct: Plan) -> None:
    merge = preview_of(pct, "back.xlsx", bcf.content).merge
    assert "organisation 10Q's; this plan is 5QE's" in merge.errors[0].text


def row_of_record(book: Any, at: int, change: Callable[[list[Any]], Any]) -> None:
    cell = book[RECORD].cell(at, 1)
    cell.value = json.dumps(change(json.loads(cell.value)))


TAMPERED = {
    "rows beyond the sheet": lambda b: row_of_record(b, 2, lambda row: [*row[:3], 10**9]),
    "a row of nought": lambda b: row_of_record(b, 2, lambda row: [*row[:3], 0]),
    "a row below nought": lambda b: row_of_record(b, 2, lambda row: [*row[:3], -4]),
    "a row that is true": lambda b: row_of_record(b, 2, lambda row: [*row[:3], True]),
    "a row beneath the last": lambda b: row_of_record(b, 2, lambda row: [*row[:3], 900]),
    "a block that is unknown": lambda b: row_of_record(b, 2, lambda row: ["nowhere", *row[1:]]),
    "a block of another sheet": lambda b: row_of_record(b, 2, lambda row: [*row[:2], "Metrics", row[3]]),
    "a block that is a list": lambda b: row_of_record(b, 2, lambda row: [[], *row[1:]]),
    "a row twice": lambda b: row_of_record(b, 3, lambda row: json.loads(b[RECORD]["A2"].value)),
    "too few words": lambda b: row_of_record(b, 2, lambda row: row[:2]),
    "another shape": lambda b: row_of_record(b, 2, lambda row: {"a": 1}),
    "cells that are no list": lambda b: setattr(b[RECORD]["B2"], "value", '{"i": 1}'),
    "cells that are figures": lambda b: setattr(b[RECORD]["B2"], "value", "[1e308, 2]"),
    "cells of no kind": lambda b: setattr(b[RECORD]["B2"], "value", '["gBoard", "zNothing"]'),
    "too many cells": lambda b: setattr(b[RECORD]["B2"], "value", json.dumps(["i"] * 5000)),
    "a nest without end": lambda b: setattr(b[RECORD]["B2"], "value", "[" * 20_000),
    "a figure without end": lambda b: setattr(b[RECORD]["A1"], "value", "9" * 9000),
    "a nought character": lambda b: about(b, organisation="10Q\x00"),
    "no month": lambda b: about(b, month=None),
    "a month of another year": lambda b: about(b, month="1999-01-01"),
    "a month that is a day": lambda b: about(b, month="2016-04-02"),
    "another opplan": lambda b: about(b, opplan=2),
    "words that are lists": lambda b: about(b, template=["bcf"]),
    "no rows": lambda b: b[RECORD].delete_rows(2, 500),
    "nothing at all": lambda b: b[RECORD].delete_rows(1, 500),
    "prose": lambda b: setattr(b[RECORD]["A1"], "value", "Dear colleague"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_record_that_was_changed_is_refused_and_never_an_error_of_the_server(bcf, what: str) -> None:
    content = in_book(bcf.content, TAMPERED[what])
    with suppress(Unreadable):
        merge = merge_of(bcf, content)
        assert merge.errors
        assert merge.changes == []


@pytest.mark.parametrize("base", ["i1e999999", "iNaN", "i-Infinity", "isNaN", "i" + "9" * 400, "i1e308", "ix\x00y"])
def test_a_base_that_no_cell_can_have_had_is_read_as_it_stands(bcf, base: str) -> None:
    def change(book: Any) -> None:
        for row in range(2, 40):
            key = json.loads(book[RECORD].cell(row, 1).value)
            if key[:2] == ["budget", "dfg"]:
                cells = json.loads(book[RECORD].cell(row, 2).value)
                cells[1] = base
                book[RECORD].cell(row, 2).value = json.dumps(cells)
                return

    for change_of_base in merge_of(bcf, in_book(bcf.content, change)).changes:
        assert len(change_of_base.base) < 500


def test_a_workbook_without_its_hidden_sheet_is_refused(bcf) -> None:
    with pytest.raises(Unreadable, match="its hidden record is missing"):
        merge_of(bcf, in_book(bcf.content, lambda book: book.remove(book[RECORD])))


def bomb() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", b"<workbook/>" + b" " * 64_000_000)
    return made.getvalue()


JUNK: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda content: b"",
    "noise": lambda content: bytes(random.Random(1).randrange(256) for _ in range(5000)),
    "a text": lambda content: b"code,month\nE.B.3,April\n",
    "a page": lambda content: b"<!DOCTYPE html><title>Portal</title>",
    "a document": lambda content: b"%PDF-1.4 plan",
    "cut in half": lambda content: content[: len(content) // 2],
    "cut at its end": lambda content: content[:-30],
    "a zip that fills a computer": lambda content: bomb(),
    "a zip of itself": lambda content: zipped(content),
    "a workbook without relations": lambda content: rezipped(content, lambda name, read: None if name == "xl/_rels/workbook.xml.rels" else read),
    "an old workbook's first bytes": lambda content: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content,
}  # fmt: skip


def zipped(content: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        book.writestr("bcf.xlsx", content)
    return made.getvalue()


@pytest.mark.parametrize("what", JUNK)
def test_a_file_that_is_no_workbook_of_opplans_is_refused_with_what_to_do(bcf, what: str) -> None:
    with pytest.raises(Unreadable) as refused:
        merge_of(bcf, JUNK[what](bcf.content))
    assert str(refused.value).startswith(("back.xlsx", "The workbook"))
    assert str(refused.value).count(". ") >= 1


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_a_copy_in_another_format_is_refused_by_its_name(bcf, tmp_path, kind: str) -> None:
    content = by_office(tmp_path, {"back": bcf.content}, kind)["back"]
    with pytest.raises(Unreadable, match=r"Save it as \.xlsx"):
        preview_of(bcf.plan, f"back.{kind}", content)


@settings(max_examples=500, **QUIETLY)
@given(seed=st.integers(0, 2**32))
def test_no_corruption_is_an_error_of_the_server_or_changes_anything(seed: int, small) -> None:
    dice = random.Random(seed)
    content = damaged(small.content, dice)
    with suppress(Unreadable):
        merge_of(small, content)
    assert not Answer.objects.filter(plan=small.plan, template="small").exists()


SMALL = """
name = "small"
title = "Small"
round = "2016-17"
summary = "A template that is quick to read."
[[sheets]]
name = "Figures"
title = "Figures"
[[sheets.blocks]]
key = "figures"
title = "Figures"
total = "All"
columns = [
  { key = "title", title = "Row", kind = "given" },
  { key = "amount", title = "Amount", kind = "input", format = "thousands", total = true, least = 0 },
  { key = "day", title = "Day", kind = "input", format = "day" },
]
rows = [{ key = "1", title = "One" }, { key = "b", title = "Two" }]
"""


@pytest.fixture(scope="module")
def small(django_db_setup, django_db_blocker, tmp_path_factory) -> Any:  # type: ignore[no-untyped-def]
    """A template of two rows, found through a folder of definitions."""
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("definitions")
    (folder / "small.toml").write_text(SMALL)
    with django_db_blocker.unblock(), override_settings(DEFINITIONS=[folder]):
        plan = Plan.objects.select_related("organisation").get(organisation__code="10Q", year="2016-17")
        yield export(plan, read(SMALL, "small.toml"))


def damaged(content: bytes, dice: random.Random) -> bytes:
    """The file with bytes of it changed, cut or doubled: of the whole file, or of a part within, packed again."""

    def spoilt(read: bytes) -> bytes:
        data = bytearray(read)
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(data)) if data else 0
            match dice.randrange(5):
                case 0:
                    data[at : at + 1] = bytes([dice.randrange(256)])
                case 1:
                    del data[at : at + dice.randrange(1, 40)]
                case 2:
                    data[at:at] = data[at : at + dice.randrange(1, 40)]
                case 3:
                    data[at:at] = dice.choice([b"\0", b"1e308", b"-1", b"&#0;", b"[[[[", b'"', b"<", b"99999999999"])
                case 4:
                    data[at:at] = bytes(dice.randrange(256) for _ in range(8))
        return bytes(data)

    if dice.random() < 0.4:
        return spoilt(content)
    part = dice.choice(
        [
            "xl/workbook.xml",
            "xl/sharedStrings.xml",
            "xl/_rels/workbook.xml.rels",
            "xl/worksheets/sheet3.xml",
            "xl/worksheets/sheet4.xml",
        ]
    )
    return rezipped(content, lambda name, read: spoilt(read) if name == part else read)


def test_a_row_that_left_the_plan_meanwhile_is_named(activity) -> None:
    cell = next(one for one in activity.filled.inputs if one.key.block == "profile")
    content = edited(activity.content, {f"{cell.sheet}!{cell.address}": 7})
    from activity.models import Line

    Line.objects.filter(plan=activity.plan, reference=cell.key.row).update(reference="GONE")
    [wrong] = merge_of(activity, content).errors
    assert "is not in the plan any more" in wrong.text


def test_a_month_that_was_closed_meanwhile_is_named(activity, person) -> None:
    from opplan.plans.actions import close_month

    cell = next(one for one in activity.filled.inputs if one.key.block == "profile")
    content = edited(activity.content, {f"{cell.sheet}!{cell.address}": 7})
    close_month(activity.plan, activity.plan.months[cell.key.index], by=person("finance_lead"), why="Agreed")
    [wrong] = merge_of(activity, content).errors
    assert "closing its month" in wrong.text


MONEY = """
name = "money"
title = "Money"
round = "2016-17"
summary = "What schemes plan to save."
[[sheets]]
name = "Schemes"
title = "Schemes"
[[sheets.blocks]]
key = "schemes"
title = "Schemes"
source = "savings"
columns = [
  { key = "title", title = "Scheme", kind = "given" },
  { key = "planned_saving", title = "{month}", kind = "input", repeat = "months", format = "thousands" },
]
"""


def test_money_goes_out_in_thousands(ccg: Plan) -> None:
    made = export(ccg, read(MONEY, "money.toml"))
    held = SchemeMonth.objects.filter(scheme__plan=ccg, planned_saving__gt=0, month=ccg.months[-1])
    one = held.select_related("scheme").first()
    assert one is not None
    cell = made.filled.cells[Key("schemes", one.scheme.reference, "planned_saving", 11)]
    assert cell.value == one.planned_saving / 1000
