"""Loading files into a plan: all or nothing, twice is once, and undone as a whole. Through the actions and the commands."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from activity.actions import record_readings
from activity.actions.imports import (
    ImportRefused,
    Loaded,
    StoredFiguresChanged,
    load_batch,
    load_files,
    messages_of,
    preview_files,
    read_again,
)
from activity.actions.readings import ReadingChange
from activity.actions.undoing import UndoRefused, undo_import
from activity.imports.generic import Mapping
from activity.imports.ground import Outcome
from activity.models import Line, Reading
from opplan.accounts.models import User
from opplan.imports.actions import NotPreviewed, Upload, discard_batch
from opplan.imports.models import Batch, BatchChange, BatchFile, ColumnMapping
from opplan.plans.actions import close_month, reopen_month
from opplan.plans.models import Plan
from tests.activity.imports.tables import HEAD, NOVEMBER, OCTOBER, everything, reading, table

pytestmark = pytest.mark.django_db


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


# What is said of several files


def messages(loaded: Loaded) -> dict[str, str]:
    """The files that each message names, by its text."""
    return {one["text"]: one["file"] for one in messages_of(loaded.preview.report)}


def test_what_concerns_every_file_says_so_and_names_no_single_one(ccg: Plan) -> None:
    files = [Upload(f"{name}.csv", f"{HEAD}\n{rows}".encode()) for name, rows in (
        ("one", f"{OCTOBER}\nZZ9,E.B.8,2016-10-01,1,2\n5QE,E.B.9,2016-10-01,1,2\n10Q,E.X.9,2016-10-01,1,2"),
        ("two", f"{NOVEMBER}\nZZ9,E.B.8,2016-11-01,1,2\n5QE,E.B.9,2016-11-01,1,2"),
    )]  # fmt: skip
    said = messages(load_files(ccg, files, by=None, dry_run=True))
    assert [file for text, file in said.items() if text.startswith("5QE is read as 10Q")] == ["all files"]
    assert said["Skipped: rows of other organisations: 2"] == ""
    assert said["“E.X.9” is no measure of the plan's round; its rows are not taken"] == "one.csv"


def test_months_after_the_plan_s_year_are_told_with_their_number_and_the_last(ccg: Plan) -> None:
    late = [f"10Q,E.B.8,2017-{month:02}-01,96,100" for month in (3, 4, 5)]
    said = messages(load_files(ccg, [table(*late, "10Q,E.B.9,2017-03-01,9,10")], by=None, dry_run=True))
    assert [text for text in said if "after the plan's year" in text] == [
        "E.B.8: 2 figures of months after the plan's year, the last of May 2017. Stored, but they show in the CSV of the line alone."
    ]
