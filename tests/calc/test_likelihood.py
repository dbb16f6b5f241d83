"""How likely savings are: percentiles in order, seeds that repeat, and the weighted sum where nothing is uncertain."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opplan.calc.likelihood import Chancy, Likelihood, likelihood


def scheme(reference: str = "PC-03", programme: str = "PC", chance: float = 0.8, **corners: float) -> Chancy:
    return Chancy(reference, programme, chance, **{"least": 50.0, "likeliest": 100.0, "most": 120.0, **corners})


def certain(reference: str, amount: float, *, chance: float = 1.0) -> Chancy:
    return Chancy(reference, "PC", chance, amount, amount, amount)


def drawn(*schemes: Chancy, **how: float) -> Likelihood:
    return likelihood(schemes, **{"requirement": 100.0, "break_even": 50.0, "draws": 4000, **how})  # type: ignore[arg-type]


def test_with_no_spread_it_is_the_weighted_sum() -> None:
    schemes = [certain("A", 450_000), certain("B", 760_000, chance=0), certain("C", 2_100_000)]
    result = likelihood(schemes, requirement=2_550_000, break_even=2_550_001)
    assert (
        result.p10 == result.p50 == result.p90 == result.expected == sum(one.expected for one in schemes) == 2_550_000
    )
    assert (result.reaches, result.breaks_even, result.to_be_found) == (1, 0, 0)


def test_what_is_delivered_is_certain() -> None:
    assert drawn(dataclasses.replace(scheme(chance=0), delivered=70.0)).p10 == 70


def test_nothing_to_draw_saves_nothing() -> None:
    result = drawn()
    assert (result.p90, result.reaches, result.to_be_found) == (0, 0, 100)


def test_the_mean_of_the_draws_is_the_expected_saving() -> None:
    schemes = [scheme(str(number), str(number % 5)) for number in range(40)]
    assert drawn(*schemes, draws=10_000).expected == pytest.approx(sum(one.expected for one in schemes), rel=0.02)


def test_a_triangular_saving_has_the_quantiles_of_its_formula() -> None:
    """Half of a triangle from 0 over 1 to 4 lies below 4 - sqrt(4 × 3 / 2)."""
    result = drawn(scheme(chance=1, least=0, likeliest=1, most=4), draws=40_000)
    assert result.p50 == pytest.approx(4 - 6**0.5, abs=0.03)
    assert result.p10 == pytest.approx((0.1 * 4) ** 0.5, abs=0.03)


def test_schemes_of_one_programme_share_their_luck_and_others_do_not() -> None:
    from opplan.calc.likelihood import _drawn

    schemes = [scheme(name, programme, 1, least=0, likeliest=1, most=2) for name, programme in ("aP", "bP", "cQ")]
    correlation = np.corrcoef(_drawn(schemes, 0.3, 40_000, 1))
    assert correlation[0, 1] == pytest.approx(0.3, abs=0.03)
    assert correlation[0, 2] == pytest.approx(0, abs=0.03)


def test_luck_that_is_shared_spreads_the_total_without_moving_it() -> None:
    schemes = [scheme(str(number), "P") for number in range(30)]
    apart, together = drawn(*schemes, together=0), drawn(*schemes, together=0.8)
    assert together.p90 - together.p10 > 1.5 * (apart.p90 - apart.p10)
    assert together.expected == pytest.approx(apart.expected, rel=0.05)


def test_the_scheme_with_most_at_stake_matters_most_and_the_shares_make_a_whole() -> None:
    result = drawn(scheme("small"), scheme("large", likeliest=5000.0, least=0.0, most=9000.0))
    assert result.matters[0][0] == "large"
    assert sum(share for _, share in result.matters) == pytest.approx(1, abs=1e-3)


def test_what_must_be_found_makes_the_requirement_likely_enough() -> None:
    schemes = [scheme(str(number), str(number % 3)) for number in range(20)]
    short = drawn(*schemes, requirement=2_500.0)
    found = drawn(*schemes, certain("found", short.to_be_found), requirement=2_500.0)
    assert short.to_be_found > 0
    assert found.reaches == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(
    "wrong", [{"chance": 1.2}, {"chance": -0.1}, {"least": 101.0}, {"most": 99.0}, {"chance": float("nan")}]
)
def test_what_cannot_be_true_of_a_scheme_is_refused_by_its_reference(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="PC-03"):
        scheme(**wrong)


@pytest.mark.parametrize("wrong", [{"together": 1.1}, {"confidence": 1.0}])
def test_a_correlation_or_a_confidence_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between"):
        drawn(scheme(), **wrong)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.sampled_from("PQR")),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 2**32 - 1),
)
def test_percentiles_are_in_order_and_the_same_seed_draws_the_same_years(
    described: list[tuple[float, list[float], str]], seed: int
) -> None:
    schemes = [
        Chancy(str(place), programme, chance, *sorted(corners))
        for place, (chance, corners, programme) in enumerate(described)
    ]
    first = likelihood(schemes, requirement=1e6, break_even=5e5, draws=500, seed=seed)
    assert first == likelihood(schemes, requirement=1e6, break_even=5e5, draws=500, seed=seed)
    assert first.p10 <= first.p50 <= first.p90
    assert first.breaks_even >= first.reaches
    assert sum(count for _, count in first.buckets) == 500
