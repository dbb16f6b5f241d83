"""Weekly counts and delayed days are typed by those who may, never overwritten silently, and closed months refuse."""

import html as markup
import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from activity.actions.delays import DelayChange, DelaysChanged, record_delays, record_week
from activity.actions.readings import ReasonNeeded
from activity.models import Delay, Line, WeeklyCount
from activity.queries import last_change
from activity.queries.delays import delay_history
from opplan.plans.actions import MonthClosed, close_month, reopen_month
from opplan.plans.versions import Conflict, Version

pytestmark = pytest.mark.django_db
ROOM = "/10Q/2016-17/activity/delays/"
WEEK, DAYS = ROOM + "weeks/2016-09-29/", ROOM + "days/"
SEPTEMBER, THURSDAY = date(2016, 9, 1), date(2016, 9, 29)
MAY_RECORD = {"commissioner", "programme_office", "analyst", "administrator"}
MAY_PLAN = {"programme_office", "analyst", "finance_lead", "administrator"}
ROLES = sorted(MAY_RECORD | MAY_PLAN | {"viewer", "accountable_officer"})


def version_in(page):
    return re.search(r'name="version" value="(\d*)"', page)[1]


def week(day=THURSDAY):
    return WeeklyCount.objects.get(line__reference="DTOC.5", line__plan__year="2016-17", day=day)


def stored(cut="reason", category="C", month=SEPTEMBER, place="608"):
    row = Delay.objects.filter(plan__year="2016-17", place=place, period=month, cut=cut, **{cut: category}).first()
    return None if row is None else row.days


def boxes(page):
    """The boxes of the grid, with what stands in them."""
    return dict(re.findall(r'<input id="([a-z]+_\w+_\d{4}-\d{2})"[^>]* value="([^"]*)"', page))


def form_of(page):
    """The grid's form as a browser would send it back untouched."""
    opened = markup.unescape(re.search(r'name="opened" value="([^"]*)"', page)[1])
    return {"opened": opened, **boxes(page), "why": ""}


@pytest.fixture
def line(ccg):
    return Line.objects.select_related("plan").get(plan=ccg, reference="DTOC.5")


@pytest.fixture
def opened(sign_in):
    def page(role, address):
        client = sign_in(role)
        return client, client.get(address).content.decode()

    return page


class TestTheWeek:
    @pytest.mark.parametrize("role", ROLES)
    def test_it_offers_the_boxes_that_the_person_may_change(self, opened, role):
        _, page = opened(role, WEEK)
        assert ('name="actual"' in page) == (role in MAY_RECORD)
        assert ('name="planned"' in page) == (role in MAY_PLAN)

    def test_a_count_is_saved_with_who_and_when(self, opened):
        client, page = opened("commissioner", WEEK)
        answer = client.post(WEEK, {"actual": "138", "version": version_in(page), "why": "Recount"})
        assert answer.status_code == 302
        row = week()
        assert (row.actual, row.planned, row.basis, row.source) == (138, 102, "entered", "Entered by Urgent care lead")
        entry = row.history.latest()
        assert (entry.history_user.name, entry.history_change_reason) == ("Urgent care lead", "Recount")
        assert "138 patients delayed" in client.get(WEEK).content.decode()

    def test_a_new_day_is_entered_through_the_list(self, opened):
        client, _ = opened("programme_office", ROOM + "weeks/")
        answer = client.get(ROOM + "weeks/", {"day": "6 Oct 2016"})
        assert answer["Location"] == ROOM + "weeks/2016-10-06/"
        assert client.post(answer["Location"], {"actual": "151", "planned": "100.7", "version": ""}).status_code == 302
        assert week(date(2016, 10, 6)).actual == 151

    def test_a_day_without_trajectory_may_be_counted(self, opened):
        client, _ = opened("commissioner", ROOM + "weeks/2016-09-30/")
        assert client.post(ROOM + "weeks/2016-09-30/", {"actual": "0", "version": ""}).status_code == 302
        assert (week(date(2016, 9, 30)).actual, week(date(2016, 9, 30)).planned) == (0, None)

    def test_what_cannot_be_a_day_is_said_beside_the_box(self, opened):
        client, _ = opened("commissioner", ROOM + "weeks/")
        answer = client.get(ROOM + "weeks/", {"day": "someday"})
        assert answer.status_code == 422
        assert "“someday” is not a date" in answer.content.decode()

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("many", "is not a number"),
            ("-4", "below nought"),
            ("12.5", "too many decimals"),
            ("1e3", "is not a number"),
        ],
    )
    def test_what_cannot_be_a_count_is_refused_with_what_was_typed(self, opened, typed, said):
        client, page = opened("commissioner", WEEK)
        answer = client.post(WEEK, {"actual": typed, "version": version_in(page)})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert week().actual == 146

    def test_two_people_typing_the_same_count_are_shown_both_and_choose(self, opened, line, person):
        client, page = opened("commissioner", WEEK)
        record_week(
            line, THURSDAY, {"actual": Decimal(150)}, by=person("analyst"), why="Late ward", version=Version.of(week())
        )
        answer = client.post(WEEK, {"actual": "138", "version": version_in(page)})
        shown = answer.content.decode()
        assert answer.status_code == 409
        assert "Planning analyst" in shown
        assert week().actual == 150
        choose = re.search(r'name="choose" value="(mine \d+)"', shown)[1]
        client.post(WEEK, {"actual": "138", "version": version_in(shown), "choose": choose})
        assert week().actual == 138

    def test_one_person_s_count_and_another_s_trajectory_are_merged(self, line, person):
        before = Version.of(week())
        record_week(line, THURSDAY, {"planned": Decimal(100)}, by=person("analyst"), why="", version=before)
        record_week(line, THURSDAY, {"actual": Decimal(140)}, by=person("commissioner"), why="", version=before)
        assert (week().actual, week().planned) == (140, 100)

    def test_the_same_count_again_leaves_no_trace(self, line, person):
        entries = week().history.count()
        record_week(line, THURSDAY, {"actual": Decimal(146)}, by=person("analyst"), why="", version=Version.of(week()))
        assert week().history.count() == entries

    def test_a_conflict_names_both(self, line, person):
        before = Version.of(week())
        record_week(line, THURSDAY, {"actual": Decimal(150)}, by=person("analyst"), why="", version=before)
        with pytest.raises(Conflict):
            record_week(line, THURSDAY, {"actual": Decimal(151)}, by=person("commissioner"), why="", version=before)

    def test_a_closed_month_refuses(self, line, person, opened):
        with pytest.raises(MonthClosed):
            record_week(
                line,
                date(2016, 8, 25),
                {"actual": Decimal(1)},
                by=person("commissioner"),
                why="",
                version=Version(None),
            )
        client, page = opened("commissioner", ROOM + "weeks/2016-08-25/")
        assert "August 2016 is closed" in page
        assert 'name="actual"' not in page
        answer = client.post(ROOM + "weeks/2016-08-25/", {"actual": "1", "version": ""})
        assert answer.status_code == 422
        assert week(date(2016, 8, 25)).actual == 133

    def test_a_reopened_month_takes_it(self, ccg, line, person):
        reopen_month(ccg, date(2016, 8, 1), by=person("programme_office"), why="Late count")
        row = week(date(2016, 8, 25))
        record_week(line, row.day, {"actual": Decimal(134)}, by=person("analyst"), why="", version=Version.of(row))
        assert week(row.day).actual == 134

    def test_a_published_count_is_changed_only_with_a_reason(self, line, person):
        row = week()
        WeeklyCount.objects.filter(pk=row.pk).update(basis="published")
        change = {"by": person("analyst"), "version": Version.of(row)}
        with pytest.raises(ValidationError, match="Say why the published count"):
            record_week(line, THURSDAY, {"actual": Decimal(140)}, why=" ", **change)
        record_week(line, THURSDAY, {"actual": Decimal(140)}, why="Republished", **change)
        assert week().actual == 140

    @pytest.mark.parametrize("day", ["2015-03-12", "2018-04-05"])
    def test_a_day_outside_the_year_is_refused(self, line, person, day):
        with pytest.raises(ValidationError, match="is not a day of"):
            record_week(
                line,
                date.fromisoformat(day),
                {"actual": Decimal(1)},
                by=person("analyst"),
                why="",
                version=Version(None),
            )

    def test_whoever_may_not_enter_changes_nothing(self, opened):
        client, page = opened("viewer", WEEK)
        assert "Save the count" not in page
        assert client.post(WEEK, {"actual": "1", "version": ""}).status_code == 404
        assert client.get(ROOM + "weeks/2016-09-30/").status_code == 404
        assert week().actual == 146

    def test_a_trajectory_is_not_changed_by_whoever_may_only_count(self, opened):
        client, page = opened("commissioner", WEEK)
        client.post(WEEK, {"actual": "146", "planned": "1", "version": version_in(page)})
        assert week().planned == 102

    def test_a_plan_without_a_weekly_count_has_no_such_page(self, sign_in):
        client = sign_in("administrator")
        assert client.get("/5QE/2010-11/activity/delays/weeks/").status_code == 404
        assert client.get(ROOM + "weeks/tomorrow/").status_code == 404


class TestTheDays:
    def change(self, value, was=1243, category="C", month=SEPTEMBER):
        return DelayChange("reason", category, month, None if was is None else Decimal(was), value)

    def test_boxes_stand_in_the_open_month_alone_for_those_who_may(self, opened):
        _, page = opened("commissioner", DAYS)
        assert len(boxes(page)) == 15
        assert {name[-7:] for name in boxes(page)} == {"2016-09"}
        _, page = opened("viewer", DAYS)
        assert boxes(page) == {}
        assert "1,243" in page

    def test_figures_are_saved_with_who_and_why_and_the_official_one_stays(self, opened, ccg):
        client, page = opened("analyst", DAYS)
        data = form_of(page) | {"reason_C_2016-09": "1,250", "reason_E_2016-09": "1350", "why": "Revised file"}
        assert client.post(DAYS, data).status_code == 302
        assert (stored(), stored(category="E")) == (1250, 1350)
        [one, other] = delay_history(ccg, "608")[:2]
        assert {one.key, other.key} == {"reason C", "reason E"}
        assert (one.who, one.why) == ("Planning analyst", "Revised file")
        page = client.get(DAYS).content.decode()
        assert "Revised file" in page
        assert "4,209" in page

    def test_a_published_figure_is_changed_only_with_a_reason(self, opened):
        client, page = opened("analyst", DAYS)
        answer = client.post(DAYS, form_of(page) | {"reason_C_2016-09": "1"})
        assert answer.status_code == 422
        assert "Say why the published figure of September 2016 is changed." in answer.content.decode()
        assert stored() == 1243

    def test_a_bad_cell_saves_nothing(self, opened):
        client, page = opened("analyst", DAYS)
        data = form_of(page) | {"reason_C_2016-09": "12,50", "reason_E_2016-09": "1", "why": "x"}
        answer = client.post(DAYS, data)
        assert answer.status_code == 422
        assert "Commas mark thousands" in answer.content.decode()
        assert stored(category="E") == 1357

    def test_two_people_in_one_cell_are_shown_both(self, opened, ccg, person):
        client, page = opened("commissioner", DAYS)
        record_delays(ccg, "608", [self.change(Decimal(1300))], by=person("analyst"), why="Revised")
        data = form_of(page) | {"reason_C_2016-09": "1200", "why": "Mine"}
        answer = client.post(DAYS, data)
        shown = answer.content.decode()
        assert answer.status_code == 409
        assert "Planning analyst saved it at" in shown
        assert stored() == 1300
        mine = data | {"seen reason_C_2016-09": "1300", "choose reason_C_2016-09": "mine"}
        assert client.post(DAYS, mine).status_code == 302
        assert stored() == 1200

    def test_a_figure_that_is_no_longer_what_was_seen_is_refused(self, ccg, person):
        with pytest.raises(DelaysChanged):
            record_delays(ccg, "608", [self.change(Decimal(1), was=999)], by=person("analyst"), why="x")

    def test_an_emptied_cell_is_not_held_any_more_and_its_history_is(self, ccg, person):
        record_delays(ccg, "608", [self.change(None)], by=person("analyst"), why="Withdrawn")
        assert stored() is None
        last = delay_history(ccg, "608")[0]
        assert (last.was, last.now, last.who, last.why) == (1243, None, "Planning analyst", "Withdrawn")

    def test_a_new_category_is_entered_and_so_is_nought(self, ccg, person):
        added = DelayChange("reason", "O", SEPTEMBER, None, Decimal(0))
        assert record_delays(ccg, "608", [added], by=person("analyst"), why="") == 1
        assert stored(category="O") == 0

    def test_a_closed_month_and_a_month_to_come_refuse(self, ccg, person):
        by = person("analyst")
        with pytest.raises(MonthClosed):
            record_delays(ccg, "608", [self.change(Decimal(1), month=date(2016, 8, 1))], by=by, why="x")
        with pytest.raises(ValidationError, match="not due yet"):
            record_delays(ccg, "608", [self.change(Decimal(1), month=date(2016, 10, 1))], by=by, why="x")

    def test_when_the_month_closes_the_boxes_go_and_what_was_typed_is_not_lost_silently(self, opened, ccg, person):
        client, page = opened("commissioner", DAYS)
        close_month(ccg, SEPTEMBER, by=person("finance_lead"), why="")
        answer = client.post(DAYS, form_of(page) | {"reason_C_2016-09": "7", "why": "x"})
        assert answer.status_code == 422
        assert "September 2016 is closed, so “7” has not been saved." in answer.content.decode()

    def test_rows_crossed_by_all_three_cuts_are_not_typed_over(self, opened, ccg, person):
        Delay.objects.create(
            plan=ccg, place="RTH", period=SEPTEMBER, cut="all", care="acute", body="nhs", reason="C", days=30
        )
        _, page = opened("commissioner", DAYS + "?place=RTH")
        assert boxes(page) == {}
        with pytest.raises(ValidationError, match="load it again"):
            record_delays(ccg, "RTH", [self.change(Decimal(1), was=None)], by=person("analyst"), why="x")

    def test_a_block_of_excel_is_shown_before_it_is_saved(self, opened):
        client, page = opened("analyst", DAYS)
        answer = client.post(DAYS, form_of(page) | {"paste": "reason C\t1260", "preview": "1"})
        shown = answer.content.decode()
        assert "Pasted, not saved: 1 figure would change" in shown
        assert stored() == 1243

    def test_a_reason_off_the_list_has_a_row_under_its_words(self, opened, ccg):
        Delay.objects.create(
            plan=ccg, place="608", period=SEPTEMBER, cut="reason", reason="unmapped: Awaiting transport", days=12
        )
        _, page = opened("viewer", DAYS)
        assert "Awaiting transport, not on the national list" in page

    def test_whoever_may_not_record_is_told_that_there_is_no_such_page(self, opened):
        client, _ = opened("finance_lead", DAYS)
        assert client.post(DAYS, {"why": "x"}).status_code == 404

    def test_a_place_that_holds_nothing_is_not_a_page(self, sign_in):
        assert sign_in("viewer").get(DAYS + "?place=XXX").status_code == 404

    def test_a_reason_is_asked_of_the_action_too(self, ccg, person):
        with pytest.raises(ReasonNeeded):
            record_delays(ccg, "608", [self.change(Decimal(1))], by=person("analyst"), why="  ")


@pytest.mark.parametrize("address", [ROOM + "weeks/", WEEK, DAYS])
def test_the_pages_of_entry_are_small(sign_in, address, django_assert_max_num_queries):
    client = sign_in("administrator")
    with django_assert_max_num_queries(16):
        answer = client.get(address)
    assert len(answer.content) < 100_000


def test_the_form_carries_what_it_was_opened_with(opened):
    _, page = opened("commissioner", DAYS)
    assert json.loads(form_of(page)["opened"])["reason_C_2016-09"] == "1243"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            DAYS,
            "4,209 delayed days in September 2016, the last month held: residents of the area of Oxfordshire County Council",
        ),
        (
            DAYS + "?place=RTH",
            "30 delayed days in September 2016, the last month held: patients in the beds of Oxford University",
        ),
        (
            "/5QE/2010-11/activity/delays/days/",
            "No delayed days of residents of the area of Oxfordshire County Council are held for this year",
        ),
    ],
)
def test_the_page_says_whose_delays_they_are(sign_in, ccg, address, words):
    Delay.objects.create(plan=ccg, place="RTH", period=SEPTEMBER, cut="reason", reason="C", days=30)
    Delay.objects.filter(plan=ccg, place="608", period__gt=SEPTEMBER).delete()
    html = sign_in("viewer").get(address).content.decode()
    assert words in html
    assert "A local authority counts its residents" in html


class TestWhenTheRoomLastChanged:
    def test_an_edit_of_delayed_days_counts(self, ccg, person):
        change = DelayChange("reason", "C", SEPTEMBER, Decimal(1243), Decimal(1250))
        record_delays(ccg, "608", [change], by=person("analyst"), why="Revised days")
        assert last_change(ccg).why == "Revised days"

    def test_an_edit_of_a_weekly_count_counts(self, ccg, line, person):
        version = Version.of(week())
        record_week(line, THURSDAY, {"actual": Decimal(140)}, by=person("analyst"), why="Recounted", version=version)
        assert (last_change(ccg).why, last_change(ccg).by) == ("Recounted", "Planning analyst")
