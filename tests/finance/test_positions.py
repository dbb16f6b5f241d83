"""Where schemes stand, against a slow second reckoning of the same rules in plain Python."""

import random
from datetime import date
from decimal import Decimal

import pytest

from finance.models import Scheme, SchemeMonth
from finance.queries import (
    savings_by_month,
    savings_requirement,
    scheme_positions,
    schemes_of,
    total_position,
)
from opplan.calc.rag import Rating
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db
STATES = ["identified", "identified", "earmarked", "unidentified"]


def a_figure(dice: random.Random) -> Decimal | None:
    """Nothing, nought, a saving, or a correction below nought."""
    drawn = Decimal(dice.randint(1, 900_000)) + dice.choice([Decimal(0), Decimal("0.01"), Decimal("0.5")])
    return dice.choice([None, None, Decimal(0), drawn, drawn, -drawn / 10 // 1])


def made_schemes(plan: Plan, seed: int, count: int = 12) -> list[Scheme]:
    """Schemes with months at random: some months absent, some schemes without any."""
    dice = random.Random(seed)
    schemes = []
    for at in range(count):
        scheme = Scheme.objects.create(
            plan=plan, reference=f"ZZ-{at:02}", title=f"Made {at}", state=dice.choice(STATES)
        )
        schemes.append(scheme)
        if at == 0:
            continue
        SchemeMonth.objects.bulk_create(
            SchemeMonth(
                scheme=scheme,
                month=month,
                planned_saving=a_figure(dice),
                actual_saving=a_figure(dice),
                forecast_saving=a_figure(dice),
                planned_investment=a_figure(dice),
            )
            for month in plan.months
            if dice.random() > 0.15
        )
    return schemes


def best_known(state: str, row: SchemeMonth, month: date) -> Decimal | None:
    if row.month <= month and row.actual_saving is not None:
        return row.actual_saving
    if row.forecast_saving is not None or state == "unidentified":
        return row.forecast_saving
    return row.planned_saving


def added(values: list[Decimal | None]) -> Decimal | None:
    held = [value for value in values if value is not None]
    return sum(held, Decimal(0)) if held else None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("at", [0, 5, 11])
def test_positions_agree_with_a_plain_reckoning(ccg: Plan, seed: int, at: int) -> None:
    month = ccg.months[at]
    schemes = made_schemes(ccg, seed)
    part = schemes_of(ccg).filter(pk__in=[scheme.pk for scheme in schemes])
    found = {one.reference: one for one in scheme_positions(ccg, month, tolerances(ccg), part)}
    assert len(found) == len(schemes)
    for scheme in schemes:
        rows = list(scheme.months.order_by("month"))
        due = [row for row in rows if row.month <= month]
        held = [row for row in due if row.actual_saving is not None]
        planned = [row.month for row in due if row.planned_saving]
        position = found[scheme.reference].position
        assert position.planned_year == (added([row.planned_saving for row in rows]) or 0)
        assert position.planned_to_date == (added([row.planned_saving for row in due]) or 0)
        assert position.planned_reported == (added([row.planned_saving for row in held]) or 0)
        assert position.to_date == added([row.actual_saving for row in due])
        assert position.forecast_year == added([best_known(scheme.state, row, month) for row in rows])
        assert position.on_trust == sum(
            row.planned_saving
            for row in due
            if row.planned_saving
            and row.actual_saving is None
            and row.forecast_saving is None
            and scheme.state != "unidentified"
        )
        assert position.missing == sum(1 for row in due if row.planned_saving and row.actual_saving is None)
        assert position.reported == (not planned or any(row.month >= max(planned) for row in held))
        assert found[scheme.reference].investment == added([row.planned_investment for row in rows])


@pytest.mark.parametrize("seed", range(3))
def test_the_months_expected_add_up_to_the_forecast_of_the_year(ccg: Plan, seed: int) -> None:
    made_schemes(ccg, seed)
    month = ccg.months[5]
    by_scheme: dict[str, list[Decimal | None]] = {}
    for row in savings_by_month(ccg, month=month):
        by_scheme.setdefault(row.scheme, []).append(row.expected_saving)
    for one in scheme_positions(ccg, month, tolerances(ccg)):
        assert added(by_scheme.get(one.reference, [])) == one.position.forecast_year


def test_many_schemes_as_one_are_the_sum_of_their_figures(ccg: Plan) -> None:
    made_schemes(ccg, 7)
    schemes = scheme_positions(ccg, ccg.months[5], tolerances(ccg))
    whole = total_position(schemes)
    assert whole.planned_year == sum(one.position.planned_year for one in schemes)
    assert whole.to_date == added([one.position.to_date for one in schemes])
    assert whole.forecast_year == added([one.position.forecast_year for one in schemes])
    assert whole.missing == sum(one.position.missing for one in schemes)


def test_the_requirement_of_2016_17_is_as_the_governing_body_was_told(ccg: Plan) -> None:
    found = savings_requirement(ccg, scheme_positions(ccg, date(2016, 9, 1), tolerances(ccg)))
    assert found is not None
    required = found.requirement
    assert required.amount == 22_400_000
    assert required.delivered + required.identified == 7_000_000
    assert (required.earmarked, required.unidentified) == (2_100_000, 13_300_000)


def test_the_schemes_of_2010_11_cost_more_than_they_save(pct: Plan) -> None:
    schemes = scheme_positions(pct, date(2010, 4, 1), tolerances(pct))
    assert sum(one.position.planned_year for one in schemes) == 34_688_000
    assert sum(one.investment or 0 for one in schemes) == 39_163_000
    assert sum(one.net for one in schemes) == -4_475_000


def test_a_month_without_a_plan_is_not_due(ccg: Plan) -> None:
    scheme = Scheme.objects.create(plan=ccg, reference="ZZ-1", title="Unphased", state="identified")
    SchemeMonth.objects.create(scheme=scheme, month=ccg.months[0], forecast_saving=1000)
    (one,) = scheme_positions(ccg, ccg.months[5], tolerances(ccg), schemes_of(ccg).filter(pk=scheme.pk))
    assert one.position.missing == 0
    assert one.position.reported
    assert one.judgement.rating == Rating.NOT_DUE
    assert not one.owing


def test_nothing_saved_is_red_and_nothing_said_is_not_reported(ccg: Plan) -> None:
    said = Scheme.objects.create(plan=ccg, reference="ZZ-1", title="Said", state="identified")
    silent = Scheme.objects.create(plan=ccg, reference="ZZ-2", title="Silent", state="identified")
    SchemeMonth.objects.create(scheme=said, month=ccg.months[0], planned_saving=1000, actual_saving=0)
    SchemeMonth.objects.create(scheme=silent, month=ccg.months[0], planned_saving=1000)
    found = scheme_positions(ccg, ccg.months[0], tolerances(ccg), schemes_of(ccg).filter(pk__in=[said.pk, silent.pk]))
    assert [one.judgement.rating for one in found] == [Rating.RED, Rating.NOT_REPORTED]


def test_positions_take_one_query_however_many_schemes(ccg: Plan, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    bands = tolerances(ccg)
    for seed in (1, 2):
        with django_assert_num_queries(1):
            scheme_positions(ccg, ccg.months[5], bands)
        with django_assert_num_queries(1):
            savings_by_month(ccg)
        Scheme.objects.filter(reference__startswith="ZZ").delete()
        made_schemes(ccg, seed)
