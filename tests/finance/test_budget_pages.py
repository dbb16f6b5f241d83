"""The pages of the financial plan: what they say, who may change them, and what is refused with nothing lost."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from finance.models import BudgetAmount, BudgetLine, BudgetMonth
from opplan.plans.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.once]

D = Decimal
PLAN = "/10Q/2016-17/finance/plan/"
LINE = f"{PLAN}lines/PG-04/"


def opened(client: Client, page: str = LINE) -> str:
    return client.get(page).context["entry"].grid.opened()


def text_of(client: Client, page: str) -> str:
    return client.get(page).content.decode()


def test_the_plan_page_opens_with_the_surplus_forecast_beside_the_one_planned(
    sign_in: Callable[[str], Client],
) -> None:
    text = text_of(sign_in("viewer"), PLAN)
    assert "The year is forecast to end with a surplus of £2.4m, £6.2m below the £8.5m planned" in text
    assert "September 2016 is not reported yet." in text
    assert "£6.2m below the surplus planned; red where it is below" in text
    assert "That is the whole savings requirement." in text


def test_the_rating_of_the_plan_is_followed_by_its_own_reason(sign_in: Callable[[str], Client]) -> None:
    lead = text_of(sign_in("viewer"), PLAN).partition('<p class="op-lead">')[2].partition("</p>")[0]
    rated, _, said = lead.partition("£6.2m below the surplus planned; red where it is below. ")
    assert "Red" in rated
    assert "£209,000 above budget" in said
    assert "“Savings still to be found” alone is forecast £10.4m worse than planned." in said


@pytest.mark.parametrize("page", ["", "underlying/", "bridge/", "lines/PG-01/", "document/"])
def test_each_page_is_read_in_a_few_queries_and_is_light(
    page: str, sign_in: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = sign_in("viewer")
    with django_assert_max_num_queries(12):
        answer = client.get(f"{PLAN}{page}")
    assert answer.status_code == 200
    assert len(answer.content) < 100_000


def test_more_lines_take_no_more_queries(
    ccg: Plan, sign_in: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    for at in range(30):
        line = BudgetLine.objects.create(
            plan=ccg, reference=f"XX-{at}", statement="plan", kind="programme", section="Acute", title=f"Extra {at}"
        )
        BudgetAmount.objects.create(line=line, column="2016-17", amount=1000)
        BudgetMonth.objects.create(line=line, month=date(2016, 4, 1), budget=1000)
    client = sign_in("viewer")
    with django_assert_max_num_queries(12):
        assert client.get(PLAN).status_code == 200


def test_the_underlying_page_says_what_the_surplus_rests_on_and_which_lines_end_too_high(
    sign_in: Callable[[str], Client],
) -> None:
    text = text_of(sign_in("viewer"), f"{PLAN}underlying/")
    assert "a surplus of £19.5m that recurs, beside a surplus of £8.5m in the year" in text
    assert "£13.3m of savings in that spending has no scheme yet" in text
    assert "leave the year above what 2017/18 holds for them: Oxford University Hospitals" in text


def test_a_plan_that_gives_no_years_says_so(sign_in: Callable[[str], Client]) -> None:
    text = text_of(sign_in("viewer"), "/5QE/2010-11/finance/plan/underlying/")
    assert "No underlying position can be told" in text


def test_the_document_page_gives_both_figures_of_growth(sign_in: Callable[[str], Client]) -> None:
    text = text_of(sign_in("viewer"), f"{PLAN}document/")
    assert "£49.5m (7.3%) in 2016/17, or by £49.7m: the document gives both" in text


@pytest.mark.parametrize("page", ["", "underlying/", "bridge/"])
def test_each_statement_is_downloaded_in_full_pounds(page: str, sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("viewer").get(f"{PLAN}{page}?download=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "318000000" in answer.content.decode() or "691801000" in answer.content.decode()


def test_the_finance_lead_types_the_month_and_it_is_stored_in_pounds(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("finance_lead")
    sent = {"opened": opened(client), "actual_2016-09": "5,150.5", "reason": "Ledger of month 6"}
    assert client.post(LINE, sent).status_code == 302
    assert BudgetMonth.objects.get(line__reference="PG-04", month=date(2016, 9, 1)).actual == D(5_150_500)
    assert "Ledger of month 6" in text_of(client, LINE)


def test_a_block_from_excel_is_shown_before_it_is_saved(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("finance_lead")
    pasted = "forecast\t\t\t\t\t\t5200\t5200\t5200\t5200\t5200\t5200\t5200"
    answer = client.post(LINE, {"opened": opened(client), "paste": pasted, "preview": "1"})
    assert "Pasted, not saved: 7 figures would change" in answer.content.decode()
    assert BudgetMonth.objects.filter(line__reference="PG-04", forecast=5_200_000).count() == 0


@pytest.mark.parametrize(
    ("cell", "typed", "said"),
    [
        ("actual_2016-09", "5l50", "did you mean 5150"),
        ("actual_2016-09", "1e308", "is not a number"),
        ("forecast_2016-12", "9" * 12, "is too large"),
        ("budget_2016-10", "5000", "needs a reason"),
        ("actual_2016-09", "-5", "needs a reason"),
        ("actual_2016-09", "5\x00", "is not a number"),
    ],
)
def test_a_bad_figure_is_refused_in_its_cell_and_nothing_typed_is_lost(
    cell: str, typed: str, said: str, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("finance_lead")
    sent = {"opened": opened(client), cell: typed, "forecast_2017-01": "5432"}
    answer = client.post(LINE, sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    assert 'value="5432"' in text
    assert not BudgetMonth.objects.filter(line__reference="PG-04", forecast=5_432_000).exists()


def test_too_many_pasted_columns_are_refused(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("finance_lead")
    sent = {"opened": opened(client), "paste": "forecast" + "\t5000" * 20, "preview": "1"}
    answer = client.post(LINE, sent)
    assert answer.status_code == 422
    assert "it has 20 columns of figures" in answer.content.decode()


def test_two_people_typing_one_cell_are_asked_which_it_is(sign_in: Callable[[str], Client]) -> None:
    first, second = sign_in("finance_lead"), sign_in("commissioner")
    base = opened(second)
    first.post(LINE, {"opened": opened(first), "actual_2016-09": "5150", "reason": "Ledger"})
    answer = second.post(LINE, {"opened": base, "actual_2016-09": "5170"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "was changed by Finance lead while you were typing" in text
    assert "Ledger" in text


def test_a_commissioner_records_and_does_not_change_the_budget(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("commissioner")
    text = text_of(client, LINE)
    assert 'name="actual_2016-09"' in text
    assert 'name="budget_2016-10"' not in text
    assert 'href="/10Q/2016-17/finance/plan/lines/PG-04/change/"' not in text


@pytest.mark.parametrize("role", ["viewer", "accountable_officer"])
def test_whoever_only_reads_has_no_boxes_and_cannot_post(role: str, sign_in: Callable[[str], Client]) -> None:
    client = sign_in(role)
    assert 'name="actual_2016-09"' not in text_of(client, LINE)
    assert client.post(LINE, {"actual_2016-09": "1"}).status_code == 404


@pytest.mark.parametrize("page", ["lines/add/", "lines/PG-04/change/", "lines/PG-04/years/2017-18/"])
@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 404), ("commissioner", 404), ("analyst", 200), ("finance_lead", 200)]
)
def test_the_plan_is_changed_by_those_who_edit_it(
    role: str, status: int, page: str, sign_in: Callable[[str], Client]
) -> None:
    assert sign_in(role).get(f"{PLAN}{page}").status_code == status


def test_a_line_is_added_given_a_year_and_stands_in_the_plan(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("finance_lead")
    sent = {"title": "Wheelchairs", "section": "Community", "owner": "Community services lead", "why": "Split out"}
    answer = client.post(f"{PLAN}lines/add/", sent)
    assert answer["Location"] == f"{PLAN}lines/PG-12/"
    year = f"{PLAN}lines/PG-12/years/2016-17/"
    refused = client.post(year, {"amount": "2,000,000", "non_recurrent": "3,000,000", "why": "Split out"})
    assert refused.status_code == 422
    assert client.post(year, {"amount": "2,000,000", "non_recurrent": "0", "why": "Split out"}).status_code == 302
    text = text_of(client, PLAN)
    assert "Wheelchairs" in text


def test_what_somebody_else_chose_from_a_list_is_kept_while_another_field_is_settled(
    ccg: Plan, sign_in: Callable[[str], Client]
) -> None:
    first, second, page = sign_in("finance_lead"), sign_in("analyst"), f"{PLAN}lines/PG-06/change/"
    version = second.get(page).context["opened"]
    sent = {"section": "Community", "owner": "", "note": "", "position": "", "version": version}
    moved = sent | {"title": "Community nursing", "section": "Continuing care", "why": "Moved"}
    assert first.post(page, moved).status_code == 302
    answer = second.post(page, sent | {"title": "Community teams"})
    assert answer.status_code == 409
    assert '<option value="Continuing care" selected>' in answer.content.decode()


def test_whether_a_step_recurs_is_kept_while_another_field_is_settled(
    ccg: Plan, sign_in: Callable[[str], Client]
) -> None:
    first, second, page = sign_in("finance_lead"), sign_in("analyst"), f"{PLAN}bridge/BS-11/"
    version = second.get(page).context["opened"]
    sent = {"amount": "2700000", "position": "", "why": "Agreed", "version": version}
    assert first.post(page, sent | {"title": "Spent once", "recurrent": "on"}).status_code == 302
    answer = second.post(page, sent | {"title": "Not again"})
    assert answer.status_code == 409
    assert answer.context["form"]["recurrent"].value() is True


def test_a_title_of_five_hundred_characters_is_refused_and_kept(sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("finance_lead").post(f"{PLAN}lines/add/", {"title": "W" * 500, "section": "Community"})
    assert answer.status_code == 422
    assert "W" * 500 in answer.content.decode()


@pytest.mark.parametrize(
    "page", ["lines/ZZ-99/", "lines/PG-04/years/2017/", "lines/PG-04/years/9999-00/", "bridge/ZZ-99/"]
)
def test_what_does_not_exist_is_not_found(page: str, sign_in: Callable[[str], Client]) -> None:
    assert sign_in("finance_lead").get(f"{PLAN}{page}").status_code == 404
