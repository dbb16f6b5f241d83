"""The summary that the database adds agrees to the penny with the positions that Python works out, scheme by scheme."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from finance.models import SavingsRequirement, Scheme, SchemeMonth
from finance.models.risks import RatingOverride
from finance.queries import savings_by_month, savings_requirement, scheme_positions, total_position
from finance.queries.likelihood import scheme_chances
from finance.queries.schemes import SchemePosition, total_investment
from finance.queries.summary import SavingsSummary, savings_summary
from opplan.calc.money import total
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db
NOTHING = Decimal(0)
SEP = date(2016, 9, 1)


def agrees(plan: Plan, month: date) -> SavingsSummary:
    """Every figure of the summary, against the positions of the schemes and their months."""
    bands = tolerances(plan)
    found = savings_summary(plan, month, bands)
    positions = scheme_positions(plan, month, bands)
    months = savings_by_month(plan, month=month)
    counted = {one.reference for one in positions if one.counted}
    whole = total_position(positions)
    assert (found.whole.planned or NOTHING) == whole.planned_year
    assert (found.whole.due or NOTHING) == whole.planned_to_date
    assert (found.whole.compared or NOTHING) == whole.planned_reported
    assert found.whole.actual == whole.to_date
    assert found.whole.expected == whole.forecast_year
    assert (found.whole.on_trust or NOTHING) == whole.on_trust
    assert found.whole.missing == whole.missing
    assert found.whole.planned_investment == total_investment(positions)
    for at in plan.months:
        held = [one for one in months if one.month == at and one.scheme in counted]
        if not held:
            assert at not in found.by_month
            continue
        sums = found.by_month[at]
        assert sums.planned == total(one.planned_saving for one in held)
        assert sums.actual == (total(one.actual_saving for one in held) if at <= month else None)
        assert sums.expected == total(one.expected_saving for one in held)
        assert sums.actual_investment == (total(one.actual_investment for one in held) if at <= month else None)
        assert sums.expected_investment == total(one.expected_investment for one in held)
    assert ratings(found) == Counter((one.state, one.section, one.judgement.rating) for one in positions)
    assert (found.due, found.owed) == (sum(one.due for one in positions), sum(one.owing for one in positions))
    worst = sorted(
        (one for one in positions if not one.nobodys and short(one) < 0), key=lambda one: (short(one), one.reference)
    )
    assert [(one.reference, one.variance, one.rating) for one in found.worst] == [
        (one.reference, short(one), one.judgement.rating) for one in worst[:5]
    ]
    waiting = sorted((one for one in positions if one.owing), key=lambda one: (-waits(one), one.reference))
    assert [(one.reference, one.waiting) for one in found.owing] == [(one.reference, waits(one)) for one in waiting[:8]]
    assert found.requirement == savings_requirement(plan, positions)
    chances = scheme_chances(plan, positions, {})
    assert abs(found.weighed - sum((one.expected for one in chances), NOTHING)) < max(len(positions), 1)
    return found


def ratings(found: SavingsSummary) -> Counter[Any]:
    counts: Counter[Any] = Counter()
    for one in found.rated:
        counts[one.state, one.section, one.rating] += one.count
    return counts


def short(one: SchemePosition) -> Decimal:
    return NOTHING if one.position.forecast_year is None else one.position.forecast_year - one.position.planned_year


def waits(one: SchemePosition) -> Decimal:
    return one.position.planned_to_date - one.position.planned_reported


@pytest.mark.parametrize("month", range(12))
def test_the_summary_equals_the_positions_of_both_loaded_plans(ccg: Plan, pct: Plan, month: int) -> None:
    for plan in (ccg, pct):
        agrees(plan, plan.months[month])


def test_a_rating_put_in_place_counts_in_place_of_the_rules(ccg: Plan, person: Callable[[str], Any]) -> None:
    scheme = Scheme.objects.filter(plan=ccg, state="identified").first()
    assert scheme is not None
    before = ratings(agrees(ccg, SEP))
    RatingOverride.objects.create(
        scheme=scheme, rating="red", reason="The provider has left", since=SEP, until=date(2016, 9, 30), by=None
    )
    (was,) = [one for one in scheme_positions(ccg, SEP, tolerances(ccg)) if one.key == scheme.pk]
    assert was.judgement.overruled is not None
    after = ratings(agrees(ccg, SEP))
    assert sum(after.values()) == sum(before.values())
    agrees(ccg, date(2016, 10, 1))


def test_it_is_one_query_whatever_the_number_of_schemes(ccg: Plan) -> None:
    bands = tolerances(ccg)
    with CaptureQueriesContext(connection) as asked:
        savings_summary(ccg, SEP, bands)
    assert len(asked) == 1


pence = st.one_of(
    st.none(),
    st.just(NOTHING),
    st.decimals(-999, 9_999_999, places=2),
    st.sampled_from([Decimal("0.05"), Decimal("100.00"), Decimal("95.00"), Decimal("80.00"), Decimal("999999999.99")]),
)
a_month = st.tuples(pence, pence, pence, pence, pence, pence)
STAGES = (
    ("idea", "idea"),
    ("earmarked", "earmarked"),
    ("identified", "identified"),
    ("identified", "in_delivery"),
    ("identified", "closed"),
    ("unidentified", ""),
)
a_scheme = st.tuples(
    st.sampled_from(STAGES),
    st.sampled_from(["", "Prescribing"]),
    st.sampled_from(["plan", "run_rate", "risk_adjusted"]),
    st.one_of(st.none(), st.decimals(0, 100, places=1)),
    st.lists(a_month, max_size=4),
    st.sampled_from([None, "red", "amber", "green"]),
)
MONEY = [f"{end}_{kind}" for kind in ("saving", "investment") for end in ("planned", "actual", "forecast")]


class TestAnyPlan(HypothesisCase):
    """Plans of any stages, forecasts, chances, ratings put in place and months, with figures on the bounds of the rules."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(a_scheme, max_size=5), st.integers(0, 3), st.decimals(0, 10**9, places=2))
    def test_the_summary_equals_the_positions(self, schemes: list[Any], now: int, amount: Decimal) -> None:
        plan = Plan.objects.select_related("organisation").get(organisation__code="10Q", year="2016-17")
        Scheme.objects.filter(plan=plan).delete()
        SavingsRequirement.objects.filter(plan=plan).update(amount=amount)
        for number, ((state, stage), section, follows, chance, months, put) in enumerate(schemes):
            scheme = Scheme.objects.create(
                plan=plan, reference=f"S{number}", title="A scheme", state=state, stage=stage, section=section,
                forecast_default=follows, chance=chance, source="illustrative", basis="illustrative",
            )  # fmt: skip
            SchemeMonth.objects.bulk_create(
                SchemeMonth(scheme=scheme, month=at, **dict(zip(MONEY, figures, strict=True)))
                for at, figures in zip(plan.months, months, strict=False)
            )
            if put:
                RatingOverride.objects.create(
                    scheme=scheme, rating=put, reason="Known", since=plan.start, until=date(2017, 3, 31)
                )
        agrees(plan, plan.months[now])
