"""One month of many schemes in one go: typed, pasted, refused by cell, and never over what somebody else saved."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from finance.actions.savings import SavingChange, StatusChange, record_savings
from finance.models import Scheme, SchemeMonth
from finance.queries import savings_history
from opplan.accounts.models import User
from opplan.plans.actions import close_month
from opplan.plans.models import Plan
from tests.finance.test_pages import boxes, text

pytestmark = pytest.mark.django_db
SEP, OCT = date(2016, 9, 1), date(2016, 10, 1)
ROOM = "/10Q/2016-17/finance/"
LTC, PAGE = f"{ROOM}month/?programme=LTC", f"{ROOM}schemes/PC-03/"
ACTUAL, STATUS, FORECAST = "PC-03_actual_2016-09", "PC-03_status_2016-09", "PC-03_forecast_2016-09"
OTHER, OTHER_STATUS = "PC-05_actual_2016-09", "PC-05_status_2016-09"
SignIn = Callable[[str], Client]
Person = Callable[[str], User]


def row(reference: str = "PC-03", month: date = SEP) -> SchemeMonth:
    return SchemeMonth.objects.get(scheme__plan__year="2016-17", scheme__reference=reference, month=month)


def pasted(client: Client, block: str, address: str = LTC) -> Any:
    return client.post(address, boxes(client.get(address)) | {"paste": block, "preview": "1"})


# Typing -----------------------------------------------------------------------


def test_a_month_of_a_programme_is_typed_in_one_go(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    sent = boxes(client.get(LTC)) | {ACTUAL: "44", STATUS: "flex", OTHER: "45", OTHER_STATUS: "est"}
    page = text(client.post(LTC, sent, follow=True))
    assert "Saved: 4 figures." in page
    assert (row().actual_saving, row().status) == (44_000, "flex")
    assert (row("PC-05").actual_saving, row("PC-05").status) == (45_000, "estimate")


def test_every_actual_of_the_month_is_marked_at_once_except_where_a_row_says_otherwise(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    sent = boxes(client.get(LTC)) | {OTHER: "45", OTHER_STATUS: "estimate", "firmness": "flex"}
    client.post(LTC, sent)
    assert (row().status, row("PC-05").status) == ("flex", "estimate")


def test_the_month_in_the_address_is_the_month_typed_and_forecasts_are_from_now_on(sign_in: SignIn) -> None:
    names = set(boxes(sign_in("commissioner").get(f"{LTC}&month=2016-10"))) - {"opened"}
    assert names == {"PC-03_forecast_2016-10", "PC-05_forecast_2016-10"}
    assert not set(boxes(sign_in("commissioner").get(f"{LTC}&month=2016-06"))) - {"opened"}


def test_a_reader_sees_the_month_and_types_nothing(sign_in: SignIn) -> None:
    page = sign_in("viewer").get(LTC)
    assert "Save figures" not in text(page)
    assert sign_in("viewer").post(LTC, {ACTUAL: "44"}).status_code == 404


def test_without_a_programme_every_scheme_that_somebody_delivers_is_there(sign_in: SignIn) -> None:
    page = text(sign_in("commissioner").get(f"{ROOM}month/"))
    assert "UC-01_actual_2016-09" in page
    assert "UNID_" not in page
    assert sign_in("commissioner").get(f"{ROOM}month/?programme=NONE").status_code == 404
    assert sign_in("commissioner").get(f"{ROOM}month/?month=2017-04").status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({ACTUAL: "4O"}, "Prescribing switches, actual, September: “4O” is not a number. It holds the letter O; did you mean 40?"),
        ({ACTUAL: "1e308"}, "“1e308” is not a number"),
        ({ACTUAL: "-5"}, "a saving below nought needs a reason"),
        ({ACTUAL: "43000"}, "more than 10 times the largest month planned"),
        ({ACTUAL: "4\x003"}, "is not a number"),
        ({STATUS: "flx"}, "status of the actual, September: “flx” is none of final, flex and estimate."),
        ({STATUS: "f"}, "“f” is none of final, flex and estimate."),
        (
            {OTHER: "", "PC-05_actual_investment_2016-09": "", OTHER_STATUS: "flex", "reason": "Trying"},
            "has no actual, so it cannot be flex",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_cell_and_nothing_typed_is_lost(
    sign_in: SignIn, typed: dict[str, str], said: str
) -> None:
    client = sign_in("commissioner")
    response = client.post(LTC, boxes(client.get(LTC)) | {FORECAST: "41"} | typed)
    page = text(response)
    assert response.status_code == 422
    assert said in page
    for value in typed.values():
        assert f'value="{value}"' in page
    assert 'value="41"' in page
    assert (row().actual_saving, row().forecast_saving, row().status) == (43_000, 42_000, "")


def test_a_figure_saved_meanwhile_is_a_conflict_of_its_cell(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    client = sign_in("commissioner")
    opened = boxes(client.get(LTC))
    first = SavingChange("PC-03", SEP, "actual_saving", Decimal(43_000), Decimal(46_000))
    marked = StatusChange("PC-03", SEP, "", "final")
    record_savings(ccg, [first], statuses=[marked], by=person("finance_lead"), why="First")
    response = client.post(LTC, opened | {ACTUAL: "44", STATUS: "flex", OTHER: "45"})
    page = text(response)
    assert response.status_code == 409
    assert "Use mine, 44" in page
    assert "Keep final" in page
    assert 'value="45"' in page
    assert row("PC-05").actual_saving != 45_000


# Pasting ----------------------------------------------------------------------


def test_a_block_of_references_and_figures_shows_each_change_and_saves_when_told_to(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    shown = pasted(client, "PC-03\t44\t\t\tflex\r\npc-05\t45")
    assert "Pasted, not saved: 3 figures would change" in text(shown)
    assert row().actual_saving == 43_000
    client.post(LTC, boxes(shown) | {STATUS: "flex"})
    assert (row().actual_saving, row().status, row().actual_investment) == (44_000, "flex", 0)
    assert row("PC-05").actual_saving == 45_000


@pytest.mark.parametrize(
    "block",
    [
        "Reference\tStatus\tActual saving\nPC-03\tPrescribing switches\tflex\t44",
        "Reference\tScheme\tStatus\tActual saving\nPC-03\tSwitches, as our sheet calls them\tflex\t44",
    ],
)
def test_headings_name_the_columns_and_titles_may_stand_after_references(sign_in: SignIn, block: str) -> None:
    page = text(pasted(sign_in("finance_lead"), block))
    assert "Pasted, not saved: 2 figures would change" in page


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("PC-99\t1", "Pasted line 1: there is no scheme “PC-99” here."),
        ("PC-03\t1\t2\t3\tflex\t5\t6", "Pasted line 1: “PC-03” has 6 figures; there are 4: actual saving"),
        ("PC-03\t1\nPC-03\t2", "Pasted line 2: “PC-03” was pasted before."),
        ("Reference\tColour\nPC-03\t1", "The heading “Colour” is none of"),
        ("Reference\tActual\tSaving\nPC-03\t1\t2", "The heading names “Saving” twice."),
        ("UC-01\t1", "there is no scheme “UC-01” here"),
        (" \n", "Nothing was pasted."),
    ],
)
def test_a_paste_that_does_not_fit_is_refused_by_line_and_kept(sign_in: SignIn, block: str, said: str) -> None:
    response = pasted(sign_in("finance_lead"), block)
    page = text(response)
    assert response.status_code == 422
    assert said in page
    if block.strip():
        assert block.splitlines()[-1] in page.replace("\r", "")
    assert row().actual_saving == 43_000


def test_a_bad_cell_of_a_paste_stays_in_its_box_with_the_rest(sign_in: SignIn) -> None:
    response = pasted(sign_in("finance_lead"), "PC-03\t4O\nPC-05\t45")
    assert response.status_code == 422
    assert "Prescribing switches, actual, September: “4O” is not a number" in text(response)
    assert 'value="4O"' in text(response)
    assert 'value="45"' in text(response)


def test_a_cell_mended_after_a_paste_is_shown_again_before_anything_is_saved(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    refused = pasted(client, "PC-03\t4O\nPC-05\t45")
    shown = client.post(LTC, boxes(refused) | {ACTUAL: "44", "paste": "", "preview": "1"})
    page = text(shown)
    assert shown.status_code == 200
    assert "Pasted, not saved: 2 figures would change" in page
    assert "Nothing was pasted" not in page
    assert row().actual_saving == 43_000


def test_a_pasted_actual_of_a_month_that_has_not_come_is_left_out_and_named(sign_in: SignIn) -> None:
    response = pasted(sign_in("finance_lead"), "PC-03\t44", f"{LTC}&month=2016-10")
    assert "“44” cannot be the actual of October 2016; left out." in text(response)


# How firm an actual is ----------------------------------------------------------


def test_how_firm_an_actual_is_stands_in_the_grid_the_chart_the_download_and_the_history(
    sign_in: SignIn, ccg: Plan, person: Person
) -> None:
    record_savings(
        ccg, [], statuses=[StatusChange("PC-03", SEP, "", "flex")], by=person("finance_lead"), why="Frozen later"
    )
    page = text(sign_in("viewer").get(PAGE))
    assert '<span class="op-status">flex</span>' in page
    assert "running total of the year; flex: Sep 2016" in page
    assert '<th scope="row">Actual is</th>' in page
    assert "Status of the actual, September" in page
    for asked in ("programme=LTC", "scheme=PC-03"):
        assert ",flex," in sign_in("viewer").get(f"{ROOM}months/?{asked}&download=csv").content.decode()
    assert sign_in("viewer").get(f"{ROOM}months/?scheme=PC-99").status_code == 404
    assert "scheme=PC-03&amp;download=csv" in page
    (entry,) = savings_history(ccg, [row().scheme_id])
    assert (entry.figure, entry.was, entry.now, entry.why) == ("status", "", "flex", "Frozen later")
    assert row().basis == "illustrative", "to say how firm a figure is does not make it anybody's own"


def test_a_status_goes_with_its_actual(ccg: Plan, person: Person) -> None:
    by = person("finance_lead")
    record_savings(ccg, [], statuses=[StatusChange("PC-03", SEP, "", "final")], by=by, why="")
    taken = SavingChange("PC-03", SEP, "actual_saving", Decimal(43_000), None)
    left = SavingChange("PC-03", SEP, "actual_investment", Decimal(0), None)
    record_savings(ccg, [taken, left], by=by, why="Wrong month")
    assert row().status == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (StatusChange("PC-03", OCT, "", "final"), "has no actual, so it cannot be final"),
        (StatusChange("PC-03", SEP, "", "maybe"), "final, flex or an estimate, not “maybe”"),
        (StatusChange("PC-03", date(2017, 4, 1), "", "final"), "is not a month of"),
    ],
)
def test_a_status_that_cannot_be_is_refused(ccg: Plan, person: Person, change: StatusChange, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        record_savings(ccg, [], statuses=[change], by=person("finance_lead"), why="Trying")


def test_a_closed_month_takes_no_status(ccg: Plan, person: Person) -> None:
    close_month(ccg, SEP, by=person("programme_office"))
    with pytest.raises(ValidationError):
        record_savings(ccg, [], statuses=[StatusChange("PC-03", SEP, "", "final")], by=person("finance_lead"), why="")


# What it costs ------------------------------------------------------------------


def test_sixty_schemes_stay_under_a_hundred_kilobytes_and_ask_no_more_of_the_database(
    sign_in: SignIn, ccg: Plan, django_assert_max_num_queries: Any
) -> None:
    client, address = sign_in("administrator"), f"{ROOM}month/"
    with django_assert_max_num_queries(20) as few:
        client.get(address)
    initiative = Scheme.objects.get(plan=ccg, reference="PC-03").initiative_id
    for at in range(60):
        scheme = Scheme.objects.create(
            plan=ccg, reference=f"ZZ-{at:02}", title=f"A scheme with a title of usual length, {at}", state="identified",
            stage="identified", owner="Urgent care lead", initiative_id=initiative,
        )  # fmt: skip
        SchemeMonth.objects.create(scheme=scheme, month=SEP, planned_saving=41_000, actual_saving=40_500)
    with django_assert_max_num_queries(len(few)):
        response = client.get(address)
    assert text(response).count('_actual_2016-09" name') == 60
    assert len(response.content) < 100_000
