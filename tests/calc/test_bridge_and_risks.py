"""A bridge closes or is refused; risk is weighted, never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.bridge import DoesNotClose, bridge
from opplan.calc.risks import net_risk, weighted

D = Decimal
money = st.decimals(-10_000_000, 10_000_000, places=2)


@given(money, st.lists(st.tuples(st.text(max_size=5), money), max_size=12))
def test_a_bridge_that_closes_has_each_step_where_the_one_before_ended(
    start: Decimal, changes: list[tuple[str, Decimal]]
) -> None:
    end = start + sum((change for _, change in changes), D(0))
    made = bridge(start, changes, end)
    stands = [start, *(step.end for step in made.steps)]
    assert [step.start for step in made.steps] == stands[:-1]
    assert stands[-1] == made.end == end


@given(money, money.filter(bool))
def test_a_bridge_that_does_not_close_is_refused(start: Decimal, missing: Decimal) -> None:
    with pytest.raises(DoesNotClose, match="not explained"):
        bridge(start, [("growth", D(5))], start + 5 + missing)


def test_the_refusal_names_both_figures_and_what_lies_between() -> None:
    with pytest.raises(DoesNotClose) as refused:
        bridge(D(1000), [("growth", D(50))], D(1100))
    assert str(refused.value) == "The steps lead from 1,000 to 1,050, not to 1,100: +50 is not explained."


def test_the_five_risks_of_2016_17_are_28_4_million_and_the_sixth_is_not_quantified() -> None:
    values = [D(15_000_000), D(7_400_000), D(3_000_000), D(2_000_000), D(1_000_000), None]
    found = net_risk([(value, D(50)) for value in values], [], contingency=D(0))
    assert (found.gross, found.risk, found.unquantified) == (28_400_000, 14_200_000, 1)


def test_a_risk_that_nobody_weighed_counts_in_full_and_such_a_mitigation_for_nothing() -> None:
    found = net_risk([(D(100), None)], [(D(80), None), (D(10), D(50))], contingency=D(40))
    assert (found.risk, found.mitigation, found.net, found.uncovered, found.unweighted) == (100, 5, 95, 55, 1)


def test_a_figure_that_is_not_known_is_not_nought() -> None:
    assert weighted(None, D(50)) is None
    assert weighted(D(50), None) is None
    assert weighted(D(0), D(50)) == 0


@given(st.lists(st.tuples(st.decimals(0, 10**7, places=2), st.decimals(0, 100, places=1)), max_size=20))
def test_weighted_risk_lies_between_nothing_and_the_whole(pairs: list[tuple[Decimal, Decimal]]) -> None:
    found = net_risk(pairs, [], contingency=D(0))
    assert 0 <= found.risk <= found.gross + len(pairs)
