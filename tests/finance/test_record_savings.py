"""Savings are stored all or none, in open months, with who and why, and never over what somebody else has just saved."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from finance.actions.savings import Conflict, ReasonNeeded, SavingChange, record_savings
from finance.models import Scheme, SchemeMonth
from finance.queries import savings_history, savings_requirement, scheme_positions
from opplan.accounts.models import User
from opplan.plans.actions import MonthClosed, close_month, reopen_month, report_month
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db
AUG, SEP, OCT = date(2016, 8, 1), date(2016, 9, 1), date(2016, 10, 1)
Person = Callable[[str], User]


def stored(reference: str, month: date) -> SchemeMonth:
    return SchemeMonth.objects.get(scheme__reference=reference, scheme__plan__year="2016-17", month=month)


def to(value: int | None, *, was: int | None = 43000, month: date = SEP, figure: str = "actual_saving") -> SavingChange:
    """A change of PC-03, by default of September's actual, which is 43,000 as loaded."""
    return SavingChange(
        "PC-03", month, figure, None if was is None else Decimal(was), None if value is None else Decimal(value)
    )


def test_a_saving_is_stored_with_its_source_and_history(ccg: Plan, person: Person) -> None:
    lead = person("finance_lead")
    assert record_savings(ccg, [to(44000)], by=lead, why="Invoice came late") == 1
    row = stored("PC-03", SEP)
    assert row.actual_saving == 44000
    assert (row.source, row.basis) == ("Entered by Finance lead", "entered")
    assert row.planned_basis == "illustrative"
    (entry,) = savings_history(ccg, [row.scheme_id])
    assert (entry.figure, entry.was, entry.now) == ("actual_saving", 43000, 44000)
    assert (entry.who, entry.why) == ("Finance lead", "Invoice came late")


def test_a_change_of_the_plan_has_a_source_of_its_own(ccg: Plan, person: Person) -> None:
    change = to(50000, was=40000, month=OCT, figure="planned_saving")
    record_savings(ccg, [change], by=person("analyst"), why="Rephased")
    row = stored("PC-03", OCT)
    assert (row.planned_source, row.planned_basis) == ("Entered by Planning analyst", "entered")
    assert "Entered" not in row.source


def test_an_illustrative_actual_stays_illustrative_when_only_the_forecast_beside_it_changes(
    ccg: Plan, person: Person
) -> None:
    record_savings(ccg, [to(45000, was=42000, figure="forecast_saving")], by=person("commissioner"), why="Later start")
    record_savings(ccg, [to(46000, was=45000, figure="forecast_saving")], by=person("finance_lead"), why="Agreed")
    row = stored("PC-03", SEP)
    assert row.basis == "illustrative"
    assert row.source.endswith("; forecast entered by Finance lead")
    assert row.source.count("forecast") == 1


def test_not_reported_and_nought_are_different_things(ccg: Plan, person: Person) -> None:
    by = person("commissioner")
    record_savings(ccg, [to(None)], by=by, why="Typed into the wrong month")
    assert stored("PC-03", SEP).actual_saving is None
    record_savings(ccg, [to(0, was=None)], by=by, why="")
    assert stored("PC-03", SEP).actual_saving == 0


def test_a_month_that_is_not_stored_yet_is_made(ccg: Plan, person: Person) -> None:
    SchemeMonth.objects.filter(scheme__reference="PC-03", month=SEP).delete()
    record_savings(ccg, [to(41000, was=None)], by=person("commissioner"), why="First report")
    row = stored("PC-03", SEP)
    assert (row.actual_saving, row.planned_saving, row.basis) == (41000, None, "entered")
    assert row.history.get().history_change_reason == "First report"


def test_figures_of_one_save_share_one_moment(ccg: Plan, person: Person) -> None:
    changes = [to(44000), to(43000, was=42000, month=OCT, figure="forecast_saving")]
    assert record_savings(ccg, changes, by=person("finance_lead"), why="Invoices in") == 2
    history = savings_history(ccg, [stored("PC-03", SEP).scheme_id])
    assert len({entry.when for entry in history}) == 1
    assert {entry.why for entry in history} == {"Invoices in"}


# What is refused -------------------------------------------------------------


def test_a_closed_month_is_refused_until_it_is_reopened(ccg: Plan, person: Person) -> None:
    by, change = person("finance_lead"), to(45000, was=44000, month=AUG)
    with pytest.raises(MonthClosed):
        record_savings(ccg, [to(44000), change], by=by, why="Corrected")
    assert stored("PC-03", SEP).actual_saving == 43000
    reopen_month(ccg, AUG, by=by, why="Late invoice")
    record_savings(ccg, [change], by=by, why="Corrected")
    assert stored("PC-03", AUG).actual_saving == 45000


def test_a_month_closed_while_someone_types_is_refused(ccg: Plan, person: Person) -> None:
    close_month(ccg, SEP, by=person("programme_office"))
    with pytest.raises(MonthClosed):
        record_savings(ccg, [to(44000)], by=person("commissioner"), why="")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (to(41000, was=None, month=OCT), "has not come"),
        (to(41000, was=None, month=date(2017, 4, 1)), "is not a month of"),
        (to(41000, was=None, month=date(2016, 9, 15)), "is not a month of"),
        (to(1, figure="planned_source"), "no figure called"),
        (SavingChange("QP-PC", SEP, "actual_saving", None, Decimal(1)), "There is no scheme QP-PC"),
        (SavingChange("UNID", SEP, "actual_saving", None, Decimal(1)), "cannot have an actual"),
        (to(10**12), "digits"),
    ],
)
def test_what_the_plan_does_not_allow_is_refused(ccg: Plan, person: Person, change: SavingChange, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        record_savings(ccg, [change], by=person("administrator"), why="Trying")
    assert stored("PC-03", SEP).actual_saving == 43000


def test_the_month_that_the_stored_plan_reports_holds_and_not_one_in_hand(ccg: Plan, person: Person) -> None:
    stale = Plan.objects.get(pk=ccg.pk)
    report_month(ccg, OCT, by=person("programme_office"))
    assert record_savings(stale, [to(41000, was=None, month=OCT)], by=person("commissioner"), why="") == 1


def test_a_forecast_of_a_past_month_is_refused(ccg: Plan, person: Person) -> None:
    by = person("finance_lead")
    reopen_month(ccg, AUG, by=by, why="Late invoice")
    with pytest.raises(ValidationError, match="record its actual"):
        record_savings(ccg, [to(1, was=None, month=AUG, figure="forecast_saving")], by=by, why="")


def test_the_same_figure_twice_is_refused(ccg: Plan, person: Person) -> None:
    with pytest.raises(ValidationError, match="given twice"):
        record_savings(ccg, [to(44000), to(45000)], by=person("finance_lead"), why="")


@pytest.mark.parametrize(
    "change",
    [
        to(-1000),
        to(50000, was=40000, month=OCT, figure="planned_saving"),
        to(41_000_000),
        to(41_000, was=42000, month=OCT, figure="forecast_saving"),
    ],
    ids=["below nought", "plan", "pounds typed for thousands", "a forecast of its own"],
)
def test_a_reason_is_needed_where_a_figure_will_be_asked_about(ccg: Plan, person: Person, change: SavingChange) -> None:
    with pytest.raises(ReasonNeeded, match="Prescribing switches, .* needs a reason"):
        record_savings(ccg, [change], by=person("programme_office"), why="  ")
    assert record_savings(ccg, [change], by=person("programme_office"), why="Clawed back") == 1


# Two people ------------------------------------------------------------------


def test_the_second_of_two_savers_overwrites_nothing(ccg: Plan, person: Person) -> None:
    record_savings(ccg, [to(46000)], by=person("finance_lead"), why="")
    with pytest.raises(Conflict) as refused:
        record_savings(
            ccg,
            [to(44000), to(99000, was=42000, month=OCT, figure="forecast_saving")],
            by=person("commissioner"),
            why="",
        )
    assert [(cell.month, cell.figure) for cell in refused.value.cells] == [(SEP, "actual_saving")]
    assert stored("PC-03", SEP).actual_saving == 46000
    assert stored("PC-03", OCT).forecast_saving == 42000


def test_two_people_may_save_different_figures_of_one_month(ccg: Plan, person: Person) -> None:
    record_savings(ccg, [to(46000)], by=person("finance_lead"), why="")
    record_savings(ccg, [to(45000, was=42000, figure="forecast_saving")], by=person("commissioner"), why="Agreed")
    row = stored("PC-03", SEP)
    assert (row.actual_saving, row.forecast_saving) == (46000, 45000)


def test_a_month_that_another_made_meanwhile_is_a_conflict(ccg: Plan, person: Person) -> None:
    SchemeMonth.objects.filter(scheme__reference="PC-03", month=SEP).delete()
    record_savings(ccg, [to(46000, was=None)], by=person("finance_lead"), why="")
    with pytest.raises(Conflict):
        record_savings(ccg, [to(44000, was=None)], by=person("commissioner"), why="")


# What follows ----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        to(44000),
        to(None),
        to(-5000),
        to(9_000_000),
        to(900_000, was=40000, month=OCT, figure="planned_saving"),
        to(0, was=40000, month=OCT, figure="planned_saving"),
    ],
)
def test_the_requirement_still_adds_up_after_any_edit(ccg: Plan, person: Person, change: SavingChange) -> None:
    record_savings(ccg, [change], by=person("administrator"), why="Trying")
    found = savings_requirement(ccg, scheme_positions(ccg, SEP, tolerances(ccg)))
    assert found is not None
    required = found.requirement
    assert required.delivered + required.identified + required.earmarked + required.unidentified == 22_400_000


def test_saving_takes_the_same_queries_for_one_scheme_or_many(
    ccg: Plan, person: Person, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    by = person("finance_lead")
    rows = SchemeMonth.objects.filter(scheme__plan=ccg, scheme__state="identified", month=SEP).select_related("scheme")
    many = [
        SavingChange(row.scheme.reference, SEP, "actual_saving", row.actual_saving, Decimal(1234))
        for row in rows
        if row.actual_saving is not None
    ]
    assert len(many) > 5
    with django_assert_max_num_queries(10):
        record_savings(ccg, many[:1], by=by, why="")
    with django_assert_max_num_queries(10):
        record_savings(ccg, many[1:], by=by, why="")


def test_nothing_to_save_leaves_no_trace(ccg: Plan, person: Person) -> None:
    before = SchemeMonth.history.count()
    assert record_savings(ccg, [], by=person("finance_lead"), why="") == 0
    assert SchemeMonth.history.count() == before


def test_figures_loaded_with_the_plan_are_not_shown_as_changes(ccg: Plan) -> None:
    assert savings_history(ccg, list(Scheme.objects.filter(plan=ccg).values_list("pk", flat=True))) == []
