"""A trajectory runs from where it starts to where it ends, holds there, and its numerators keep the promise of each month."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.rag import Direction, meets
from opplan.calc.ratios import Kind, fault_of, value_of
from opplan.calc.trajectory import first_met, held_from, numerator_for, trajectory

values = st.decimals(min_value=0, max_value=100, places=1)
QUARTER_ENDS = [False, False, True] * 4


@given(values, values, st.integers(0, 11))
def test_it_starts_where_it_starts_ends_where_it_ends_and_holds(start, end, reach):
    path = trajectory(start, end, 12, reach)
    assert path[0] == (end if reach == 0 else start)
    assert path[reach:] == [end] * (12 - reach)
    assert all(min(start, end) <= value <= max(start, end) for value in path)


@given(values, values, st.integers(1, 11))
def test_a_straight_line_moves_by_the_same_step(start, end, reach):
    path = trajectory(start, end, 12, reach)
    steps = {path[at + 1] - path[at] for at in range(reach)}
    assert steps == {(Fraction(end) - Fraction(start)) / reach}


@given(values, values, st.integers(0, 11))
def test_steps_move_at_the_ends_of_quarters_and_where_it_is_to_be_reached(start, end, reach):
    path = trajectory(start, end, 12, reach, steps=QUARTER_ENDS)
    for at in range(1, 12):
        assert path[at] == path[at - 1] or QUARTER_ENDS[at] or at == reach
    assert path[reach:] == [end] * (12 - reach)
    assert all(min(start, end) <= value <= max(start, end) for value in path)


def test_it_may_not_end_outside_the_year():
    with pytest.raises(ValueError, match="place 12"):
        trajectory(Decimal(90), Decimal(95), 12, 12)


@given(
    values,
    st.integers(1, 40_000),
    st.sampled_from(["over", "under"]),
    st.sampled_from(["percentage", "average", "rate"]),
)
def test_numerators_are_whole_possible_and_keep_the_promise(value, denominator, direction, kind):
    kind, direction = Kind(kind), Direction(direction)
    above = numerator_for(value, Decimal(denominator), kind, direction)
    assert above % 1 == 0
    assert fault_of(kind, above, Decimal(denominator)) is None
    reached = value_of(kind, above, Decimal(denominator))
    assert meets(reached, value, direction)


def test_the_month_that_is_to_meet_92_per_cent_meets_it():
    assert numerator_for(Decimal(92), Decimal(29510), Kind.PERCENTAGE, Direction.OVER) == 27150
    assert numerator_for(Decimal(1), Decimal(9950), Kind.PERCENTAGE, Direction.UNDER) == 99
    assert numerator_for(Decimal(68), Decimal(31), Kind.AVERAGE, Direction.UNDER) == 2108
    assert numerator_for(Decimal("68.5"), Decimal(31), Kind.AVERAGE, Direction.ON) == 2124


@given(st.lists(st.one_of(st.none(), values), min_size=1, max_size=12), values, st.sampled_from(["over", "under"]))
def test_the_first_month_that_meets_the_standard_is_the_first(path, standard, direction):
    first = first_met(path, standard, Direction(direction))
    met = [value is not None and meets(value, standard, Direction(direction)) for value in path]
    assert first == (met.index(True) if any(met) else None)
    held = held_from(path, standard, Direction(direction))
    if held is None:
        assert not met[-1]
    else:
        assert all(met[held:])
        assert held == 0 or not met[held - 1]
