"""What may be recorded of a milestone and written of an initiative, and what the history keeps of it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from initiatives.actions import record_milestone, write_update
from initiatives.models import ProgressUpdate
from opplan.plans.actions import MonthClosed
from opplan.plans.versions import Conflict, Version

pytestmark = [pytest.mark.django_db]
SEPTEMBER = date(2016, 9, 1)


@pytest.fixture
def say(delivery, person):
    """Record progress of the milestone as the commissioner, on top of whatever stands."""

    def said(*, completed=None, forecast=None, note="", why="Monthly return"):
        return record_milestone(
            delivery,
            completed=completed,
            forecast=forecast,
            note=note,
            by=person("commissioner"),
            why=why,
            version=Version.of(delivery),
        )

    return said


def test_a_completion_is_stored_with_who_and_why(say, person):
    row = say(completed=date(2016, 10, 28))
    entry = row.history.latest()
    assert (row.completed, row.progress_basis, row.progress_source) == (
        date(2016, 10, 28),
        "entered",
        "Urgent care lead",
    )
    assert (entry.history_user, entry.history_change_reason) == (person("commissioner"), "Monthly return")


def test_the_planned_date_and_its_source_stay_the_plans(say, delivery):
    delivery.source, delivery.basis = "paper 16/20", "stated"
    delivery.save()
    row = say(forecast=date(2016, 10, 30))
    assert (row.due, row.source, row.basis) == (date(2016, 10, 31), "paper 16/20", "stated")


def test_a_completion_may_not_lie_ahead(say):
    with pytest.raises(ValidationError) as problem:
        say(completed=timezone.localdate() + timedelta(days=1))
    assert "completed" in problem.value.message_dict


def test_a_completion_today_is_fine(say):
    assert say(completed=timezone.localdate()).completed == timezone.localdate()


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(16, 9, 30)])
def test_a_completion_before_2000_is_a_slip(say, day):
    with pytest.raises(ValidationError) as problem:
        say(completed=day)
    assert "completed" in problem.value.message_dict


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2916, 9, 30)])
def test_an_expected_date_beyond_reason_is_a_slip(say, day):
    with pytest.raises(ValidationError) as problem:
        say(forecast=day, note="The lease is late.")
    assert "forecast" in problem.value.message_dict


def test_a_date_expected_after_it_is_due_needs_a_note(say):
    with pytest.raises(ValidationError) as problem:
        say(forecast=date(2016, 11, 1), note="  ")
    assert list(problem.value.message_dict) == ["note"]
    assert say(forecast=date(2016, 11, 1), note="The lease is late.").forecast == date(2016, 11, 1)


def test_a_date_expected_before_it_is_due_needs_none(say):
    assert say(forecast=date(2016, 10, 1)).forecast == date(2016, 10, 1)


@pytest.mark.parametrize("moved_to", [date(2016, 10, 20), None])
def test_an_expected_date_that_moves_or_goes_needs_a_note(say, moved_to):
    say(forecast=date(2016, 10, 1))
    with pytest.raises(ValidationError) as problem:
        say(forecast=moved_to)
    assert list(problem.value.message_dict) == ["note"]
    assert say(forecast=moved_to, note="The builder came early.").forecast == moved_to


def test_the_note_of_an_earlier_move_does_not_explain_the_next(say):
    say(forecast=date(2016, 11, 7), note="The lease is late.")
    with pytest.raises(ValidationError):
        say(forecast=date(2016, 11, 28), note="The lease is late.", why="")
    row = say(forecast=date(2016, 11, 28), note="The lease is late.", why="The landlord asked for three weeks more")
    assert row.forecast == date(2016, 11, 28)


def test_a_milestone_opened_again_needs_a_note(say):
    say(completed=date(2016, 10, 28))
    with pytest.raises(ValidationError) as problem:
        say()
    assert list(problem.value.message_dict) == ["note"]
    assert say(note="The inspection failed.").completed is None


def test_a_completion_stands_and_clears_the_expected_date_which_history_keeps(say):
    say(forecast=date(2016, 11, 7), note="The lease is late.")
    row = say(completed=date(2016, 11, 5), forecast=date(2016, 11, 7), note="The lease is late.")
    assert (row.completed, row.forecast) == (date(2016, 11, 5), None)
    assert row.history.earliest().forecast is None
    assert row.history.order_by("-history_id")[1].forecast == date(2016, 11, 7)


def test_saving_what_already_stands_writes_no_history(say, delivery):
    say(completed=date(2016, 10, 28))
    before = delivery.history.count()
    say(completed=date(2016, 10, 28))
    assert delivery.history.count() == before


def test_a_note_too_long_is_refused(say):
    with pytest.raises(ValidationError) as problem:
        say(note="x" * 2001)
    assert "note" in problem.value.message_dict


def test_nothing_is_stored_when_anything_is_wrong(say, delivery):
    with pytest.raises(ValidationError):
        say(completed=date(1999, 1, 1), note="Done long ago.")
    delivery.refresh_from_db()
    assert (delivery.completed, delivery.note, delivery.progress_basis) == (None, "", "")


def test_an_update_is_written_with_who_and_why(initiative, person):
    row = write_update(
        initiative,
        month=SEPTEMBER,
        text="Thirty of sixty carers are in post.",
        decision_wanted="£85,000 for bridging hours",
        by=person("commissioner"),
        why="",
        version=Version(None),
    )
    entry = row.history.latest()
    assert (row.basis, row.source) == ("entered", "Urgent care lead")
    assert (entry.history_user, entry.history_change_reason) == (person("commissioner"), "Update for September 2016")


def test_an_update_rewritten_keeps_the_earlier_text_in_the_history(initiative, person):
    kept = {"month": SEPTEMBER, "decision_wanted": "", "by": person("commissioner")}
    row = write_update(initiative, text="First.", version=Version(None), **kept)
    write_update(initiative, text="Second.", version=Version.of(row), why="A slip", **kept)
    assert list(row.history.values_list("text", flat=True)) == ["Second.", "First."]
    assert ProgressUpdate.objects.filter(initiative=initiative).count() == 1


def test_an_update_of_a_closed_month_is_refused(initiative, person):
    with pytest.raises(MonthClosed):
        write_update(
            initiative,
            month=date(2016, 8, 1),
            text="Late news.",
            decision_wanted="",
            by=person("commissioner"),
            version=Version(None),
        )


@pytest.mark.parametrize("month", [date(2016, 3, 1), date(2017, 4, 1), date(2016, 9, 15)])
def test_an_update_belongs_to_a_month_of_the_plan(initiative, person, month):
    with pytest.raises(ValidationError):
        write_update(
            initiative, month=month, text="News.", decision_wanted="", by=person("commissioner"), version=Version(None)
        )


@pytest.mark.parametrize(
    ("text", "decision", "field"),
    [("  ", "", "text"), ("x" * 4001, "", "text"), ("News.", "x" * 1001, "decision_wanted")],
)
def test_an_update_has_a_text_of_reasonable_length(initiative, person, text, decision, field):
    with pytest.raises(ValidationError) as problem:
        write_update(
            initiative,
            month=SEPTEMBER,
            text=text,
            decision_wanted=decision,
            by=person("commissioner"),
            version=Version(None),
        )
    assert field in problem.value.message_dict


def test_two_first_updates_of_a_month_conflict(initiative, person):
    kept = {"month": SEPTEMBER, "decision_wanted": "", "version": Version(None)}
    write_update(initiative, text="The lead's.", by=person("commissioner"), **kept)
    with pytest.raises(Conflict) as conflict:
        write_update(initiative, text="The office's.", by=person("programme_office"), **kept)
    (clash,) = conflict.value.clashes
    assert (clash.opened, clash.now, clash.mine, clash.who) == ("", "The lead's.", "The office's.", "Urgent care lead")
