"""What a saving is worth in its year, in a full year, and in the two years after."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.effects import effect, together

POUNDS = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
SAID = st.sampled_from([True, False, None])


def test_a_recurrent_saving_returns_at_its_full_year_effect() -> None:
    found = effect(Decimal(450_000), 12, recurrent=True, full_year=Decimal(480_000))
    assert (found.part_year, found.full_year, found.next_year, found.year_after) == (450_000, 480_000, 480_000, 480_000)
    assert found.carried == 30_000
    assert found.stated


def test_a_saving_that_starts_in_october_is_worth_twice_as_much_in_a_full_year() -> None:
    found = effect(Decimal(700_000), 6, recurrent=True)
    assert (found.full_year, found.next_year, found.stated) == (1_400_000, 1_400_000, False)


def test_what_is_not_recurrent_must_be_found_again() -> None:
    found = effect(Decimal(300_000), 12, recurrent=False, full_year=Decimal(300_000))
    assert (found.next_year, found.year_after, found.carried) == (0, 0, -300_000)


def test_nothing_is_said_of_later_years_where_nobody_says_whether_it_is_recurrent() -> None:
    found = effect(Decimal(100), 12, recurrent=None)
    assert (found.next_year, found.year_after, found.carried) == (None, None, None)


def test_a_scheme_without_a_planned_month_has_no_full_year_effect_of_its_own() -> None:
    assert effect(Decimal(0), 0, recurrent=True).full_year is None
    assert effect(Decimal(0), 0, recurrent=True).next_year == 0


def test_many_savings_add_up_and_say_what_nobody_has_said() -> None:
    whole = together([
        effect(Decimal(100), 12, recurrent=True, full_year=Decimal(120)),
        effect(Decimal(50), 12, recurrent=False),
        effect(Decimal(30), 12, recurrent=None),
    ])  # fmt: skip
    assert (whole.part_year, whole.next_year, whole.year_after, whole.unsaid) == (180, 120, 120, 30)


@given(st.lists(st.tuples(POUNDS, st.integers(0, 12), SAID, st.none() | POUNDS), max_size=8))
def test_the_year_is_the_sum_of_its_parts_whatever_is_said(
    rows: list[tuple[Decimal, int, bool | None, Decimal | None]],
) -> None:
    effects = [effect(saved, months, recurrent=said, full_year=full) for saved, months, said, full in rows]
    whole = together(effects)
    assert whole.part_year == sum((saved for saved, *_ in rows), Decimal(0))
    said = [one.next_year for one in effects if one.next_year is not None]
    assert whole.next_year == (sum(said, Decimal(0)) if said else None)
    assert whole.unsaid == sum((one.part_year for one in effects if one.next_year is None), Decimal(0))


@pytest.mark.parametrize("months", range(1, 13))
def test_an_even_year_is_its_own_full_year_effect(months: int) -> None:
    assert effect(Decimal(1000 * months), months, recurrent=True).full_year == 12_000
