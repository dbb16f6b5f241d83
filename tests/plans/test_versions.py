"""Two people, one row: the merge field by field, on rows of the plans floor."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from opplan.plans.attribution import record
from opplan.plans.models import Tolerance
from opplan.plans.versions import KEEP, MINE, Conflict, Version, changes, merged, opening, written

pytestmark = [pytest.mark.django_db]
FIELDS = ("green", "red")


@pytest.fixture
def band(ccg, person):
    """A tolerance of 5 and 20 that the finance lead has set."""
    Tolerance.objects.filter(plan=ccg, rule="saving_to_date").delete()
    row = Tolerance(plan=ccg, rule="saving_to_date", green=Decimal(5), red=Decimal(20))
    return record(row, by=person("finance_lead"), why="At the start")


def saved_by(person, role, row, **values):
    fresh = type(row).objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    record(fresh, by=person(role), why=f"because {role}")


def test_a_field_that_only_i_changed_is_mine(band):
    begun = opening(band, FIELDS)
    merge = merged(band, {"green": Decimal(8), "red": Decimal(20)}, Version(begun.version))
    assert (merge.row.green, merge.row.red, merge.changed) == (Decimal(8), Decimal(20), ["green"])


def test_a_field_that_only_the_other_changed_is_kept_as_saved(band, person):
    begun = opening(band, FIELDS)
    saved_by(person, "programme_office", band, red=Decimal(25))
    merge = merged(band, {"green": Decimal(8), "red": begun.values["red"]}, Version(begun.version))
    assert (merge.row.green, merge.row.red) == (Decimal(8), Decimal(25))


def test_the_same_change_made_twice_is_no_conflict(band, person):
    begun = opening(band, FIELDS)
    saved_by(person, "programme_office", band, red=Decimal(25))
    assert merged(band, {"green": Decimal(5), "red": Decimal(25)}, Version(begun.version)).changed == []


def test_a_field_changed_by_both_is_handed_back_with_who_when_and_why(band, person):
    begun = opening(band, FIELDS)
    saved_by(person, "programme_office", band, red=Decimal(25))
    saved_by(person, "analyst", band, green=Decimal(6))
    with pytest.raises(Conflict) as conflict:
        merged(band, {"green": begun.values["green"], "red": Decimal(30)}, Version(begun.version))
    (clash,) = conflict.value.clashes
    assert (clash.field, clash.opened, clash.now, clash.mine) == ("red", "20", "25", "30")
    assert (clash.who, clash.why) == ("Programme office", "because programme_office")
    assert clash.when
    assert conflict.value.others == {"green": Decimal(6)}, "what the other changed alone goes into the form as saved"


@pytest.mark.parametrize(("choice", "red"), [(KEEP, Decimal(25)), (MINE, Decimal(30))])
def test_a_choice_settles_the_conflict_that_was_seen(band, person, choice, red):
    begun = opening(band, FIELDS)
    saved_by(person, "programme_office", band, red=Decimal(25))
    typed = {"green": Decimal(7), "red": Decimal(30)}
    with pytest.raises(Conflict) as conflict:
        merged(band, typed, Version(begun.version))
    merge = merged(band, typed, Version(begun.version, choice, conflict.value.seen))
    assert (merge.row.green, merge.row.red) == (Decimal(7), red)


def test_a_choice_does_not_settle_what_was_saved_after_it_was_shown(band, person):
    begun = opening(band, FIELDS)
    saved_by(person, "programme_office", band, red=Decimal(25))
    seen = Version.of(band).opened
    saved_by(person, "finance_lead", band, red=Decimal(40))
    with pytest.raises(Conflict) as conflict:
        merged(band, {"green": Decimal(5), "red": Decimal(30)}, Version(begun.version, MINE, seen))
    assert conflict.value.clashes[0].now == "40"


@pytest.mark.parametrize("opened", [None, 0, 10**17])
def test_an_unknown_version_never_overwrites_in_silence(band, opened):
    with pytest.raises(Conflict):
        merged(band, {"green": Decimal(9), "red": Decimal(30)}, Version(opened))


def test_the_version_of_another_row_is_no_version_of_this_one(band, ccg, person):
    other = record(Tolerance(plan=ccg, rule="count_on", green=1, red=5), by=person("finance_lead"), why="At the start")
    with pytest.raises(Conflict):
        merged(band, {"green": Decimal(9), "red": Decimal(30)}, Version.of(other))


def test_a_row_that_is_not_stored_takes_everything_typed(ccg):
    row = Tolerance(plan=ccg, rule="count_on")
    merge = merged(row, {"green": Decimal(2), "red": Decimal(6)}, Version(None))
    assert merge.row is row
    assert (row.green, row.red) == (2, 6)


def test_line_ends_of_a_browser_are_no_change(ccg, person):
    ccg.summary = "One line\nand another"
    record(ccg, by=person("programme_office"), why="Renamed")
    begun = opening(ccg, ["summary"])
    assert merged(ccg, {"summary": "One line\r\nand another"}, Version(begun.version)).changed == []


def test_the_row_is_locked_where_the_database_can(band):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        merged(band, {"green": Decimal(6)}, Version.of(band))
    if connection.features.has_select_for_update:
        assert any("FOR UPDATE" in query["sql"] for query in queries)


def test_merging_outside_a_transaction_is_refused(band, monkeypatch):
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(transaction.TransactionManagementError):
        merged(band, {"green": Decimal(6)}, Version(None))


@pytest.mark.parametrize(
    ("carried", "version"),
    [
        ({}, Version(None)),
        ({"version": "12"}, Version(12)),
        ({"version": "12", "choose": "mine 14"}, Version(12, MINE, 14)),
        ({"version": "12", "choose": "keep x"}, Version(12, KEEP, None)),
        ({"version": "-3; drop", "choose": "burn 3"}, Version(None, "", 3)),
        ({"version": "9" * 40}, Version(None)),
    ],
)
def test_whatever_a_form_carries_is_read(carried, version):
    assert Version.carried_by(carried) == version


def test_an_opening_takes_values_and_version_from_one_entry(band, person):
    stale = Tolerance.objects.get(pk=band.pk)
    saved_by(person, "analyst", band, red=Decimal(33))
    begun = opening(stale, FIELDS)
    assert begun.values["red"] == Decimal(33)
    assert begun.version == Version.of(band).opened


def test_a_row_without_history_opens_as_it_stands(band):
    band.history.all().delete()
    assert opening(band, FIELDS).version is None
    assert opening(band, FIELDS).values["red"] == 20


def test_changes_name_field_was_and_now_and_who(band, person):
    saved_by(person, "analyst", band, green=Decimal(6), red=Decimal(33))
    entries = Tolerance.history.filter(id=band.pk).select_related("history_user").order_by("id", "history_id")
    red, green, added = changes(entries, kind="Tolerance", fields={"red": "Red beyond", "green": "Green up to"})
    assert (red.field, red.was, red.now, red.who, red.why) == (
        "Red beyond",
        "20",
        "33",
        "Planning analyst",
        "because analyst",
    )
    assert (green.field, green.was, green.now) == ("Green up to", "5", "6")
    assert (added.event, added.field, added.who) == ("added", "", "Finance lead")


def test_values_are_written_as_people_read_them(ccg, band):
    assert written(ccg, "reporting_month", date(2016, 9, 1)) == "1\N{NO-BREAK SPACE}September 2016"
    assert written(ccg, "reporting_month", None) == ""
    assert written(ccg.organisation, "kind", "commissioner") == "Commissioner"
    assert written(band, "red", Decimal("20.00")) == "20"
