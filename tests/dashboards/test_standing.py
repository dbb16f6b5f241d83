"""The plan's standing: rolled up by the stated rule, from figures that other rooms own."""

from datetime import date
from decimal import Decimal

import pytest

from opplan.calc.rag import Rating
from opplan.dashboards import presenters
from opplan.dashboards.queries import Standing, is_stale, standing
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db
ORDER = [Rating.RED, Rating.AMBER]


@pytest.fixture
def september(ccg: Plan) -> Standing:
    return standing(ccg, date(2016, 9, 1))


def test_the_savings_requirement_of_2016_17_re_adds_in_its_four_states(september: Standing) -> None:
    required = september.requirement
    assert required is not None
    one = required.requirement
    assert one.amount == Decimal(22_400_000)
    assert one.unidentified == Decimal(13_300_000)
    assert one.delivered + one.identified == Decimal(7_000_000)
    assert one.earmarked == Decimal(2_100_000)
    assert one.delivered + one.identified + one.earmarked + one.unidentified == one.amount


def test_the_net_of_2010_11_by_initiative_is_an_investment_of_4475_thousand(pct: Plan) -> None:
    whole = standing(pct, date(2010, 4, 1))
    net = [scheme.position.planned_year - (scheme.investment or 0) for scheme in whole.schemes]
    assert len(net) == 10
    assert sum(net) == Decimal(-4_475_000)
    assert whole.savings.planned_year == Decimal(34_688_000)
    assert sum(scheme.investment or 0 for scheme in whole.schemes) == Decimal(39_163_000)


def test_delayed_transfers_in_september_2016_are_140_beds_a_day_against_a_trajectory_of_109(
    september: Standing,
) -> None:
    line = next(line for line in september.board_lines if line.code == "DTOC.1")
    assert line.actual == Decimal(4209) / 30
    assert line.judgement.rating == Rating.RED
    assert september.featured_line == line


def test_an_initiative_takes_the_worst_rating_among_its_parts(september: Standing) -> None:
    for one in september.initiatives:
        ratings = {part.judgement.rating for part in one.parts}
        expected = next((bad for bad in ORDER if bad in ratings), None)
        if expected is not None:
            assert one.rating == expected
        else:
            assert one.rating not in ORDER


def test_nothing_that_is_due_and_absent_makes_a_whole_green(september: Standing) -> None:
    absent = [
        one for one in september.initiatives if Rating.NOT_REPORTED in {part.judgement.rating for part in one.parts}
    ]
    assert absent
    assert all(one.rating not in {Rating.GREEN, Rating.BLUE} for one in absent)


def test_a_stale_update_is_older_than_the_month_before_the_one_reported(ccg: Plan) -> None:
    tolerance = tolerances(ccg)["update_age"]
    assert not is_stale(date(2016, 8, 1), date(2016, 9, 1), tolerance)
    assert is_stale(date(2016, 7, 1), date(2016, 9, 1), tolerance)
    assert is_stale(None, date(2016, 9, 1), tolerance)


def test_every_initiative_scheme_and_milestone_of_the_plan_is_in_the_standing(september: Standing, ccg: Plan) -> None:
    from finance.models import Scheme
    from initiatives.models import Initiative, Milestone

    assert len(september.initiatives) == Initiative.objects.filter(plan=ccg).count()
    assert len(september.schemes) == Scheme.objects.filter(plan=ccg).count()
    assert len(september.milestones) == Milestone.objects.filter(plan=ccg).count()


def test_what_is_red_and_not_shown_among_the_exceptions_is_counted(september: Standing) -> None:
    shown = presenters.matters(september, lambda name, **parts: name)
    red = [one for one in september.late_milestones if one.judgement.rating == Rating.RED]
    assert len(red) > 2
    assert sum(one.milestone for one in shown) == 2
    assert presenters.more_red(september, shown) == f"{len(red) - 2} milestones more are red, below."


def test_the_headline_names_the_gap_and_the_worst_measure(september: Standing, pct: Plan) -> None:
    assert presenters.headline(september) == (
        "£13.3m of the £22.4m savings requirement still has no scheme, with delayed transfers of care 28.1% above plan"
    )
    first = presenters.headline(standing(pct, date(2010, 4, 1)))
    assert first.startswith("£34.7m of savings are planned against £39.2m of investment")


def test_every_red_or_amber_says_why_in_a_figure(september: Standing) -> None:
    for one in september.initiatives:
        if one.rating in ORDER:
            assert any(character.isdigit() for character in presenters.why(one)), one.entry.title
        assert presenters.why(one)


def test_the_board_can_be_moved_to_the_end_of_the_year(ccg: Plan) -> None:
    march = standing(ccg, date(2017, 3, 1))
    line = next(line for line in march.board_lines if line.code == "DTOC.1")
    assert line.actual == Decimal(5615) / 31
    assert line.planned == Decimal(68)


def test_the_chart_of_an_initiative_ends_at_the_forecast_that_its_lead_names(september: Standing, ccg: Plan) -> None:
    from finance.presenters import cumulative_chart
    from finance.queries import savings_by_month, together

    with_schemes = [one for one in september.initiatives if one.schemes and one.savings.forecast_year is not None]
    assert len(with_schemes) > 8
    for one in with_schemes:
        months = savings_by_month(ccg, month=september.month, keys=[scheme.key for scheme in one.schemes])
        course = cumulative_chart("", ccg, together(months), september.month)
        forecast = next(trace for trace in course.figure["data"] if trace["name"] == "Forecast")
        assert forecast["y"][-1] == pytest.approx(float(one.savings.forecast_year or 0) / 1000, abs=0.06), (
            one.entry.title
        )
