"""A figure is read as a person means it, or refused with what was typed and a guess."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.web.figures import BadFigure, parse_figure
from opplan.web.formats import number, plain, pounds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("41", "41"),
        (" 41 ", "41"),
        ("41.0", "41"),
        ("41.0000", "41"),
        (".5", "0.5"),
        ("1.", "1"),
        ("0", "0"),
        ("-0", "0"),
        ("+4", "4"),
        ("1,250", "1250"),
        ("1,234,567.5", "1234567.5"),
        ("1 250", "1250"),
        ("1\N{NO-BREAK SPACE}250", "1250"),
        ("1\N{NARROW NO-BREAK SPACE}250", "1250"),
        ("£41", "41"),
        ("£ 1,250", "1250"),
        ("-£41", "-41"),
        ("£-41", "-41"),
        ("−41", "-41"),
        ("–41", "-41"),
        ("(41)", "-41"),
        ("( 1,250 )", "-1250"),
        ("£(1,250.50)", "-1250.5"),
        ("(£41)", "-41"),
    ],
)
def test_a_figure_may_wear_what_finance_teams_put_on_it(typed: str, meant: str) -> None:
    assert plain(parse_figure(typed)) == meant


@pytest.mark.parametrize("typed", ["", "  ", "\t", "-", "–", "—", "−"])
def test_an_empty_box_and_a_dash_are_not_reported_rather_than_nought(typed: str) -> None:
    assert parse_figure(typed) is None


@pytest.mark.parametrize(
    ("typed", "guess"),
    [
        ("4O", "It holds the letter O; did you mean 40?"),
        ("l2", "It holds the letter l; did you mean 12?"),
        ("(4O)", "did you mean -40?"),
        ("41,5", "did you mean 41.5?"),
        ("1,2500", "did you mean 12500?"),
        ("4 1", "did you mean 41?"),
        ("41.23456", "did you mean 41.235?"),
        ("#REF!", "an error of the worksheet"),
        ("abc", "Type a number"),
        ("O", "Type a number"),
        ("1e308", "Type a number"),
        ("1e5", "Type a number"),
        ("inf", "Type a number"),
        ("NaN", "Type a number"),
        ("0x10", "Type a number"),
        ("1_000", "Type a number"),
        ("--4", "Type a number"),
        ("(-4)", "Type a number"),
        ("41%", "Type a number"),
        ("=1+1", "Type a number"),
        ("٤١", "Type a number"),
    ],
)
def test_what_is_not_a_figure_is_quoted_with_a_guess_of_what_was_meant(typed: str, guess: str) -> None:
    with pytest.raises(BadFigure) as refused:
        parse_figure(typed)
    assert f"“{typed}”" in str(refused.value)
    assert guess in str(refused.value)


def test_five_hundred_characters_are_refused_in_a_short_message() -> None:
    with pytest.raises(BadFigure, match="500 characters long") as refused:
        parse_figure("9" * 500)
    assert len(str(refused.value)) < 120


def test_a_figure_beyond_what_the_database_holds_is_too_large() -> None:
    assert parse_figure("999,999,999.999") == Decimal("999999999.999")
    for typed in ("1000000000", "-1000000000", "9" * 50):
        with pytest.raises(BadFigure, match="too large"):
            parse_figure(typed)


def test_characters_that_do_not_print_are_shown_as_such() -> None:
    with pytest.raises(BadFigure, match="“4�1”"):
        parse_figure("4\x001")


def test_a_row_may_refuse_decimals_and_figures_below_nought() -> None:
    with pytest.raises(BadFigure, match="whole numbers only; did you mean 42"):
        parse_figure("41.5", places=0)
    with pytest.raises(BadFigure, match="below nought"):
        parse_figure("(41)", negative=False)


@given(st.decimals(min_value=-999_999_999, max_value=999_999_999, places=3))
def test_every_figure_that_we_write_can_be_typed_back(value: Decimal) -> None:
    for written in (plain(value), number(value, 3), number(value, 3, signed=True)):
        assert parse_figure(written) == value
    assert parse_figure(pounds(value.to_integral_value())) == value.to_integral_value()


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        value = parse_figure(text)
    except BadFigure:
        return
    assert value is None or (value.is_finite() and value == parse_figure(plain(value)))
