"""The pages of the savings room: who may see and type what, what is said, and what it costs."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from finance.actions.savings import SavingChange, record_savings
from finance.models import Scheme, SchemeMonth
from finance.views import entry as views
from opplan.accounts.models import User
from opplan.plans.actions import close_month
from opplan.plans.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[[str], Client]
Person = Callable[[str], User]
ROOM = "/10Q/2016-17/finance/"
LIST, SCHEME, MONTHS = f"{ROOM}schemes/", f"{ROOM}schemes/PC-03/", f"{ROOM}months/"
PCT = "/5QE/2010-11/finance/"
ACTUAL, FORECAST, PLAN = "PC-03_actual_2016-09", "PC-03_forecast_2016-10", "PC-03_plan_2016-10"
SEP = date(2016, 9, 1)


def text(response: Any) -> str:
    return str(response.content.decode())


def boxes(response: Any) -> dict[str, str]:
    """What the form on a page would send."""
    page = text(response)
    found = dict(re.findall(r'<input id="([^"]+)" name="\1" inputmode="decimal" value="([^"]*)"', page))
    found |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    return {name: value.replace("&quot;", '"') for name, value in found.items() if name != "csrfmiddlewaretoken"}


def actual() -> Decimal | None:
    return SchemeMonth.objects.get(scheme__reference="PC-03", month=SEP).actual_saving


# Who may do what -------------------------------------------------------------


@pytest.mark.parametrize("address", [LIST, SCHEME, MONTHS, f"{MONTHS}?programme=UEC"])
def test_a_stranger_is_asked_to_sign_in_and_a_member_of_nothing_is_told_nothing(address: str) -> None:
    assert Client().get(address).status_code == 302
    outsider = Client()
    outsider.force_login(User.objects.create_user("stranger@example.nhs.uk", "x" * 12, name="Stranger"))
    assert outsider.get(address).status_code == 404


@pytest.mark.parametrize(
    ("role", "may_type"),
    [
        ("viewer", set()),
        ("accountable_officer", set()),
        ("commissioner", {"actual", "forecast"}),
        ("analyst", {"plan"}),
        ("finance_lead", {"actual", "forecast", "plan"}),
        ("programme_office", {"actual", "forecast", "plan"}),
        ("administrator", {"actual", "forecast", "plan"}),
    ],
)
@pytest.mark.parametrize("address", [SCHEME, f"{MONTHS}?programme=LTC"])
def test_each_role_gets_the_boxes_that_it_may_type_in(
    sign_in: SignIn, address: str, role: str, may_type: set[str]
) -> None:
    response = sign_in(role).get(address)
    assert response.status_code == 200
    kinds = {name.split("_")[1] for name in boxes(response) if name.startswith("PC-03")}
    assert kinds == may_type
    assert ("Save figures" in text(response)) == bool(may_type)


def test_boxes_are_only_of_open_months_actuals_to_the_month_reported_forecasts_from_it(sign_in: SignIn) -> None:
    found = [name for name in boxes(sign_in("commissioner").get(SCHEME)) if name.startswith("PC-03")]
    assert [name for name in found if "actual_2" in name] == [ACTUAL]
    assert [name[-7:] for name in found if "_forecast_2" in name] == [
        "2016-09", "2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03"
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "accountable_officer"])
def test_who_may_only_read_cannot_send(sign_in: SignIn, role: str) -> None:
    assert sign_in(role).post(SCHEME, {ACTUAL: "44"}).status_code == 404
    assert actual() == 43000


def test_a_commissioner_cannot_forge_a_change_of_the_plan(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    client.post(SCHEME, boxes(client.get(SCHEME)) | {PLAN: "999", "reason": "Mine"})
    row = SchemeMonth.objects.get(scheme__reference="PC-03", month=date(2016, 10, 1))
    assert row.planned_saving == 40000


@pytest.mark.parametrize(
    "address", [f"{LIST}NO-SUCH/", f"{LIST}QP-PC/", f"{MONTHS}?programme=NONE", f"{MONTHS}?initiative=X"]
)
def test_what_is_not_there_is_not_found(sign_in: SignIn, address: str) -> None:
    assert sign_in("administrator").get(address).status_code == 404


# Typing ----------------------------------------------------------------------


def test_a_saved_figure_is_stored_and_told_with_who_and_why(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    sent = boxes(client.get(SCHEME)) | {ACTUAL: "44", "reason": "Late <b>invoice</b>"}
    response = client.post(SCHEME, sent, follow=True)
    assert response.redirect_chain == [(SCHEME, 302)]
    page = text(response)
    assert "Saved: 1 figure." in page
    assert "Late &lt;b&gt;invoice&lt;/b&gt;" in page
    assert "£43,000" in page
    assert "£44,000" in page
    assert actual() == 44000


def test_a_saving_that_moves_a_rating_says_so(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    page = text(client.post(SCHEME, boxes(client.get(SCHEME)) | {ACTUAL: "0"}, follow=True))
    assert "Prescribing switches is now red" in page or "Prescribing switches is now amber" in page


def test_sending_a_page_twice_saves_once(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    sent = boxes(client.get(SCHEME)) | {ACTUAL: "44"}
    client.post(SCHEME, sent)
    assert "Nothing to save" in text(client.post(SCHEME, sent, follow=True))
    assert SchemeMonth.history.filter(scheme__reference="PC-03", history_user__isnull=False).count() == 1


def test_one_bad_cell_saves_nothing_and_loses_nothing(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    response = client.post(SCHEME, boxes(client.get(SCHEME)) | {ACTUAL: "4O", FORECAST: "45", "reason": "Keep me"})
    page = text(response)
    assert "Nothing has been saved: 1 figure needs attention" in page
    assert f'href="#{ACTUAL}"' in page
    assert "did you mean 40?" in page
    assert 'value="4O"' in page
    assert 'value="45"' in page
    assert 'value="Keep me"' in page
    assert "2 cells differ from what is stored" in page
    assert "<title>Error: Prescribing switches" in page
    assert actual() == 43000


def test_a_saving_below_nought_waits_for_its_reason(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    sent = boxes(client.get(SCHEME)) | {ACTUAL: "(5)"}
    page = text(client.post(SCHEME, sent))
    assert "a saving below nought needs a reason" in page
    assert 'href="#reason"' in page
    assert 'value="(5)"' in page
    client.post(SCHEME, sent | {"reason": "Clawed back"})
    assert actual() == -5000


def test_a_month_closed_while_typing_is_refused_and_the_figure_quoted(
    sign_in: SignIn, ccg: Plan, person: Person
) -> None:
    client = sign_in("commissioner")
    sent = boxes(client.get(SCHEME)) | {ACTUAL: "44"}
    close_month(ccg, SEP, by=person("programme_office"))
    page = text(client.post(SCHEME, sent))
    assert "September 2016 is closed, so “44” has not been saved." in page
    assert actual() == 43000


# Two people ------------------------------------------------------------------


def test_the_second_of_two_clients_is_shown_both_values_and_chooses(sign_in: SignIn) -> None:
    mine, other = sign_in("commissioner"), sign_in("finance_lead")
    opened = boxes(mine.get(SCHEME))
    other.post(SCHEME, boxes(other.get(SCHEME)) | {ACTUAL: "46", "reason": "Branded inhaler switch agreed"})
    response = mine.post(SCHEME, opened | {ACTUAL: "44", FORECAST: "50", "reason": "Switches agreed"})
    page = text(response)
    assert "Changed by someone else: Prescribing switches, actual, September" in page
    assert "Finance lead saved it" in page
    assert "“Branded inhaler switch agreed”" in page
    assert "Keep 46" in page
    assert "Use mine, 44" in page
    assert actual() == 46000
    mine.post(SCHEME, boxes(response))
    assert actual() == 46000
    mine.post(SCHEME, boxes(response) | {f"choose {ACTUAL}": "mine", "reason": "Switches agreed"})
    assert actual() == 44000
    assert SchemeMonth.objects.get(scheme__reference="PC-03", month=date(2016, 10, 1)).forecast_saving == 50000


def test_a_save_between_the_check_and_the_write_is_caught(
    sign_in: SignIn, ccg: Plan, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(plan: Plan, changes: list[SavingChange], **how: Any) -> int:
        monkeypatch.undo()
        first = SavingChange("PC-03", SEP, "actual_saving", Decimal(43000), Decimal(46000))
        record_savings(plan, [first], by=person("finance_lead"), why="First")
        return record_savings(plan, changes, **how)

    monkeypatch.setattr(views, "record_savings", overtaken)
    client = sign_in("commissioner")
    page = text(client.post(SCHEME, boxes(client.get(SCHEME)) | {ACTUAL: "44"}))
    assert "Use mine, 44" in page
    assert actual() == 46000


# Pasting ---------------------------------------------------------------------


def test_a_paste_shows_every_change_and_saves_when_it_is_told_to(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    shown = client.post(
        SCHEME, boxes(client.get(SCHEME)) | {"paste": "\tSep\tOct\nPC-03 actual\t44\nForecast\t\t50", "preview": "1"}
    )
    page = text(shown)
    assert "Pasted, not saved: 3 figures would change" in page
    assert actual() == 43000
    client.post(SCHEME, boxes(shown) | {"reason": "Switches agreed"})
    assert actual() == 44000


def test_a_paste_with_a_bad_cell_saves_nothing_and_keeps_the_text(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    pasted = "PC-03 actual\t4O\nPC-99 actual\t1"
    page = text(client.post(SCHEME, boxes(client.get(SCHEME)) | {"paste": pasted, "preview": "1"}))
    assert "there is no row “PC-99 actual”" in page
    assert "did you mean 40?" in page
    assert "PC-99 actual\t1</textarea>" in page
    assert actual() == 43000


def test_text_in_the_paste_box_is_read_whichever_button_is_pressed(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    shown = client.post(SCHEME, boxes(client.get(SCHEME)) | {"paste": "PC-03 actual\t44"})
    assert "Pasted, not saved: 1 figure would change" in text(shown)
    assert actual() == 43000
    assert "PC-03 actual\t44" not in text(shown), "what lies in the boxes would be read again, and never saved"
    client.post(SCHEME, boxes(shown) | {"paste": ""})
    assert actual() == 44000


def test_text_that_does_not_fit_is_kept_and_stops_a_save(sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    line = "PC-03 actual" + "\t1" * 12 + "\t99"
    response = client.post(SCHEME, boxes(client.get(SCHEME)) | {FORECAST: "50", "paste": line})
    page = text(response)
    assert response.status_code == 422
    assert "its thirteenth column holds “99”, after March" in page
    assert f"{line}</textarea>" in page
    assert 'value="50"' in page, "what was typed is kept too"
    assert SchemeMonth.objects.get(scheme__reference="PC-03", month=date(2016, 10, 1)).forecast_saving != 50000


@pytest.mark.parametrize("address", [SCHEME, f"{MONTHS}?programme=LTC"])
def test_a_refused_grid_answers_422_and_one_overtaken_409(
    sign_in: SignIn, person: Person, ccg: Plan, address: str
) -> None:
    client = sign_in("commissioner")
    opened = boxes(client.get(address))
    assert client.post(address, opened | {ACTUAL: "4O"}).status_code == 422
    assert client.post(address, opened | {ACTUAL: "-4"}).status_code == 422, "a saving below nought needs a reason"
    change = SavingChange("PC-03", SEP, "actual_saving", Decimal(43000), Decimal(46000))
    record_savings(ccg, [change], by=person("finance_lead"), why="First")
    assert client.post(address, opened | {ACTUAL: "44"}).status_code == 409
    assert client.get(address).status_code == 200


# By month --------------------------------------------------------------------


def test_a_month_of_many_schemes_is_typed_in_one_go(sign_in: SignIn) -> None:
    client, address = sign_in("commissioner"), f"{MONTHS}?programme=LTC&rows=actual"
    sent = boxes(client.get(address))
    assert {name for name in sent if name != "opened"} == {ACTUAL, "PC-05_actual_2016-09"}
    response = client.post(address, sent | {ACTUAL: "44", "PC-05_actual_2016-09": "45"}, follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert "Saved: 2 figures." in text(response)


def test_totals_say_what_they_leave_out(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(f"{MONTHS}?programme=UEC"))
    assert "September actual holds 1 of 2 schemes" in page
    assert "All 2 schemes" in page


def test_the_months_of_one_initiative_are_the_same_grid(sign_in: SignIn) -> None:
    page = text(sign_in("commissioner").get(f"{MONTHS}?initiative=LTC-SPC"))
    assert ACTUAL in page
    assert "UC-01" not in page


def test_without_a_programme_the_page_offers_those_that_have_schemes(sign_in: SignIn) -> None:
    page = text(sign_in("commissioner").get(MONTHS))
    assert f"{MONTHS}?programme=UEC" in page
    assert "programme=MAT" not in page


# The list --------------------------------------------------------------------


def test_the_list_opens_with_what_has_no_scheme(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(LIST))
    assert "£13.3m of the £22.4m savings requirement still has no scheme" in page
    assert "All 15 schemes shown" in page
    assert "22,400" in page
    assert "illustrative" in page


def test_the_board_and_the_savings_page_word_the_requirement_alike(sign_in: SignIn) -> None:
    for plan in ("/10Q/2016-17/", "/5QE/2010-11/"):
        headings = [
            re.search(r'<h1 class="op-headline">([^<]+)', text(sign_in("viewer").get(address)))
            for address in (plan, f"{plan}finance/schemes/")
        ]
        board, savings = (found[1] for found in headings if found)
        assert board.startswith(f"{savings}, ")


def test_nothing_reported_is_not_nought_delivered(sign_in: SignIn) -> None:
    for address in ("/5QE/2010-11/", f"{PCT}schemes/"):
        page = text(sign_in("viewer").get(address))
        assert "delivered to date not reported" in page
        assert '<td class="op-n"><span class="op-missing">Not reported</span></td><td class="op-n">–</td>' in page
    SchemeMonth.objects.filter(scheme__reference="PC-03").update(actual_saving=0)
    assert "delivered to date £" in text(sign_in("viewer").get("/10Q/2016-17/"))


def test_a_forecast_says_how_much_of_it_is_plan_that_nobody_has_reported_on(sign_in: SignIn) -> None:
    SchemeMonth.objects.filter(scheme__reference="PC-03", month__lte=SEP).update(
        actual_saving=None, forecast_saving=None, planned_saving=41_000
    )
    said = "£246,000 of the forecast stands in for months due and not reported."
    client = sign_in("viewer")
    for address in (LIST, SCHEME, "/10Q/2016-17/", "/10Q/2016-17/initiatives/LTC-SPC/"):
        assert said in text(client.get(address)), address
    page = text(client.get(f"{LIST}?q=PC-03"))
    assert "part not reported</span>" in page
    head, row, *_ = csv.reader(io.StringIO(text(client.get(f"{LIST}?q=PC-03&download=csv")).lstrip("\ufeff")))
    assert row[head.index("Of the forecast, for months due and not reported, £")] == "246000.00"


def test_a_plan_that_costs_more_than_it_saves_shows_saving_investment_and_net(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(f"{PCT}schemes/"))
    assert "£34.7m of savings are planned against £39.2m of investment" in page
    for figure in ("34,688", "39,163", "−4,475"):
        assert figure in page
    assert "illustrative" not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=earmarked", {"CH-01", "EL-09", "UC-05"}),
        ("programme=LTC", {"PC-03", "PC-05"}),
        ("initiative=UEC-AE", {"UC-01"}),
        ("rating=green", {"MH-02", "PC-03"}),
        ("q=planned+care+out", {"EL-04"}),
        ("q=pc-0&rating=red", {"PC-05"}),
    ],
)
def test_the_list_is_narrowed_by_its_address(sign_in: SignIn, query: str, expected: set[str]) -> None:
    page = text(sign_in("viewer").get(f"{LIST}?{query}"))
    assert set(re.findall(rf'{LIST}([A-Z0-9-]+)/"', page)) == expected


def test_a_list_filtered_to_nothing_says_what_was_asked_and_how_to_see_all(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(f"{LIST}?state=earmarked&rating=green&q=%3Cb%3E"))
    assert "No scheme matches “&lt;b&gt;”, state Earmarked and rating Green." in page
    assert f'<a href="{LIST}">Show all 15</a>' in page


@pytest.mark.parametrize(
    "query", ["state=nonsense", "page=99", "page=x", "sort=nonsense", "rating=x&programme=%0B", "per_page=99999"]
)
def test_a_crooked_address_is_no_error(sign_in: SignIn, query: str) -> None:
    assert sign_in("viewer").get(f"{LIST}?{query}").status_code == 200


def test_the_worst_come_first_when_sorted_by_rating(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(f"{LIST}?sort=judgement"))
    found = re.findall(rf'{LIST}([A-Z0-9-]+)/"', page)
    assert found[0] == "UNID"
    assert found.index("UC-01") < found.index("EL-02") < found.index("PC-03")


def downloaded(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_download_holds_what_is_seen_in_its_order_and_adds_up(sign_in: SignIn) -> None:
    response = sign_in("viewer").get(f"{LIST}?download=csv&state=identified&sort=-planned_year")
    rows = downloaded(response)
    assert response["Content-Disposition"].startswith("attachment")
    assert [row["Reference"] for row in rows[:2]] == ["FN-01", "UC-01"]
    assert sum(Decimal(row["Plan for the year, £"]) for row in rows) == 7_000_000
    assert sum(Decimal(row["Saved to date, £"] or 0) for row in rows) == 2_403_000


def test_the_download_runs_no_formula(sign_in: SignIn, ccg: Plan) -> None:
    Scheme.objects.filter(plan=ccg, reference="PC-03").update(title='=HYPERLINK("x")', owner="@SUM(A1)")
    (row,) = [row for row in downloaded(sign_in("viewer").get(f"{LIST}?download=csv")) if row["Reference"] == "PC-03"]
    assert row["Scheme"].startswith("'=")
    assert row["Owner"].startswith("'@")


def test_the_list_is_paged_by_twenty_five_and_its_total_is_of_every_page(sign_in: SignIn, ccg: Plan) -> None:
    for at in range(30):
        scheme = Scheme.objects.create(plan=ccg, reference=f"ZZ-{at:02}", title=f"Made {at}", state="identified")
        SchemeMonth.objects.create(scheme=scheme, month=SEP, planned_saving=1000)
    page = text(sign_in("viewer").get(f"{LIST}?page=2"))
    assert len(re.findall(rf'{LIST}ZZ-\d\d/"', page)) == 20
    assert "22,430" in page


# What it costs ---------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [LIST, SCHEME, f"{LIST}UNID/", MONTHS, f"{MONTHS}?programme=LTC", f"{MONTHS}?programme=FIN",
     f"{PCT}schemes/", f"{PCT}schemes/QP-PC/", f"{PCT}months/?programme=CI", f"{PCT}months/?programme=CI&page=3"],
)  # fmt: skip
def test_a_page_stays_under_a_hundred_kilobytes(sign_in: SignIn, address: str) -> None:
    response = sign_in("administrator").get(address)
    assert response.status_code == 200
    assert len(response.content) < 100_000


@pytest.mark.parametrize("address", [LIST, SCHEME, f"{MONTHS}?programme=LTC"])
def test_a_page_asks_the_same_of_the_database_however_many_schemes(
    sign_in: SignIn, ccg: Plan, address: str, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("administrator")
    with django_assert_max_num_queries(20) as few:
        client.get(address)
    initiative = Scheme.objects.get(plan=ccg, reference="PC-03").initiative_id
    for at in range(20):
        scheme = Scheme.objects.create(
            plan=ccg, reference=f"ZZ-{at:02}", title=f"Made {at}", state="identified", initiative_id=initiative
        )
        SchemeMonth.objects.create(scheme=scheme, month=SEP, planned_saving=1000, actual_saving=900)
    with django_assert_max_num_queries(len(few)):
        client.get(address)


def test_the_month_in_the_address_is_the_month_shown(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(f"{LIST}?month=2016-06"))
    assert "month 3" in page
    assert 'name="month" value="2016-06"' in page


def test_a_plan_without_schemes_says_what_that_means(sign_in: SignIn, ccg: Plan) -> None:
    SchemeMonth.objects.filter(scheme__plan=ccg).delete()
    Scheme.objects.filter(plan=ccg).delete()
    page = text(sign_in("commissioner").get(LIST))
    assert "£22.4m of the £22.4m savings requirement still has no scheme" in page
    assert "No schemes yet: all of the £22.4m requirement is without one." in page
