"""Recovery plans: opened for a failing line, acted upon, reviewed, given a trajectory and closed; never silently overwritten."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from activity.actions import (
    LinesChanged,
    TrajectoryChange,
    TrajectoryChanged,
    add_action,
    change_action,
    change_recovery,
    close_recovery,
    open_recovery,
    record_review,
    reopen_recovery,
    set_trajectory,
)
from activity.models import Line, RecoveryAction, RecoveryMonth, RecoveryPlan, RecoveryReview
from activity.queries import changes_of_recovery, find_recovery, lines_in
from opplan.plans.actions import MonthClosed
from opplan.plans.versions import Conflict, Version

pytestmark = pytest.mark.django_db
D = Decimal
SEPTEMBER, OCTOBER, AUGUST = date(2016, 9, 1), date(2016, 10, 1), date(2016, 8, 1)
WORDS = {
    "title": "18 weeks",
    "owner": "Planned care lead",
    "diagnosis": "Referrals grow faster than theatres.",
    "causes": "",
    "next_step": "",
    "escalation": "lead",
    "formal_intervention": False,
    "intervention": "",
    "exit_criteria": "Three months in a row at 92%.",
    "opened": date(2016, 9, 5),
}
STEP = {
    "title": "Saturday lists",
    "owner": "Planned care lead",
    "due": date(2016, 11, 1),
    "completed": None,
    "note": "",
}


@pytest.fixture
def lead(person):
    return person("commissioner")


@pytest.fixture
def waits(ccg):
    return Line.objects.get(plan=ccg, reference="E.B.3")


@pytest.fixture
def opened(ccg, waits, lead):
    return open_recovery(ccg, lines={waits.pk}, values=WORDS, by=lead, why="")


@pytest.fixture
def emergency(ccg):
    return find_recovery(ccg, "RP-AE")


class TestOpening:
    def test_it_is_opened_with_a_reference_of_its_own_and_who_opened_it(self, opened, lead, waits):
        assert (opened.reference, opened.basis, lines_in(opened)) == ("RP-01", "entered", {waits.pk})
        assert opened.history.latest().history_user == lead

    def test_a_line_has_one_open_recovery_plan_at_a_time(self, ccg, opened, waits, lead):
        with pytest.raises(ValidationError, match="E.B.3 has an open recovery plan already: RP-01"):
            open_recovery(ccg, lines={waits.pk}, values=WORDS, by=lead, why="")

    @pytest.mark.parametrize(
        ("field", "value"),
        [("title", ""), ("diagnosis", " "), ("formal_intervention", True), ("opened", date(2199, 1, 1))],
    )
    def test_what_must_be_said_is_asked_for(self, ccg, waits, lead, field, value):
        with pytest.raises(ValidationError) as refused:
            open_recovery(ccg, lines={waits.pk}, values=WORDS | {field: value}, by=lead, why="")
        assert refused.value.message_dict.keys() == {"intervention" if field == "formal_intervention" else field}

    def test_it_is_for_lines_of_its_own_plan(self, ccg, pct, lead):
        stranger = Line.objects.filter(plan=pct).first()
        for lines in (set(), {stranger.pk}):
            with pytest.raises(ValidationError):
                open_recovery(ccg, lines=lines, values=WORDS, by=lead, why="")
        assert not RecoveryPlan.objects.filter(plan=ccg, title="18 weeks").exists()


class TestChanging:
    def change(self, row, lead, version=None, lines=None, seen=None, **values):
        held = lines_in(row)
        return change_recovery(
            row,
            values=values,
            lines=held if lines is None else lines,
            lines_seen=held if seen is None else seen,
            by=lead,
            why="",
            version=version or Version.of(row),
        )

    def test_a_change_is_kept_with_what_it_was(self, opened, lead):
        self.change(opened, lead, diagnosis="Two surgeons have left.")
        latest = changes_of_recovery(opened)[0]
        assert (latest.field, latest.was, latest.now) == (
            "Diagnosis",
            "Referrals grow faster than theatres.",
            "Two surgeons have left.",
        )

    def test_two_people_who_change_different_things_are_merged(self, opened, lead, person):
        version = Version.of(opened)
        self.change(opened, lead, version, causes="Theatre hours.")
        row = self.change(opened, person("programme_office"), version, next_step="Ask the trust.", causes="")
        assert (row.causes, row.next_step) == ("Theatre hours.", "Ask the trust.")

    def test_two_people_who_change_the_same_thing_are_shown_both(self, opened, lead, person):
        version = Version.of(opened)
        self.change(opened, lead, version, causes="Theatre hours.")
        with pytest.raises(Conflict) as both:
            self.change(opened, person("programme_office"), version, causes="Beds.")
        assert (both.value.clashes[0].now, both.value.clashes[0].mine) == ("Theatre hours.", "Beds.")

    def test_lines_changed_by_someone_else_are_not_put_back(self, ccg, opened, waits, lead, person):
        seen = lines_in(opened)
        other = Line.objects.get(plan=ccg, reference="E.B.4")
        self.change(opened, lead, lines={waits.pk, other.pk})
        with pytest.raises(LinesChanged, match="E.B.3 and E.B.4"):
            self.change(opened, person("programme_office"), lines=set(), seen=seen)
        assert lines_in(opened) == {waits.pk, other.pk}

    def test_nothing_changed_stores_nothing(self, opened, lead):
        before = opened.history.count()
        self.change(opened, lead, **WORDS)
        assert opened.history.count() == before


class TestItsActions:
    def test_an_action_is_added_after_the_others(self, emergency, lead):
        step = add_action(emergency, values=STEP, by=lead, why="")
        assert step.position == 1 + max(emergency.actions.exclude(pk=step.pk).values_list("position", flat=True))

    @pytest.mark.parametrize(("field", "value"), [("title", ""), ("owner", ""), ("due", None)])
    def test_an_action_says_what_who_and_by_when(self, emergency, lead, field, value):
        with pytest.raises(ValidationError) as refused:
            add_action(emergency, values=STEP | {field: value}, by=lead, why="")
        assert field in refused.value.message_dict

    def test_a_day_that_was_agreed_moves_only_with_a_reason(self, emergency, lead):
        step = add_action(emergency, values=STEP, by=lead, why="")
        later = STEP | {"due": date(2016, 12, 1)}
        with pytest.raises(ValidationError, match="It moves from"):
            change_action(step, values=later, by=lead, why=" ", version=Version.of(step))
        moved = change_action(step, values=later, by=lead, why="No anaesthetist", version=Version.of(step))
        assert moved.history.latest().history_change_reason == "No anaesthetist"

    def test_an_action_is_completed_on_a_day_that_has_come(self, emergency, lead):
        step = add_action(emergency, values=STEP, by=lead, why="")
        with pytest.raises(ValidationError, match="has not come yet"):
            change_action(
                step, values=STEP | {"completed": date(2199, 1, 1)}, by=lead, why="", version=Version.of(step)
            )
        done = change_action(
            step, values=STEP | {"completed": date(2016, 10, 3)}, by=lead, why="", version=Version.of(step)
        )
        assert done.history.latest().history_change_reason == "Action completed"

    def test_two_people_who_complete_it_differently_are_shown_both(self, emergency, lead, person):
        step = add_action(emergency, values=STEP, by=lead, why="")
        version = Version.of(step)
        change_action(step, values=STEP | {"completed": date(2016, 10, 3)}, by=lead, why="", version=version)
        with pytest.raises(Conflict):
            change_action(
                step,
                values=STEP | {"completed": date(2016, 10, 9)},
                by=person("programme_office"),
                why="",
                version=version,
            )


class TestReviews:
    def review(self, row, lead, held, escalation, version=None, finding="Too few beds."):
        return record_review(
            row,
            held=held,
            finding=finding,
            decision="",
            escalation=escalation,
            by=lead,
            why="",
            version=version or Version(None),
        )

    def test_the_latest_review_sets_the_level_and_an_earlier_one_does_not(self, emergency, lead):
        self.review(emergency, lead, date(2016, 9, 29), "governing_body")
        self.review(emergency, lead, date(2016, 9, 1), "lead")
        emergency.refresh_from_db()
        assert emergency.escalation == "governing_body"
        assert emergency.history.latest().history_change_reason.startswith("Decided at the review of 29")

    def test_a_days_review_is_written_again_and_not_twice(self, emergency, lead):
        first = self.review(emergency, lead, date(2016, 9, 29), "director")
        self.review(emergency, lead, date(2016, 9, 29), "director", Version.of(first), "Too few doctors.")
        [kept] = RecoveryReview.objects.filter(recovery=emergency, held=date(2016, 9, 29))
        assert kept.finding == "Too few doctors."

    def test_a_second_person_who_did_not_see_it_is_shown_both(self, emergency, lead, person):
        self.review(emergency, lead, date(2016, 9, 29), "director")
        with pytest.raises(Conflict):
            self.review(
                emergency, person("programme_office"), date(2016, 9, 29), "director", finding="Too few doctors."
            )

    def test_a_review_is_not_of_a_day_to_come(self, emergency, lead):
        with pytest.raises(ValidationError, match="has not come yet"):
            self.review(emergency, lead, date(2199, 1, 1), "lead")


class TestTrajectory:
    def values(self, row):
        return dict(RecoveryMonth.objects.filter(recovery=row).values_list("month", "value"))

    def test_months_are_set_changed_and_taken_away_together(self, emergency, lead):
        line = Line.objects.get(recovery_plans=emergency).pk
        changes = [
            TrajectoryChange(line, SEPTEMBER, D(90), D("89.5")),
            TrajectoryChange(line, OCTOBER, D(91), None),
            TrajectoryChange(line, date(2016, 11, 1), D(91), D(91)),
        ]
        assert set_trajectory(emergency, changes, by=lead, why="Winter") == 2
        held = self.values(emergency)
        assert held[SEPTEMBER] == D("89.5")
        assert OCTOBER not in held
        assert {(one.title, one.event) for one in changes_of_recovery(emergency)} == {
            ("E.B.5-RTH, September 2016", "changed"),
            ("E.B.5-RTH, October 2016", "removed"),
        }

    @pytest.mark.parametrize(
        ("month", "was", "value", "error", "words"),
        [
            (AUGUST, D(89), D(88), MonthClosed, "closed"),
            (date(2017, 4, 1), None, D(90), ValidationError, "not a month"),
            (SEPTEMBER, D(90), D(101), ValidationError, "cannot pass 100"),
            (SEPTEMBER, D(90), D(-1), ValidationError, "below nought"),
            (SEPTEMBER, D(80), D(85), TrajectoryChanged, "by someone else"),
        ],
    )
    def test_what_cannot_be_so_is_refused_and_nothing_is_stored(self, emergency, lead, month, was, value, error, words):
        line, before = Line.objects.get(recovery_plans=emergency).pk, self.values(emergency)
        fine = TrajectoryChange(line, OCTOBER, D(91), D(95))
        with pytest.raises(error, match=words):
            set_trajectory(emergency, [fine, TrajectoryChange(line, month, was, value)], by=lead, why="")
        assert self.values(emergency) == before

    def test_a_line_that_the_plan_is_not_for_has_no_trajectory_in_it(self, emergency, waits, lead):
        with pytest.raises(ValidationError, match="not for this line"):
            set_trajectory(emergency, [TrajectoryChange(waits.pk, SEPTEMBER, None, D(92))], by=lead, why="")


class TestClosing:
    def test_it_closes_when_its_exit_criteria_are_met_and_says_how_that_is_known(self, emergency, lead):
        with pytest.raises(ValidationError, match="Say how you know"):
            close_recovery(emergency, closed=date(2016, 10, 1), by=lead, why="", version=Version.of(emergency))
        row = close_recovery(
            emergency, closed=date(2016, 10, 1), by=lead, why="95.2% in three months", version=Version.of(emergency)
        )
        assert row.closed == date(2016, 10, 1)

    def test_without_exit_criteria_it_does_not_close(self, ccg, waits, lead):
        row = open_recovery(ccg, lines={waits.pk}, values=WORDS | {"exit_criteria": ""}, by=lead, why="")
        with pytest.raises(ValidationError, match="no exit criteria"):
            close_recovery(row, closed=date(2016, 10, 1), by=lead, why="Met", version=Version.of(row))

    def test_a_closed_one_is_changed_by_nobody_until_it_is_opened_again(self, emergency, lead):
        row = close_recovery(emergency, closed=date(2016, 10, 1), by=lead, why="Met", version=Version.of(emergency))
        for attempt in (
            lambda: add_action(row, values=STEP, by=lead, why=""),
            lambda: set_trajectory(row, [], by=lead, why=""),
            lambda: change_recovery(
                row, values={}, lines=lines_in(row), lines_seen=lines_in(row), by=lead, why="", version=Version.of(row)
            ),
        ):
            with pytest.raises(ValidationError, match="was closed on"):
                attempt()
        reopened = reopen_recovery(row, by=lead, why="November fell back", version=Version.of(row))
        assert reopened.closed is None
        assert add_action(reopened, values=STEP, by=lead, why="").pk


def test_loading_again_changes_nothing_and_keeps_what_a_person_changed(ccg, lead, emergency):
    from django.core.management import call_command

    step = RecoveryAction.objects.get(recovery=emergency, position=1)
    values = {name: getattr(step, name) for name in ("title", "owner", "due", "completed", "note")}
    change_action(step, values=values | {"note": "Seen by me"}, by=lead, why="", version=Version.of(step))
    models = (RecoveryPlan, RecoveryAction, RecoveryMonth, RecoveryReview)
    before = [model.history.count() for model in models]
    call_command("load_plans", verbosity=0)
    assert [model.history.count() for model in models] == before
    step.refresh_from_db()
    assert step.note == "Seen by me"
