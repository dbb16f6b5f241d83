"""Every write of a planned figure after the baseline is locked, in activity and in finance: it asks why, and is kept as a re-baselining."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from activity.actions import ImpactChange, apply_phasing, quantify_impact, save_build
from activity.actions.delays import record_week, set_risk_share
from activity.actions.recovery import TrajectoryChange, set_trajectory
from activity.models import ImpactMonth, Line, LineBuild, RecoveryMonth, RiskShare, WeeklyCount
from activity.queries import building, find_line, find_recovery, readings
from finance.actions.bridges import add_step, change_step, remove_step
from finance.actions.budgets import BudgetChange, change_line, record_budget, set_year
from finance.actions.capital import add_capital_scheme
from finance.actions.contracts import change_contract, change_price, remove_price
from finance.actions.forecasts import move_start
from finance.actions.qipp_return import load_return, preview_batch, preview_return, undo_return
from finance.actions.savings import SavingChange
from finance.actions.schemes import change_scheme, move_scheme, set_requirement
from finance.models import (
    BridgeStep,
    BudgetAmount,
    BudgetLine,
    BudgetMonth,
    Contract,
    ContractPrice,
    SavingsRequirement,
    Scheme,
    SchemeMonth,
)
from opplan.accounts.models import User
from opplan.imports.actions import Upload
from opplan.plans.actions import lock_baseline
from opplan.plans.models import Plan
from opplan.plans.versions import Version
from tests.finance.test_qipp_return import as_file, column, row_of, rows_of

pytestmark = pytest.mark.django_db
MARCH = date(2017, 3, 1)
Write = Callable[[Plan, User, str], Any]


@pytest.fixture
def office(person: Callable[[str], User]) -> User:
    return person("programme_office")


@pytest.fixture
def locked(ccg: Plan, office: User) -> Plan:
    lock_baseline(ccg, date(2016, 4, 11), by=office, why="Final submission signed")
    return ccg


def build_up(plan: Plan, by: User, why: str) -> Any:
    line = find_line(plan, "MAR.NEL-RTH")
    assert line is not None
    row = LineBuild.objects.get(line=line)
    typed = {name: getattr(row, name) for name in ("baseline", "baseline_year", "demographic", "policy", "policy_note")}
    outturn = building(line, readings(line)).outturn
    return save_build(
        line, typed={**typed, "other": row.other + 1}, outturn=outturn, by=by, why=why, version=Version.of(row)
    )


def phasing(plan: Plan, by: User, why: str) -> Any:
    line = Line.objects.get(plan=plan, reference="MAR.NEL-RTH")
    apply_phasing(line, {}, seen={}, phasing=LineBuild.Phasing.WINTER, by=by, why=why)
    return LineBuild.objects.get(line=line)


def impact(plan: Plan, by: User, why: str) -> Any:
    held = ImpactMonth.objects.filter(impact__plan=plan, month__gt=date(2016, 9, 1))[0]
    quantify_impact(held.impact, [ImpactChange(held.month, held.planned, held.planned - 1)], by=by, why=why)
    return held


def trajectory(plan: Plan, by: User, why: str) -> Any:
    row = find_recovery(plan, "RP-AE")
    assert row is not None
    held = RecoveryMonth.objects.get(recovery=row, month=MARCH)
    set_trajectory(row, [TrajectoryChange(held.line_id, MARCH, held.value, held.value - 1)], by=by, why=why)
    return held


def week(plan: Plan, by: User, why: str) -> Any:
    held = WeeklyCount.objects.filter(line__plan=plan).order_by("-day")[0]
    return record_week(held.line, held.day, {"planned": D(7)}, by=by, why=why, version=Version.of(held))


def risk_share(plan: Plan, by: User, why: str) -> Any:
    held = RiskShare.objects.filter(line__plan=plan).order_by("-quarter")[0]
    return set_risk_share(
        held.line,
        held.quarter,
        amount=held.amount + 1,
        baseline=held.baseline,
        by=by,
        why=why,
        version=Version.of(held),
    )


def moved_start(plan: Plan, by: User, why: str) -> Any:
    row = Scheme.objects.filter(plan=plan, start_month__isnull=False)[0]
    held = SchemeMonth.objects.get(scheme=row, month=MARCH)
    change = SavingChange(row.reference, MARCH, "planned_saving", held.planned_saving, D(5))
    move_start(row, start=MARCH, was=row.start_month, changes=[change], by=by, why=why)
    return row


def scheme_facts(plan: Plan, by: User, why: str) -> Any:
    row = Scheme.objects.get(plan=plan, reference="UC-01")
    return change_scheme(row, values={"full_year_effect": D(9)}, by=by, why=why, version=Version.of(row))


def idea_again(plan: Plan, by: User, why: str) -> Any:
    row = Scheme.objects.exclude(months__actual_saving__gt=0).filter(plan=plan, state="earmarked")[0]
    return move_scheme(row, stage="idea", by=by, why=why, version=Version.of(row))


def requirement(plan: Plan, by: User, why: str) -> Any:
    row = SavingsRequirement.objects.get(plan=plan)
    return set_requirement(plan, amount=row.amount + 1, by=by, why=why, version=Version.of(row))


def budget_month(plan: Plan, by: User, why: str) -> Any:
    held = BudgetMonth.objects.filter(line__plan=plan, month=MARCH, budget__gt=0)[0]
    record_budget(held.line, [BudgetChange(MARCH, "budget", held.budget, D(1))], by=by, why=why)
    return held


def budget_year(plan: Plan, by: User, why: str) -> Any:
    row = BudgetAmount.objects.filter(line__plan=plan, line__statement="plan", column="2016-17", amount__gt=0)[0]
    values = {"amount": D(1), "non_recurrent": None}
    return set_year(row.line, "2016-17", values=values, by=by, why=why, version=Version.of(row))


def budget_side(plan: Plan, by: User, why: str) -> Any:
    row = BudgetLine.objects.filter(plan=plan, kind="reserve")[0]
    values = {"title": row.title, "section": "Contingency", "owner": row.owner, "note": row.note, "position": None}
    return change_line(row, values=values, by=by, why=why, version=Version.of(row))


def contract(plan: Plan, by: User, why: str) -> Any:
    row = Contract.objects.filter(plan=plan)[0]
    names = ("title", "provider_id", "basis_of_payment", "fixed", "budget_line_id", "signed", "owner", "note")
    values = {name: getattr(row, name) for name in names} | {"value": row.value + 1}
    return change_contract(row, values=values, by=by, why=why, version=Version.of(row))


def price(plan: Plan, by: User, why: str) -> Any:
    row = ContractPrice.objects.filter(contract__plan=plan)[0]
    values = {"price": row.price + 1, "share": row.share}
    return change_price(row, values=values, by=by, why=why, version=Version.of(row))


def price_gone(plan: Plan, by: User, why: str) -> Any:
    row = ContractPrice.objects.filter(contract__plan=plan)[0]
    remove_price(row, by=by, why=why)
    return row


def capital(plan: Plan, by: User, why: str) -> Any:
    values = {"title": "Theatre", "group": "", "year": "2016-17", "amount": D(1000), "owner": "", "note": ""}
    return add_capital_scheme(plan, values=values, by=by, why=why)


STEP = {"title": "Better Care Fund", "amount": D(500_000), "recurrent": True, "position": None}


def bridge(plan: Plan, by: User, why: str) -> Any:
    return add_step(plan, values=STEP, by=by, why=why)


def bridge_recurrence(plan: Plan, by: User, why: str) -> Any:
    row = BridgeStep.objects.filter(plan=plan)[0]
    values = {"title": row.title, "amount": row.amount, "recurrent": not row.recurrent, "position": None}
    return change_step(row, values=values, by=by, why=why, version=Version.of(row))


def bridge_gone(plan: Plan, by: User, why: str) -> Any:
    row = BridgeStep.objects.filter(plan=plan)[0]
    remove_step(row, by=by, why=why)
    return row


def return_undone(plan: Plan, by: User, why: str) -> Any:
    """A return with another plan for March, loaded and then taken back."""
    rows = rows_of(plan)
    row_of(rows, "UC-01")[column(rows, "Month 12 - Plan")] = "5"
    batch = preview_return(plan, Upload("return.csv", as_file(rows)), by=by)
    load_return(batch, seen=preview_batch(batch).fingerprint, by=by, why="The return of the month")
    held = SchemeMonth.objects.get(scheme__plan=plan, scheme__reference="UC-01", month=MARCH)
    assert held.history.latest().history_change_reason.startswith("Re-baselining: ")
    batch.refresh_from_db()
    undo_return(batch, by=by, why=why)
    return held


WRITES = [
    build_up, phasing, impact, trajectory, week, risk_share, moved_start, scheme_facts, idea_again, requirement,
    budget_month, budget_year, budget_side, contract, price, price_gone, capital, bridge, bridge_recurrence, bridge_gone,
    return_undone,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_write_of_planned_figures_after_the_lock_asks_why(write: Write, locked: Plan, office: User) -> None:
    with pytest.raises(ValidationError):
        write(locked, office, " ")


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_write_of_planned_figures_after_the_lock_is_kept_as_a_rebaselining(
    write: Write, locked: Plan, office: User
) -> None:
    row = write(locked, office, "Contract signed")
    entry = type(row).history.filter(id=row.pk).order_by("-history_id").first()
    assert entry.history_user == office
    assert entry.history_change_reason.startswith("Re-baselining: ")
    assert entry.history_change_reason.endswith("Contract signed")


def test_what_is_not_planned_needs_no_rebaselining(locked: Plan, office: User) -> None:
    row = Scheme.objects.get(plan=locked, reference="UC-01")
    made = change_scheme(row, values={"owner": "Contracts lead"}, by=office, why="", version=Version.of(row))
    assert made.history.latest().history_change_reason == "Scheme changed"
    held = LineBuild.objects.get(line__plan=locked, line__reference="MAR.NEL-RTH")
    line = find_line(locked, "MAR.NEL-RTH")
    assert line is not None
    names = ("baseline", "baseline_year", "demographic", "other", "policy")
    typed = {name: getattr(held, name) for name in names} | {"policy_note": "None is known"}
    outturn = building(line, readings(line)).outturn
    save_build(line, typed=typed, outturn=outturn, by=office, why="", version=Version.of(held))
    assert held.history.latest().history_change_reason == "Build-up changed"


def test_a_return_that_plans_nothing_anew_is_undone_as_it_is(locked: Plan, office: User) -> None:
    rows = rows_of(locked)
    row_of(rows, "UC-01")[column(rows, "CCG Narrative")] = "Beds opened late"
    batch = preview_return(locked, Upload("return.csv", as_file(rows)), by=office)
    load_return(batch, seen=preview_batch(batch).fingerprint, by=office, why="The return of the month")
    batch.refresh_from_db()
    undo_return(batch, by=office, why="Wrong file")
    said = Scheme.objects.get(plan=locked, reference="UC-01").history.latest().history_change_reason
    assert said == f"{batch} undone: Wrong file"
