"""Imports by command, and files that cannot be right: what people are told, and that nothing is changed."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from activity.actions.imports import (
    Unusable,
    load_files,
    preview_files,
)
from opplan.accounts.models import User
from opplan.imports.actions import Upload
from opplan.imports.models import Batch
from opplan.plans.models import Plan
from tests.activity.imports.tables import HEAD, OCTOBER, PLAN, everything, saved, table, told

pytestmark = pytest.mark.django_db


# The commands


def test_the_command_s_json_has_these_keys_and_no_others(ccg: Plan, tmp_path: Path) -> None:
    said = told(saved(tmp_path, table(OCTOBER, "RXX,E.B.8,2016-10-01,1,2")))
    assert list(said) == ["new", "changed", "same", "refused", "skipped", "batch", "messages"]
    assert (said["new"], said["changed"], said["same"], said["refused"], said["skipped"]) == (1, 0, 0, 0, 1)
    assert said["batch"] == Batch.objects.get().pk
    assert all(list(one) == ["file", "sheet", "cell", "severity", "text"] for one in said["messages"])
    assert any(one["text"] == "Skipped: rows of other organisations: 1" for one in said["messages"])


def test_a_refusal_ends_the_command_with_its_reason(ccg: Plan, tmp_path: Path) -> None:
    path = saved(tmp_path, table("10Q,E.B.3,2016-05-01,27000,29460"))
    said = told(path)
    assert (said["refused"], said["batch"]) == (1, None)
    assert said["messages"][0] == {
        "file": "waits.csv",
        "sheet": "",
        "cell": "row 2",
        "severity": "error",
        "text": "Refused: E.B.3, May 2016: May 2016 is closed. Ask the programme office or the finance lead to reopen it.",
    }
    with pytest.raises(CommandError, match="May 2016"):
        call_command("import_actuals", *PLAN, str(path), stdout=io.StringIO(), stderr=io.StringIO())
    call_command(
        "import_actuals",
        *PLAN,
        str(saved(tmp_path, table(OCTOBER), "b.csv")),
        "--by",
        "analyst@example.nhs.uk",
        verbosity=0,
    )
    assert Batch.objects.get().applied_by.email == "analyst@example.nhs.uk"  # type: ignore[union-attr]


def test_the_command_asks_for_somebody_who_may(ccg: Plan, tmp_path: Path) -> None:
    path = str(saved(tmp_path, table(OCTOBER)))
    for email in ("board@example.nhs.uk", "nobody@example.org"):
        with pytest.raises(CommandError, match="may record activity"):
            call_command("import_actuals", *PLAN, path, "--by", email)
    with pytest.raises(CommandError, match="There is no source"):
        call_command("import_actuals", *PLAN, path, "--source", "dtocs")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_actuals", *PLAN, "nowhere.xls")


def test_readings_are_printed_as_json(ccg: Plan) -> None:
    out = io.StringIO()
    call_command("readings", *PLAN, "--measure", "DTOC.1", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (list(said), said["measure"]) == (["measure", "readings"], "DTOC.1")
    march = next(one for one in said["readings"] if one["period"] == "2016-03-01")
    assert list(march) == [
        *("period", "planned_numerator", "planned_denominator", "actual_numerator", "actual_denominator", "value"),
        *("status", "source"),
    ]
    assert (march["actual_numerator"], march["actual_denominator"], march["status"]) == (4680, 31, "final")
    assert march["value"] == pytest.approx(4680 / 31)


def test_of_several_lines_the_reference_says_which(ccg: Plan) -> None:
    with pytest.raises(CommandError, match="KH03.OCC-RNU, KH03.OCC-RTH"):
        call_command("readings", *PLAN, "--measure", "KH03.OCC")
    call_command("readings", *PLAN, "--measure", "KH03.OCC", "--line", "KH03.OCC-RNU", stdout=io.StringIO())
    with pytest.raises(CommandError, match="no line of the measure"):
        call_command("readings", *PLAN, "--measure", "NOPE")


def test_undo_by_command(ccg: Plan, tmp_path: Path) -> None:
    before = everything(ccg)
    batch = told(saved(tmp_path, table(OCTOBER)))["batch"]
    call_command("undo_import", batch, "--by", "analyst@example.nhs.uk", "--why", "Trial", stdout=io.StringIO())
    assert everything(ccg) == before
    with pytest.raises(CommandError, match="There is no batch"):
        call_command("undo_import", batch + 99, "--by", "analyst@example.nhs.uk", "--why", "Trial")


# Files that cannot be right


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_csv", ".csv"), content)
    return packed.getvalue()


def formulas() -> bytes:
    """A workbook whose figures are formulas that nobody has worked out."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEAD.split(","), ["10Q", "E.B.8", "2016-10-01", "=90+6", "=SUM(D2)"]):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


BAD = {
    "truncated.xlsx": formulas()[:900],
    "renamed.zip": b"Dear colleague, the figures follow on Thursday.\n",
    "junk.csv": bytes(range(256)) * 40_000,
    "bomb.zip": zipped(a_csv=b"0" * 40_000_000),
    "wrong.csv": b"name,address\nJo,Oxford\n",
    "empty.xls": b"",
    "formulas.xlsx": formulas(),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_a_clear_message_and_changes_nothing(ccg: Plan, tmp_path: Path, name: str) -> None:
    before = everything(ccg)
    said = told(saved(tmp_path, Upload(name, BAD[name])))
    assert (said["new"], said["changed"], said["batch"]) == (0, 0, None)
    assert said["messages"][0]["severity"] == "error"
    text = " ".join(one["text"] for one in said["messages"])
    assert name in text or "formulas that were never worked out" in text
    assert "Traceback" not in text
    assert everything(ccg) == before


def test_one_bad_file_among_good_ones_and_nothing_is_loaded(ccg: Plan) -> None:
    before = everything(ccg)
    loaded = load_files(ccg, [table(OCTOBER), Upload("junk.csv", BAD["junk.csv"])], by=None)
    assert loaded.refusal == "Nothing was loaded: 1 error in the files."
    assert everything(ccg) == before


def test_files_of_nothing_known_make_no_batch(ccg: Plan, person: Callable[[str], User]) -> None:
    with pytest.raises(Unusable, match="wrong.csv"):
        preview_files(ccg, [Upload("wrong.csv", BAD["wrong.csv"])], by=person("analyst"))
    assert not Batch.objects.exists()


def test_a_reader_that_fails_is_an_error_and_not_a_crash(ccg: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from activity.imports import generic

    def fails(*args: Any) -> None:
        raise IndexError("beyond the row")

    monkeypatch.setattr(generic, "read", fails)
    loaded = load_files(ccg, [table(OCTOBER)], by=None)
    assert "not laid out as any publication" in loaded.preview.report.errors[0].text
