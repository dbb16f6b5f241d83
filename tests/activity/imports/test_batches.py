"""Loading files into a plan: all or nothing, twice is once, and undone as a whole. Through the actions and the commands."""

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from activity.actions import record_readings
from activity.actions.imports import (
    ImportRefused,
    StoredFiguresChanged,
    UndoRefused,
    Unusable,
    load_batch,
    load_files,
    preview_files,
    read_again,
    undo_import,
)
from activity.actions.readings import ReadingChange
from activity.imports.generic import Mapping
from activity.imports.matching import Outcome
from activity.models import Delay, Line, Reading
from opplan.accounts.models import User
from opplan.imports.actions import NotPreviewed, Upload, discard_batch
from opplan.imports.models import Batch, BatchChange, BatchFile, ColumnMapping
from opplan.plans.actions import close_month, reopen_month
from opplan.plans.models import Plan
from tests.activity.imports.books import RAW, needs_raw

pytestmark = pytest.mark.django_db

PLAN = ("--organisation", "10Q", "--year", "2016-17")
HEAD = "organisation code,measure code,period,numerator,denominator"


def table(*rows: str, head: str = HEAD) -> Upload:
    return Upload("waits.csv", "\n".join([head, *rows]).encode())


OCTOBER = "10Q,E.B.8,2016-10-01,96,100"
NOVEMBER = "10Q,E.B.8,2016-11-01,97,100"


def reading(plan: Plan, reference: str, period: str) -> Reading | None:
    return Reading.objects.filter(line__plan=plan, line__reference=reference, period=period).first()


def everything(plan: Plan) -> list[Any]:
    """All that an import may write, and its history."""
    names = ("line__reference", "period", "actual_numerator", "actual_denominator", "status", "source", "basis")
    return [
        *Line.objects.filter(plan=plan).order_by("reference").values_list("reference", flat=True),
        *Reading.objects.filter(line__plan=plan).order_by("line__reference", "period").values_list(*names),
        *Delay.objects.filter(plan=plan).order_by("pk").values_list("pk", "days"),
    ]


def told(*arguments: Any) -> dict[str, Any]:
    """The JSON of the command, whether or not it refuses."""
    out = io.StringIO()
    with suppress(CommandError):
        call_command("import_actuals", *PLAN, "--json", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return dict(json.loads(out.getvalue()))


def saved(folder: Path, upload: Upload, name: str = "") -> Path:
    path = folder / (name or upload.name)
    path.write_bytes(upload.content)
    return path


# Loading


def test_what_is_loaded_carries_its_cell_its_person_and_its_batch(ccg: Plan, person: Callable[[str], User]) -> None:
    analyst = person("analyst")
    loaded = load_files(ccg, [table(OCTOBER)], by=analyst)
    row = reading(ccg, "E.B.8", "2016-10-01")
    assert row is not None
    assert (row.actual_numerator, row.actual_denominator, row.status) == (96, 100, "final")
    assert (row.source, row.basis) == ("waits.csv, row 2", "published")
    assert row.planned_numerator is not None, "the plan stays"
    entry = row.history.latest()
    assert entry.history_user == analyst
    assert entry.history_change_reason.startswith(f"Import {loaded.batch.pk}: ")  # type: ignore[union-attr]
    assert (entry.actual_numerator, entry.source) == (96, "waits.csv, row 2")


def test_rows_that_are_inserted_at_once_have_whole_histories(ccg: Plan, person: Callable[[str], User]) -> None:
    load_files(ccg, [table("10Q,E.B.8,2015-10-01,96,100", "10Q,E.B.8,2015-11-01,96,100")], by=person("analyst"))
    for row in Reading.objects.filter(line__plan=ccg, line__reference="E.B.8", period__lt="2016-01-01"):
        entry = row.history.get()
        assert (entry.history_type, entry.history_user) == ("+", person("analyst"))
        for field in Reading._meta.concrete_fields:
            assert getattr(entry, field.attname) == getattr(row, field.attname), field


def test_the_batch_keeps_the_files_and_each_row(ccg: Plan, person: Callable[[str], User]) -> None:
    batch = load_files(ccg, [table(OCTOBER, NOVEMBER)], by=person("analyst")).batch
    assert batch is not None
    file = BatchFile.objects.get(batch=batch)
    assert (file.name, file.size, len(file.digest)) == ("waits.csv", len(bytes(file.content)), 64)
    assert (batch.state, batch.new, batch.changed) == (Batch.State.APPLIED, 2, 0)
    change = BatchChange.objects.filter(batch=batch).first()
    assert change is not None
    assert (change.kind, change.place) == ("reading", "waits.csv, row 2")
    assert (change.now["line"], change.now["numerator"]) == ("E.B.8", "96")


def test_the_same_file_again_changes_nothing_and_makes_no_batch(ccg: Plan) -> None:
    assert load_files(ccg, [table(OCTOBER)], by=None).told.new == 1
    before, histories = everything(ccg), Reading.history.count()
    again = load_files(ccg, [table(OCTOBER)], by=None)
    assert (again.batch, again.told.new, again.told.changed, again.told.same) == (None, 0, 0, 1)
    assert (everything(ccg), Reading.history.count()) == (before, histories)


def test_a_revised_file_shows_what_was_and_will_be(ccg: Plan) -> None:
    load_files(ccg, [table(OCTOBER)], by=None)
    revised = load_files(ccg, [table("10Q,E.B.8,2016-10-01,95,100")], by=None)
    [effect] = revised.preview.writes
    assert effect.outcome is Outcome.CHANGED
    assert effect.was == (Decimal(96), Decimal(100), "final")
    assert effect.will == (Decimal(95), Decimal(100), "final")
    assert reading(ccg, "E.B.8", "2016-10-01").actual_numerator == 95  # type: ignore[union-attr]


def test_a_dry_run_changes_nothing(ccg: Plan) -> None:
    before = everything(ccg)
    assert load_files(ccg, [table(OCTOBER)], by=None, dry_run=True).told.new == 1
    assert everything(ccg) == before
    assert not Batch.objects.exists()


def test_one_error_and_nothing_is_loaded(ccg: Plan) -> None:
    before = everything(ccg)
    loaded = load_files(ccg, [table(OCTOBER, "10Q,E.B.8,2016-11-01,many,100", "10Q,E.B.8,2016-12-01,101,100")], by=None)
    assert loaded.refusal == "Nothing was loaded: 2 errors in the files."
    assert loaded.told.refused == 2
    assert everything(ccg) == before


def test_a_closed_month_refuses_changes_until_it_is_reopened(ccg: Plan, person: Callable[[str], User]) -> None:
    revised = table("10Q,E.B.3,2016-05-01,27000,29460", "10Q,E.B.3,2016-10-01,27000,29460")
    before = everything(ccg)
    loaded = load_files(ccg, [revised], by=None)
    assert (loaded.batch, loaded.told.refused, loaded.told.new) == (None, 1, 1)
    assert "May 2016 is closed. Ask the programme office" in loaded.refusal
    assert everything(ccg) == before
    reopen_month(ccg, date(2016, 5, 1), by=person("programme_office"), why="Revised return")
    assert load_files(ccg, [revised], by=None).told.changed == 1


def test_what_is_refused_may_be_left_out_for_a_reason(ccg: Plan) -> None:
    both = table("10Q,E.B.3,2016-05-01,27000,29460", "10Q,E.B.3,2016-10-01,27000,29460")
    loaded = load_files(ccg, [both], by=None, leave_refused=True, why="May is settled with the region")
    assert loaded.batch is not None
    assert loaded.batch.applied_why == "May is settled with the region"
    assert reading(ccg, "E.B.3", "2016-05-01").actual_numerator == 27190  # type: ignore[union-attr]
    assert reading(ccg, "E.B.3", "2016-10-01").actual_numerator == 27000  # type: ignore[union-attr]


def test_a_proposed_line_is_made_with_its_first_figures(ccg: Plan) -> None:
    loaded = load_files(ccg, [table("RTH,E.B.8,2016-10-01,96,100")], by=None)
    assert [line.reference for line in loaded.preview.proposed] == ["E.B.8-RTH"]
    line = Line.objects.get(plan=ccg, reference="E.B.8-RTH")
    assert (line.scope, line.provider.code, line.title) == ("provider", "RTH", "Oxford University Hospitals")  # type: ignore[union-attr]
    assert line.history.count() == 1


# Previewed, then loaded


def previewed(plan: Plan, user: User, *rows: str) -> Batch:
    return preview_files(plan, [table(*rows)], by=user)


def test_a_preview_changes_nothing_until_it_is_loaded(ccg: Plan, person: Callable[[str], User]) -> None:
    before = everything(ccg)
    batch = previewed(ccg, person("analyst"), OCTOBER)
    assert (batch.state, batch.new, everything(ccg)) == (Batch.State.PREVIEWED, 1, before)
    load_batch(batch, seen=batch.fingerprint, by=person("analyst"))
    assert reading(ccg, "E.B.8", "2016-10-01").actual_numerator == 96  # type: ignore[union-attr]
    batch.refresh_from_db()
    assert (batch.state, batch.figures) == (Batch.State.APPLIED, [])
    with pytest.raises(NotPreviewed):
        load_batch(batch, seen=batch.fingerprint, by=person("analyst"))


def test_figures_that_moved_since_the_preview_are_shown_again(ccg: Plan, person: Callable[[str], User]) -> None:
    batch = previewed(ccg, person("analyst"), "10Q,E.B.3,2016-09-01,27000,29700")
    line = Line.objects.get(plan=ccg, reference="E.B.3")
    held = reading(ccg, "E.B.3", "2016-09-01")
    assert held is not None
    change = ReadingChange("actual_numerator", date(2016, 9, 1), held.actual_numerator, Decimal(27111))
    record_readings(line, [change], status={}, by=person("analyst"), why="Rang the trust")
    with pytest.raises(StoredFiguresChanged) as refused:
        load_batch(batch, seen=batch.fingerprint, by=person("analyst"))
    [effect] = refused.value.preview.writes
    assert effect.was is not None
    assert effect.was[0] == 27111
    assert effect.entered == "Entered by Planning analyst"
    load_batch(batch, seen=refused.value.preview.fingerprint, by=person("analyst"))
    assert reading(ccg, "E.B.3", "2016-09-01").actual_numerator == 27000  # type: ignore[union-attr]


def test_a_batch_with_errors_or_nothing_new_is_not_loaded(ccg: Plan, person: Callable[[str], User]) -> None:
    for rows in ((OCTOBER, "10Q,E.B.8,2016-11-01,x,100"), ("10Q,E.B.3,2016-08-01,27450,29790",)):
        batch = previewed(ccg, person("analyst"), *rows)
        with pytest.raises(ImportRefused):
            load_batch(batch, seen=batch.fingerprint, by=person("analyst"))
    assert not BatchChange.objects.exists()


def test_a_discarded_batch_keeps_the_hash_and_not_the_bytes(ccg: Plan, person: Callable[[str], User]) -> None:
    batch = previewed(ccg, person("analyst"), OCTOBER)
    discard_batch(batch, by=person("analyst"))
    file = BatchFile.objects.get(batch=batch)
    assert (bytes(file.content), len(file.digest)) == (b"", 64)
    with pytest.raises(NotPreviewed):
        load_batch(batch, seen=batch.fingerprint, by=person("analyst"))


def test_a_table_with_other_headings_is_read_as_the_analyst_says(ccg: Plan, person: Callable[[str], User]) -> None:
    analyst = person("analyst")
    strange = table("10Q,E.B.8,2016-10-01,96,100", head="wer,was,wann,oben,unten")
    batch = preview_files(ccg, [strange], source="generic", by=analyst)
    assert (batch.new, batch.refused) == (0, 1)
    columns = Mapping("wer", "was", "wann", "oben", "unten")
    read_again(batch, columns=columns, by=analyst, keep_as="Monthly extract")
    batch.refresh_from_db()
    assert (batch.new, batch.refused) == (1, 0)
    assert ColumnMapping.objects.get(organisation=ccg.organisation).mapping == columns.kept()
    load_batch(batch, seen=batch.fingerprint, by=analyst)
    assert reading(ccg, "E.B.8", "2016-10-01").actual_numerator == 96  # type: ignore[union-attr]


# Undone


def test_undoing_puts_everything_back(ccg: Plan, person: Callable[[str], User]) -> None:
    before = everything(ccg)
    rows = ("RTH,E.B.8,2016-10-01,96,100", OCTOBER, "10Q,E.B.3,2016-09-01,27000,29700", "10Q,E.B.8,2014-10-01,1,2")
    batch = load_files(ccg, [table(*rows)], by=person("analyst")).batch
    assert batch is not None
    assert everything(ccg) != before
    assert undo_import(batch, by=person("analyst"), why="The wrong month") == 5
    assert everything(ccg) == before
    batch.refresh_from_db()
    assert (batch.state, batch.undone_why, batch.undone_by) == ("undone", "The wrong month", person("analyst"))
    gone = Reading.history.filter(history_type="-", period="2014-10-01").get()
    assert gone.history_user == person("analyst")
    assert gone.history_change_reason == f"Import {batch.pk} undone: The wrong month"
    with pytest.raises(UndoRefused):
        undo_import(batch, by=person("analyst"), why="Again")


def test_undoing_needs_a_reason(ccg: Plan) -> None:
    batch = load_files(ccg, [table(OCTOBER)], by=None).batch
    assert batch is not None
    with pytest.raises(UndoRefused, match="Say why"):
        undo_import(batch, by=None, why="  ")


def test_what_somebody_changed_since_stops_the_undoing_and_is_named(ccg: Plan, person: Callable[[str], User]) -> None:
    batch = load_files(ccg, [table("10Q,E.B.3,2016-09-01,27000,29700", OCTOBER)], by=None).batch
    assert batch is not None
    line = Line.objects.get(plan=ccg, reference="E.B.3")
    change = ReadingChange("actual_numerator", date(2016, 9, 1), Decimal(27000), Decimal(27001))
    record_readings(line, [change], status={}, by=person("analyst"), why="Rang the trust")
    before = everything(ccg)
    with pytest.raises(UndoRefused, match="E.B.3, September 2016 changed after it was loaded"):
        undo_import(batch, by=None, why="Wrong file")
    assert everything(ccg) == before


def test_a_month_closed_since_stops_the_undoing(ccg: Plan, person: Callable[[str], User]) -> None:
    batch = load_files(ccg, [table("10Q,E.B.3,2016-09-01,27000,29700")], by=None).batch
    assert batch is not None
    close_month(ccg, date(2016, 9, 1), by=person("programme_office"))
    with pytest.raises(UndoRefused, match="September 2016 was closed after it was loaded"):
        undo_import(batch, by=None, why="Wrong file")
    reopen_month(ccg, date(2016, 9, 1), by=person("programme_office"), why="Wrong file")
    assert undo_import(batch, by=None, why="Wrong file") == 1


def test_a_line_that_was_added_stays_where_people_have_used_it(ccg: Plan) -> None:
    batch = load_files(ccg, [table("RTH,E.B.8,2016-10-01,96,100")], by=None).batch
    assert batch is not None
    line = Line.objects.get(plan=ccg, reference="E.B.8-RTH")
    Reading.objects.create(line=line, period=date(2016, 11, 1), planned_numerator=96, planned_denominator=100)
    undo_import(batch, by=None, why="Wrong file")
    assert Reading.objects.filter(line=line).count() == 1


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


# The published files


@needs_raw
def test_all_delayed_transfers_load_as_one_batch_and_give_the_known_answers(ccg: Plan) -> None:
    Delay.objects.filter(plan=ccg).delete()
    Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1").update(
        actual_numerator=None, actual_denominator=None, status=""
    )
    for month in ccg.months[:5]:
        reopen_month(ccg, month, by=None, why="Loading the publication")  # type: ignore[arg-type]
    paths = sorted((RAW / "dtoc").glob("*.xls"))
    assert len(paths) == 27
    said = told("--source", "dtoc", *paths)
    assert (said["changed"], said["refused"]) == (0, 0)
    assert Batch.objects.get().pk == said["batch"]
    assert BatchFile.objects.count() == 27
    totals = {"2015-16": 59_435, "2016-17": 52_236}
    for year, total in totals.items():
        first = int(year[:4])
        held = Reading.objects.filter(
            line__plan=ccg, line__reference="DTOC.1", period__gte=date(first, 4, 1), period__lte=date(first + 1, 3, 1)
        )
        assert sum(row.actual_numerator or 0 for row in held) == total
    for row in Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1"):
        cuts = {
            cut: sum(one.days for one in Delay.objects.filter(plan=ccg, place="608", period=row.period, cut=cut))
            for cut in ("care", "body", "reason")
        }
        assert set(cuts.values()) == {row.actual_numerator}, row.period
    again = told(*paths)
    assert (again["new"], again["changed"], again["refused"], again["batch"]) == (0, 0, 0, None)
    assert again["same"] == said["new"] + said["same"]


@needs_raw
def test_the_published_files_agree_with_the_plan_as_it_is_loaded(ccg: Plan) -> None:
    for source in ("mar", "dtoc", "beds"):
        said = told("--source", source, "--dry-run", *sorted((RAW / source).iterdir()))
        assert (said["changed"], said["refused"]) == (0, 0), source
        assert said["same"] > 0


@needs_raw
def test_referral_to_treatment_gives_the_printed_share_for_both_organisations(ccg: Plan, pct: Plan) -> None:
    paths = sorted((RAW / "rtt").glob("*.xls"))
    Reading.objects.filter(line__reference__startswith="RTT-INC").delete()
    Reading.objects.filter(line__plan=ccg, line__reference="E.B.3", period__lt="2016-04-01").delete()
    told(*paths)
    out = io.StringIO()
    call_command(
        "import_actuals", *map(str, paths), organisation="5QE", year="2010-11", stdout=out, stderr=io.StringIO()
    )
    may = reading(ccg, "E.B.3", "2015-05-01")
    april = reading(pct, "RTT-INC", "2010-04-01")
    assert may is not None
    assert april is not None
    assert (may.actual_numerator, may.actual_denominator) == (27143, 28843)
    assert april.actual_numerator is not None
    assert april.actual_denominator is not None
    assert reading(pct, "RTT-INC-110", "2010-04-01") is not None
    assert 0 < april.actual_numerator / april.actual_denominator < 1


@needs_raw
def test_cancer_waits_come_as_quarterly_lines_and_halves_are_kept(ccg: Plan) -> None:
    said = told(*(RAW / "cancer").iterdir())
    assert said["new"] >= 8
    line = Line.objects.get(plan=ccg, reference="E.B.12-RTH")
    assert line.frequency == "quarter"
    row = Reading.objects.get(line=line)
    assert row.period == date(2015, 4, 1)
    assert row.actual_numerator is not None
    assert row.actual_numerator % 1 == Decimal("0.5") or row.actual_denominator % 1 == Decimal("0.5")  # type: ignore[operator]


@needs_raw
def test_a_wrong_source_says_what_the_file_is(ccg: Plan) -> None:
    said = told("--source", "mar", RAW / "dtoc" / "April_15.xls")
    [message] = said["messages"]
    assert "it is “Delayed transfers of care, NHS England”" in message["text"]
    mixed = told(RAW / "dtoc" / "April_15.xls", next((RAW / "beds").iterdir()))
    assert any("Load them apart" in one["text"] for one in mixed["messages"])
    assert (said["batch"], mixed["batch"]) == (None, None)


@needs_raw
def test_a_truncated_publication_among_the_others_loads_nothing(ccg: Plan, tmp_path: Path) -> None:
    good = RAW / "dtoc" / "April_17.xls"
    broken = saved(tmp_path, Upload("May_17.xls", good.read_bytes()[:20_000]))
    before = everything(ccg)
    said = told(good, broken)
    assert (said["batch"], said["refused"]) == (None, 1)
    assert everything(ccg) == before
