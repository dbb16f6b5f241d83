"""One template over a footprint as one workbook: what stands in it, that its sums are right, and that its bytes are those of the data."""

from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.plans.queries import find_footprint, plans_within
from opplan.submissions.actions.freezing import withdraw
from opplan.submissions.combined import sheet_names, write_combined
from opplan.submissions.definition import FOLDER, definitions_of, load
from opplan.submissions.queries.combined import NOT_FROZEN, NOT_HERE, Combined, combined_of
from tests.submissions.conftest import by_office, without_values
from tests.submissions.footprint import another_plan, answered, frozen, officer_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/10Q/2016-17/submissions/footprint/{}/workbook.xlsx"


@pytest.fixture
def chiltern(ccg: Plan) -> Plan:
    return another_plan(ccg, "10H")


def combined(ccg: Plan, template: str) -> Combined:
    footprint = find_footprint("BOB")
    assert footprint is not None
    found = combined_of(footprint, plans_within(footprint, ccg.year), ccg, template)
    assert found is not None
    return found


def rows_of(content: bytes, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_every_organisation_has_a_row_for_each_row_and_sums_over_them(ccg: Plan, chiltern: Plan) -> None:
    for plan, value in ((ccg, "12.5"), (chiltern, "30")):
        key = answered(plan, value)
        frozen(plan, "bcf", round="B1", signed=plan is ccg)
    found = combined(ccg, "bcf")
    content = write_combined(found)
    name = sheet_names(found.definition)[key.block]
    rows = rows_of(content, name)
    assert rows[3][:4] == ["Code", "Organisation", "Row", "What it is"]
    held = {(row[0], row[2]): row for row in rows if row[2]}
    column = next(number for number, value in enumerate(held["10Q", key.row]) if value == 12.5)
    assert held["10H", key.row][column] == 30
    assert held["10H", key.row][1] == "Chiltern CCG"
    assert held["", key.row][column] == 42.5
    sums = {row[1]: row[column] for row in rows if row[3] == "Total" and not row[2]}
    assert sums == {"Chiltern CCG": 30, "Oxfordshire CCG": 12.5, "BOB": 42.5}
    cover = [row[:4] for row in rows_of(content, "Cover")]
    assert ["Oxfordshire CCG", "V1.0", "10Q", "Signed by Officer of 10Q"] in cover
    assert ["Chiltern CCG", "V1.0", "10H", "Not signed"] in cover
    assert ["Wokingham CCG", "None", "11D", NOT_HERE] in cover
    assert rows_of(content, "Status")[5][:4] == ["10Q", "Oxfordshire CCG", "V1.0", "B1"]


def test_the_sums_are_those_that_each_organisation_submitted(ccg: Plan, chiltern: Plan) -> None:
    for template in ("finance", "dtoc"):
        for plan in (ccg, chiltern):
            frozen(plan, template)
        found = combined(ccg, template)
        content, names, checked = write_combined(found), sheet_names(found.definition), 0
        book = load_workbook(BytesIO(content))
        for block in found.definition.blocks():
            if not block.total:
                continue
            rows = rows_of(content, names[block.key])
            for part in found.parts:
                submitted = {
                    (column, index): value
                    for of_block, row, column, index, *_, value in part.values
                    if (of_block, row) == (block.key, "total")
                }
                mine = [row for row in rows if row[0] == part.code and not row[2]]
                at = 4
                for spec in block.columns:
                    for index in range(spec.count if spec.key != "title" else 0):
                        if spec.total and mine and submitted.get((spec.key, index), "") != "":
                            assert float(submitted[spec.key, index]) == pytest.approx(mine[0][at]), (
                                block.key,
                                spec.key,
                            )
                            checked += 1
                        at += 1
            assert not mine or any(
                str(cell.value).startswith("=SUMIFS(") for line in book[names[block.key]].iter_rows() for cell in line
            )
        assert checked > 10


def test_only_what_is_frozen_counts_and_the_latest_that_is_not_withdrawn(ccg: Plan, chiltern: Plan) -> None:
    first = frozen(ccg, "bcf", round="B1")
    answered(ccg, "12.5")
    second = frozen(ccg, "bcf", round="B1")
    found = combined(ccg, "bcf")
    assert [(part.code, part.version) for part in found.parts] == [("10Q", second.version)]
    assert ("10H", "Chiltern CCG", NOT_FROZEN) in found.missing
    withdraw(second, by=officer_of(ccg), why="Sent by mistake")
    assert [part.version for part in combined(ccg, "bcf").parts] == [first.version]


def test_a_signature_that_is_void_is_not_shown_as_one(ccg: Plan) -> None:
    frozen(ccg, "bcf", round="B1", signed=True)
    answered(ccg, "12.5")
    (part,) = combined(ccg, "bcf").parts
    assert part.signature == "Signature of Officer of 10Q void: the plan has changed since"


def test_the_same_versions_give_the_same_bytes_and_another_gives_others(ccg: Plan, chiltern: Plan) -> None:
    frozen(ccg, "bcf", round="B1")
    one = write_combined(combined(ccg, "bcf"))
    assert write_combined(combined(ccg, "bcf")) == one
    frozen(chiltern, "bcf", round="B1")
    assert write_combined(combined(ccg, "bcf")) != one


def test_a_footprint_that_has_frozen_nothing_is_a_whole_workbook(ccg: Plan) -> None:
    for definition in definitions_of(ccg.round):
        book = load_workbook(BytesIO(write_combined(combined(ccg, definition.name))))
        assert book.sheetnames[:2] == ["Cover", "Status"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_table_has_a_sheet_of_its_own(path: Path) -> None:
    definition = load(path)
    names = list(sheet_names(definition).values())
    assert len({name.lower() for name in [*names, "Cover", "Status"]}) == len(list(definition.blocks())) + 2
    assert max(map(len, names)) <= 31


def test_libreoffice_works_out_the_same_figures(ccg: Plan, chiltern: Plan, tmp_path: Path) -> None:
    books = {}
    for template in ("finance", "bcf", "activity"):
        for plan in (ccg, chiltern):
            if template == "bcf":
                answered(plan, "7")
            frozen(plan, template, round="B1" if template == "bcf" else "R1")
        books[template] = write_combined(combined(ccg, template))
    worked = by_office(tmp_path, {name: without_values(content) for name, content in books.items()})
    for name, content in books.items():
        for sheet in CalamineWorkbook.from_filelike(BytesIO(content)).sheet_names:
            for before, after in zip(rows_of(content, sheet), rows_of(worked[name], sheet), strict=False):
                for one, other in zip(before, after, strict=False):
                    both = isinstance(one, int | float) and isinstance(other, int | float)
                    assert abs(one - other) < 1e-6 if both else one == other, (name, sheet, before, after)


def test_it_is_downloaded_with_what_the_person_may_read(
    ccg: Plan, chiltern: Plan, sign_in: Callable[[str], Client]
) -> None:
    mine, other = frozen(ccg, "dtoc"), frozen(chiltern, "dtoc")
    client = Client()
    reader = User.objects.get(email="region@example.nhs.uk")
    client.force_login(reader, backend="opplan.accounts.backends.MemberBackend")
    answer = client.get(PAGE.format("dtoc"))
    assert answer["Content-Disposition"] == 'attachment; filename="BOB-2016-17-dtoc-combined.xlsx"'
    assert answer["Cache-Control"] == "private, no-store"
    status = rows_of(answer.content, "Status")
    assert {row[8] for row in status[4:6]} == {mine.content[:32], other.content[:32]}
    viewer = sign_in("viewer").get(PAGE.format("dtoc")).content
    assert [row[0] for row in rows_of(viewer, "Status")[4:] if row[2]] == ["10Q"]
    assert ["10H", "Chiltern CCG"] in [row[:2] for row in rows_of(viewer, "Status")]
    assert client.get(PAGE.format("nothing")).status_code == 404


def test_the_command_writes_the_same_bytes_and_names_who_is_missing(ccg: Plan, chiltern: Plan, tmp_path: Path) -> None:
    frozen(ccg, "dtoc")
    output, said = tmp_path / "bob.xlsx", StringIO()
    about = {"footprint": "BOB", "year": "2016-17", "template": "dtoc", "output": output}
    call_command("combine_workbooks", **about, stdout=said)
    assert output.read_bytes() == write_combined(combined(ccg, "dtoc"))
    assert "combined  10Q V1.0" in said.getvalue()
    assert f"10H Chiltern CCG: {NOT_FROZEN}" in said.getvalue()
    for wrong, words in (
        ({"footprint": "10Q"}, "no footprint or region 10Q"),
        ({"year": "2010-11"}, "No commissioner of BOB has a plan"),
        ({"template": "nothing"}, "There are: activity, bcf"),
        ({"output": tmp_path}, "cannot be written"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("combine_workbooks", **{**about, **wrong})
