"""Contracts: what each is worth beside its planned activity at its price, and the forms that change it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from activity.models import Line, Reading
from activity.queries.planned import planned_lines
from finance.actions.contracts import add_contract, change_contract, change_price, price_line, remove_price
from finance.models import BudgetLine, Contract, ContractPrice
from finance.queries.contracts import ContractStanding, contracts, find_contract
from opplan.accounts.models import User
from opplan.plans.models import Organisation, Plan
from opplan.plans.queries import tolerances
from opplan.plans.versions import Conflict, Version

pytestmark = pytest.mark.django_db

D = Decimal
PAGE = "/10Q/2016-17/finance/contracts/"
VALUES = {
    "title": "Acute services",
    "basis_of_payment": "tariff",
    "value": D("100000"),
    "fixed": None,
    "budget_line_id": None,
    "signed": None,
    "owner": "Contracts lead",
    "note": "",
}


def standing(plan: Plan, reference: str) -> ContractStanding:
    return next(one for one in contracts(plan, tolerances(plan)) if one.row.reference == reference)


@pytest.fixture
def provider(ccg: Plan) -> Organisation:
    return Organisation.objects.get(code="RTH")


@pytest.fixture
def by(person: Callable[[str], User]) -> User:
    return person("finance_lead")


@pytest.fixture
def contract(ccg: Plan, provider: Organisation, by: User) -> Contract:
    """A contract without priced activity, worth £100,000."""
    return add_contract(ccg, values={**VALUES, "provider_id": provider.pk}, by=by, why="Agreed")


def line_of(plan: Plan, planned: int, reference: str = "MAR.EL-RTH") -> Line:
    """A line of the plan whose year is `planned`, all in April."""
    line = Line.objects.get(plan=plan, reference=reference)
    Reading.objects.filter(line=line).update(planned_numerator=0)
    Reading.objects.filter(line=line, period=plan.start).update(planned_numerator=planned)
    return line


class TestWhatAContractComesTo:
    def test_activity_at_its_price_and_the_fixed_part_stand_beside_the_value(self, ccg: Plan) -> None:
        held = standing(ccg, "CT-01")
        lines = planned_lines(ccg)
        slow = sum(
            (
                price.price * (lines[price.line_id].planned or D(0)) * price.share / 100
                for price in ContractPrice.objects.filter(contract=held.row)
            ),
            held.row.fixed or D(0),
        )
        assert held.compared.found == pytest.approx(slow, abs=D("0.05"))
        assert held.compared.difference == (held.compared.found or D(0)) - (held.row.value or D(0))
        assert held.compared.agrees

    def test_a_share_of_the_line_is_priced_and_not_the_whole(self, ccg: Plan, contract: Contract, by: User) -> None:
        line_of(ccg, 1000)
        price_line(contract, "MAR.EL-RTH", values={"price": D("150"), "share": D("70")}, by=by, why="Tariff")
        held = standing(ccg, contract.reference)
        assert held.priced == 105_000
        assert held.compared.difference == 5_000
        assert not held.compared.agrees

    def test_one_per_cent_is_the_tolerance_to_begin_with(self, ccg: Plan, contract: Contract, by: User) -> None:
        line_of(ccg, 1000)
        price_line(contract, "MAR.EL-RTH", values={"price": D("101"), "share": D(100)}, by=by, why="Tariff")
        assert standing(ccg, contract.reference).compared.agrees
        ContractPrice.objects.filter(contract=contract).update(price=D("101.01"))
        assert not standing(ccg, contract.reference).compared.agrees

    def test_a_price_whose_line_has_no_plan_leaves_the_whole_untold(
        self, ccg: Plan, contract: Contract, by: User
    ) -> None:
        price_line(contract, "MAR.EL-RTH", values={"price": D(100), "share": D(100)}, by=by, why="Tariff")
        Reading.objects.filter(line__plan=ccg, line__reference="MAR.EL-RTH").update(planned_numerator=None)
        held = standing(ccg, contract.reference)
        assert held.compared.found is None
        assert not held.compared.can_be_told

    def test_a_contract_without_prices_or_fixed_part_is_not_taken_for_nought(
        self, ccg: Plan, contract: Contract
    ) -> None:
        assert standing(ccg, contract.reference).compared.found is None

    def test_the_number_of_queries_does_not_grow_with_contracts_and_prices(
        self, ccg: Plan, provider: Organisation, by: User, django_assert_num_queries: Callable[..., object]
    ) -> None:
        bands = tolerances(ccg)
        with django_assert_num_queries(7):
            contracts(ccg, bands)
        for _ in range(5):
            row = add_contract(ccg, values={**VALUES, "provider_id": provider.pk}, by=by, why="Agreed")
            price_line(row, "MAR.DC-RTH", values={"price": D(1), "share": D(1)}, by=by, why="Tariff")
        with django_assert_num_queries(7):
            assert len(contracts(ccg, bands)) == 10


class TestWhatMayNotBe:
    def test_money_does_not_change_without_a_reason(self, contract: Contract, by: User) -> None:
        values = {**VALUES, "provider_id": contract.provider_id, "value": D(1)}
        with pytest.raises(ValidationError, match="Say why its money changes"):
            change_contract(contract, values=values, by=by, why=" ", version=Version.of(contract))

    def test_the_fixed_part_is_no_more_than_the_contract(self, contract: Contract, by: User) -> None:
        values = {**VALUES, "provider_id": contract.provider_id, "fixed": D(100_001)}
        with pytest.raises(ValidationError, match="£100,001 is more than the whole contract"):
            change_contract(contract, values=values, by=by, why="x", version=Version.of(contract))

    def test_a_budget_line_of_another_plan_is_refused(self, contract: Contract, pct: Plan, by: User) -> None:
        other = BudgetLine.objects.filter(plan=pct).first()
        assert other is not None
        values = {**VALUES, "provider_id": contract.provider_id, "budget_line_id": other.pk}
        with pytest.raises(ValidationError, match="not in this plan"):
            change_contract(contract, values=values, by=by, why="x", version=Version.of(contract))

    def test_a_line_is_priced_once_in_a_contract(self, contract: Contract, by: User) -> None:
        price_line(contract, "MAR.EL-RTH", values={"price": D(1), "share": D(100)}, by=by, why="Tariff")
        with pytest.raises(ValidationError, match="has a price in this contract already"):
            price_line(contract, "MAR.EL-RTH", values={"price": D(2), "share": D(100)}, by=by, why="Tariff")

    @pytest.mark.parametrize(("first", "second"), [("MAR.ELT-RTH", "MAR.DC-RTH"), ("MAR.DC-RTH", "MAR.ELT-RTH")])
    def test_a_whole_and_its_part_are_not_both_priced(
        self, contract: Contract, by: User, first: str, second: str
    ) -> None:
        price_line(contract, first, values={"price": D(1), "share": D(100)}, by=by, why="Tariff")
        with pytest.raises(ValidationError, match=f"{second} and {first} count the same activity"):
            price_line(contract, second, values={"price": D(1), "share": D(100)}, by=by, why="Tariff")

    def test_a_percentage_has_no_price(self, contract: Contract, by: User) -> None:
        with pytest.raises(ValidationError, match="no count"):
            price_line(contract, "E.B.3", values={"price": D(1), "share": D(100)}, by=by, why="Tariff")

    @pytest.mark.parametrize("share", [D(0), D("100.01"), D(-1)])
    def test_a_share_lies_between_nought_and_the_whole(self, contract: Contract, by: User, share: Decimal) -> None:
        with pytest.raises(ValidationError, match="share of the line"):
            price_line(contract, "MAR.EL-RTH", values={"price": D(1), "share": share}, by=by, why="Tariff")
        assert not contract.prices.exists()

    def test_two_people_who_change_the_value_do_not_overwrite_each_other(
        self, contract: Contract, by: User, person: Callable[[str], User]
    ) -> None:
        opened = Version.of(contract)
        values = {**VALUES, "provider_id": contract.provider_id}
        change_contract(contract, values={**values, "value": D(2)}, by=by, why="Settled", version=opened)
        with pytest.raises(Conflict):
            change_contract(
                contract, values={**values, "value": D(3)}, by=person("programme_office"), why="No", version=opened
            )
        assert Contract.objects.get(pk=contract.pk).value == 2


class TestPages:
    def test_the_list_says_how_many_differ_and_downloads_every_price(self, sign_in: Callable[[str], Client]) -> None:
        client = sign_in("viewer")
        answer = client.get(PAGE)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
        assert "5 contracts with 4 providers are worth £467.8m; the one that prices activity agrees with it" in text
        assert "Add a contract" not in text
        rows = client.get(PAGE, {"download": "csv"}).content.decode().splitlines()
        assert len(rows) == 1 + 5 + 4

    @pytest.mark.parametrize(("page", "most"), [("", 14), ("CT-01/", 22), ("CT-01/change/", 12)])
    def test_a_page_asks_the_database_a_fixed_number_of_times(
        self,
        sign_in: Callable[[str], Client],
        django_assert_max_num_queries: Callable[..., object],
        page: str,
        most: int,
    ) -> None:
        client = sign_in("finance_lead")
        with django_assert_max_num_queries(most):
            assert client.get(PAGE + page).status_code == 200

    def test_a_finance_lead_changes_a_value_with_a_reason_and_history_tells_it(
        self, ccg: Plan, sign_in: Callable[[str], Client]
    ) -> None:
        client, page = sign_in("finance_lead"), f"{PAGE}CT-01/change/"
        row = find_contract(ccg, "CT-01")
        assert row is not None
        form = {
            "version": client.get(page).context["opened"],
            "title": row.title,
            "provider_id": row.provider_id,
            "basis_of_payment": row.basis_of_payment,
            "value": "£313,000,000",
            "fixed": "98,000,000",
            "budget_line_id": row.budget_line_id or "",
            "signed": "29/04/2016",
            "owner": row.owner,
            "note": row.note,
            "why": "Heads of terms",
        }
        assert client.post(page, {**form, "why": ""}).status_code == 422
        assert client.post(page, form).status_code == 302
        after = find_contract(ccg, "CT-01")
        assert after is not None
        assert (after.value, str(after.signed), after.basis) == (313_000_000, "2016-04-29", "entered")
        assert "Heads of terms" in client.get(f"{PAGE}CT-01/").content.decode()

    @pytest.mark.parametrize(
        ("field", "typed", "said"),
        [
            ("value", "31O,000", "did you mean 310"),
            ("value", "1e308", "is not a number"),
            ("value", "1\x002", "is not a number"),
            ("value", "-5", "below nought"),
            ("title", "x" * 500, "150"),
            ("signed", "31/02/2016", "is not a date"),
            ("provider_id", "999999", "999999"),
        ],
    )
    def test_what_cannot_be_is_refused_by_field_and_nothing_typed_is_lost(
        self, ccg: Plan, sign_in: Callable[[str], Client], field: str, typed: str, said: str
    ) -> None:
        client = sign_in("finance_lead")
        given = {"title": "Kept words", "provider_id": "", "basis_of_payment": "block", "value": "1", "why": "w"}
        answer = client.post(f"{PAGE}add/", {**given, field: typed})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        if field != "title":
            assert "Kept words" in answer.content.decode()
        assert Contract.objects.filter(plan=ccg).count() == 5

    def test_a_price_is_added_changed_and_taken_out(self, ccg: Plan, sign_in: Callable[[str], Client]) -> None:
        client = sign_in("programme_office")
        given = {"price": "1,905.50", "share": "70", "why": "Average of the tariff"}
        assert client.post(f"{PAGE}CT-02/prices/add/", {**given, "line": "MAR.NEL-RTH"}).status_code == 302
        page = f"{PAGE}CT-02/prices/MAR.NEL-RTH/"
        opened = client.get(page).context["opened"]
        assert client.post(page, {**given, "price": "2,000", "version": opened}).status_code == 302
        price = ContractPrice.objects.get(contract__plan=ccg, contract__reference="CT-02")
        assert (price.price, price.share) == (2000, 70)
        opened = client.get(page).context["opened"]
        assert client.post(page, {**given, "gone": "on", "why": "", "version": opened}).status_code == 422
        assert client.post(page, {**given, "gone": "on", "version": opened}).status_code == 302
        assert not ContractPrice.objects.filter(pk=price.pk).exists()
        assert client.get(page).status_code == 404

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_who_may_not_change_the_plan_finds_no_forms(self, sign_in: Callable[[str], Client], role: str) -> None:
        client = sign_in(role)
        assert client.get(f"{PAGE}CT-01/").status_code == 200
        for page in ("add/", "CT-01/change/", "CT-01/prices/add/", "CT-01/prices/MAR.EL-RTH/"):
            assert client.get(PAGE + page).status_code == 404
            assert client.post(PAGE + page, {}).status_code == 404

    def test_a_plan_without_contracts_says_so(self, sign_in: Callable[[str], Client]) -> None:
        answer = sign_in("viewer").get("/5QE/2010-11/finance/contracts/")
        assert "No contract is held for this plan" in answer.content.decode()


def test_removing_a_price_leaves_its_history(ccg: Plan, by: User) -> None:
    price = ContractPrice.objects.filter(contract__plan=ccg).select_related("contract__plan").first()
    assert price is not None
    key = price.pk
    remove_price(price, by=by, why="Counted elsewhere")
    entry = ContractPrice.history.filter(id=key).latest()
    assert (entry.history_type, entry.history_user, entry.history_change_reason) == ("-", by, "Counted elsewhere")


def test_a_price_changes_with_a_reason_alone(ccg: Plan, by: User) -> None:
    price = ContractPrice.objects.filter(contract__plan=ccg).select_related("contract__plan").first()
    assert price is not None
    with pytest.raises(ValidationError, match="where the price or the share comes from"):
        change_price(price, values={"price": D(1), "share": D(1)}, by=by, why="", version=Version.of(price))
