"""The month grid reads what was typed and pasted, names what is wrong, and never overwrites somebody else's figure."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.template import engines

from opplan.calc.months import financial_year_months
from opplan.web.grid import Group, MonthGrid, Row, cell_id

MONTHS = financial_year_months(date(2016, 4, 1))
SEP, OCT, NOV = MONTHS[5:8]
CLOSED = frozenset(MONTHS[:5])
OPEN = frozenset(MONTHS[5:])
ACTUAL, FORECAST = cell_id("PC-03 actual", SEP), cell_id("PC-03 forecast", OCT)


def a_grid(actual: Decimal | None = Decimal(43000), forecast: Decimal | None = Decimal(42000)) -> MonthGrid:
    """A scheme's plan, which may not be typed, with its actual in September and its forecast from then on."""

    def row(label: str, values: dict[date, Decimal | None], editable: frozenset[date]) -> Row:
        return Row(
            f"PC-03 {label.lower()}",
            label,
            f"Switches, {label.lower()}",
            values,
            editable,
            scale=Decimal(1000),
            due_to=SEP if label == "Actual" else None,
        )

    rows = [
        row("Plan", dict.fromkeys(MONTHS, Decimal("40123.45")), frozenset()),
        row("Actual", dict.fromkeys(MONTHS[:4], Decimal(31000)) | {SEP: actual}, frozenset({SEP})),
        row("Forecast", dict.fromkeys(OPEN, forecast), OPEN),
    ]
    return MonthGrid([Group("Switches", rows)], MONTHS, "Savings", "£000", open_month=SEP, closed=CLOSED)


def sent(grid: MonthGrid, **typed: str) -> QueryDict:
    """What a browser sends: every box as it was shown, save what was typed over it, and what the page was opened with."""
    data = QueryDict(mutable=True)
    for row in grid.rows():
        for cell in grid.cells(row):
            if cell.cell:
                data[cell.cell] = cell.text
    data["opened"] = grid.opened()
    for name, value in typed.items():
        data[name] = value
    return data


def changes(grid: MonthGrid) -> dict[tuple[str, date], Decimal | None]:
    return {(change.key, change.month): change.value for change in grid.changes}


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    grid = a_grid(Decimal("43210.98")).read(sent(a_grid(Decimal("43210.98"))))
    assert grid.ok
    assert not grid.changes


def test_a_typed_figure_is_a_change_in_pounds_that_carries_what_was_seen() -> None:
    grid = a_grid().read(sent(a_grid(), **{ACTUAL: "1,250"}))
    (change,) = grid.changes
    assert (change.key, change.month) == ("PC-03 actual", SEP)
    assert (change.was, change.value, change.before, change.after) == (Decimal(43000), Decimal(1250000), "43", "1250")


def test_the_same_figure_written_otherwise_is_no_change() -> None:
    assert not a_grid().read(sent(a_grid(), **{ACTUAL: "£43.0"})).changes


def test_an_emptied_box_is_not_reported() -> None:
    assert changes(a_grid().read(sent(a_grid(), **{ACTUAL: ""}))) == {("PC-03 actual", SEP): None}


def test_nought_is_nothing_saved_and_differs_from_not_reported() -> None:
    assert changes(a_grid(None).read(sent(a_grid(None), **{ACTUAL: "0"}))) == {("PC-03 actual", SEP): Decimal(0)}


def test_every_bad_cell_is_named_and_what_was_typed_stays() -> None:
    data = sent(a_grid(), **{ACTUAL: "4O", FORECAST: "1e308", cell_id("PC-03 forecast", NOV): "7" * 500})
    grid = a_grid().read(data)
    assert [problem.cell for problem in grid.problems] == [ACTUAL, FORECAST, cell_id("PC-03 forecast", NOV)]
    assert (
        grid.problems[0].text
        == "Switches, actual, September: “4O” is not a number. It holds the letter O; did you mean 40?"
    )
    assert grid.problems[0].brief.startswith("September: “4O”")
    assert grid.refusal == "Nothing has been saved: 3 figures need attention"
    cells = [cell for row in grid.rows() for cell in grid.cells(row) if cell.error]
    assert [cell.text for cell in cells] == ["4O", "1e308", "7" * 500]
    assert cells[0].problem_id == f"problem-{ACTUAL}"
    assert grid.differing() == 3


def test_a_good_change_beside_a_bad_one_waits_for_it() -> None:
    grid = a_grid().read(sent(a_grid(), **{ACTUAL: "4O", FORECAST: "44"}))
    assert not grid.ok
    assert grid.differing() == 2


# Two people ------------------------------------------------------------------


def test_a_cell_that_another_has_changed_is_not_overwritten() -> None:
    stored = a_grid(Decimal(46000))
    stored.author = lambda key, month: ("Finance lead", "21 Nov 10:14", f"{key} {month:%b}")
    grid = stored.read(sent(a_grid(), **{ACTUAL: "44"}))
    (clash,) = grid.clashes
    assert (clash.opened, clash.now, clash.mine) == ("43", "46", "44")
    assert (clash.who, clash.when, clash.why) == ("Finance lead", "21 Nov 10:14", "PC-03 actual Sep")
    assert not grid.changes
    assert "changed by Finance lead while you were typing" in grid.errors[0].text


def test_pressing_save_again_does_not_settle_a_clash() -> None:
    first = a_grid(Decimal(46000)).read(sent(a_grid(), **{ACTUAL: "44"}))
    assert a_grid(Decimal(46000)).read(sent(first)).clashes


def test_a_cell_that_another_has_changed_and_i_have_not_takes_the_new_figure() -> None:
    grid = a_grid(Decimal(46000)).read(sent(a_grid(), **{FORECAST: "50"}))
    assert grid.ok
    assert changes(grid) == {("PC-03 forecast", OCT): Decimal(50000)}
    assert json.loads(grid.opened())[ACTUAL] == "46"


def test_two_people_who_typed_the_same_figure_agree() -> None:
    grid = a_grid(Decimal(44000)).read(sent(a_grid(), **{ACTUAL: "44"}))
    assert grid.ok
    assert not grid.changes


@pytest.mark.parametrize(("choice", "expected"), [("keep", {}), ("mine", {("PC-03 actual", SEP): Decimal(44000)})])
@pytest.mark.parametrize("name", [f"choose {ACTUAL}", "choose all"])
def test_a_clash_is_settled_by_the_value_chosen(name: str, choice: str, expected: dict[object, object]) -> None:
    data = sent(a_grid(Decimal(46000)).read(sent(a_grid(), **{ACTUAL: "44"})))
    data[name], data[f"seen {ACTUAL}"] = choice, "46"
    grid = a_grid(Decimal(46000)).read(data)
    assert grid.ok
    assert changes(grid) == expected


def test_choosing_mine_does_not_overwrite_a_third_figure_that_was_never_shown() -> None:
    data = sent(a_grid(Decimal(46000)).read(sent(a_grid(), **{ACTUAL: "44"})))
    data[f"choose {ACTUAL}"], data[f"seen {ACTUAL}"] = "mine", "46"
    (clash,) = a_grid(Decimal(50000)).read(data).clashes
    assert (clash.opened, clash.now, clash.mine) == ("46", "50", "44")


@pytest.mark.parametrize("opened", ["", "{", "[]", "null", "[" * 100_000])
def test_a_form_that_does_not_say_what_it_was_opened_with_clashes_rather_than_overwrites(opened: str) -> None:
    data = sent(a_grid(), **{ACTUAL: "44", "opened": opened})
    grid = a_grid().read(data)
    assert [clash.cell for clash in grid.clashes] == [ACTUAL]
    assert a_grid().read(sent(grid)).clashes


def test_what_was_typed_in_a_month_that_was_closed_meanwhile_is_refused_and_quoted() -> None:
    shut = a_grid()
    shut.groups[0].rows[1].editable = frozenset()
    shut.closed = CLOSED | {SEP}
    grid = shut.read(sent(a_grid(), **{ACTUAL: "44"}))
    assert [problem.text for problem in grid.problems] == [
        "Switches, actual, September: September 2016 is closed, so “44” has not been saved."
    ]
    assert not shut.read(sent(a_grid())).changes


def test_a_box_that_a_person_may_not_type_in_cannot_be_forged() -> None:
    data = sent(a_grid(), **{cell_id("PC-03 plan", SEP): "99"})
    assert not a_grid().read(data).changes


# Pasted ----------------------------------------------------------------------

TWELVE = "\t".join(str(figure) for figure in range(1, 13))


def pasted(text: str, **typed: str) -> MonthGrid:
    return a_grid().paste(text, sent(a_grid(), **typed))


def test_twelve_columns_are_april_to_march_and_closed_months_are_named() -> None:
    grid = pasted(f"PC-03 forecast\t{TWELVE}")
    assert changes(grid)[("PC-03 forecast", MONTHS[11])] == Decimal(12000)
    assert "cannot be changed here in April “1”, May “2”" in grid.problems[0].text


@pytest.mark.parametrize(
    "line", ["PC-03 actual\t44", "pc-03  Actual\t44", "Actual\t44", "Switches, actual\t44", "PC-03\tactual\t44"]
)
def test_a_row_is_found_by_key_label_or_name_and_one_column_is_the_open_month(line: str) -> None:
    grid = pasted(line)
    assert grid.ok
    assert changes(grid) == {("PC-03 actual", SEP): Decimal(44000)}


@pytest.mark.parametrize(
    "head",
    ["Row\tOct\tNov", "\tOctober\tNovember", "x\tOct-16\tNov-16", "x\t2016-10-01\t01/11/2016", "a\tb\tOCT 2016\tnov"],
)
def test_a_first_line_of_months_says_which_columns_they_are(head: str) -> None:
    label = "PC-03\tforecast" if head.startswith("a\tb") else "PC-03 forecast"
    grid = pasted(f"{head}\r\n{label}\t50\t51\r\n")
    assert grid.ok
    assert changes(grid) == {("PC-03 forecast", OCT): Decimal(50000), ("PC-03 forecast", NOV): Decimal(51000)}


def test_empty_cells_before_the_first_figure_are_months() -> None:
    grid = pasted("PC-03 forecast\t\t\t\t\t\t\t44\t45\t46\t47\t48\t49")
    assert grid.ok
    assert changes(grid)[("PC-03 forecast", OCT)] == Decimal(44000)
    assert changes(grid)[("PC-03 forecast", MONTHS[11])] == Decimal(49000)


def test_a_total_column_is_passed_over() -> None:
    assert pasted("\tOct\tNov\tYear\nForecast\t50\t51\t101").ok


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Nothing was pasted"),
        ("\n \n", "Nothing was pasted"),
        ("PC-99 actual\t44", "there is no row “PC-99 actual”"),
        ("44", "there is no row “44”"),
        ("PC-03 actual", "it has no columns of figures"),
        ("PC-03 actual\t1\t2\t3", "it has 3 columns of figures; paste twelve months"),
        (f"PC-03 actual\t{TWELVE}\t13\t14", "it has 14 columns of figures"),
        ("\tOct\tNov\nForecast\t1\t2\t3", "it has 3 columns, but the heading names 2"),
        ("\tOct\tOct\nForecast\t1\t2", "names October 2016 twice"),
        ("\tOct-15\nForecast\t1", "October 2015, which is not in this plan"),
        ("\tOct\tMarginal\nForecast\t1\t2", "“Marginal” is not a month"),
        ("Actual\t44\nactual\t45", "was pasted before"),
        ("Plan\t41", "“PC-03 plan” cannot be changed here in September “41”"),
    ],
)
def test_a_paste_that_does_not_fit_says_where_and_why(text: str, complaint: str) -> None:
    grid = pasted(text)
    assert complaint in grid.problems[0].text
    assert grid.problems[0].target == "paste"
    assert not grid.ok


@pytest.mark.parametrize("year", ["", "–", "507", "510.5", "252"])
def test_a_thirteenth_column_may_be_the_year_of_its_row(year: str) -> None:
    """Empty, as the months add up, as they add up before a worksheet rounds them, or as the page showed it."""
    grid = a_grid()
    grid.groups[0].rows[2].year = Decimal(252_000)
    line = "\t".join(["PC-03 forecast", *["", "", "", "", ""], "60", "70", "71", "72", "76", "78", "80", year])
    grid.paste(line, sent(a_grid()))
    assert grid.ok
    assert len(grid.changes) == 7


@pytest.mark.parametrize(
    ("thirteenth", "complaint"),
    [
        ("99", "holds “99”, after March, and the twelve months add to 507. Paste twelve months"),
        ("late", "holds “late”, after March. Paste twelve months"),
    ],
)
def test_a_thirteenth_column_that_is_not_the_year_is_refused_and_its_row_is_not_laid(
    thirteenth: str, complaint: str
) -> None:
    line = "\t".join(["PC-03 forecast", *[""] * 5, "60", "70", "71", "72", "76", "78", "80", thirteenth])
    grid = pasted(f"{line}\nPC-03 actual\t44")
    assert f"Pasted line 1: its thirteenth column {complaint}" in grid.problems[0].text
    assert grid.problems[0].target == "paste"
    assert set(changes(grid)) == {("PC-03 actual", SEP)}


def test_a_bad_pasted_cell_is_a_problem_of_its_box_and_the_rest_is_shown() -> None:
    grid = pasted("\tOct\tNov\nForecast\t4O\t51")
    assert [problem.cell for problem in grid.problems] == [FORECAST]
    assert changes(grid) == {("PC-03 forecast", NOV): Decimal(51000)}


def test_rows_that_cannot_be_typed_may_be_pasted_as_they_stand() -> None:
    shown = "\t".join(a_grid().groups[0].rows[0].shown(Decimal("40123.45")) for _ in MONTHS)
    assert pasted(f"Plan\t{shown}\nActual\t31\t31\t31\t31\tNot reported\t44\t\t–\t\t\t\t").ok


def test_a_paste_keeps_what_was_typed_elsewhere() -> None:
    assert len(pasted("Forecast\tx".replace("x", "50"), **{ACTUAL: "44"}).changes) == 2


def test_what_a_paste_shows_is_what_saving_it_stores() -> None:
    shown = pasted("\tOct\tNov\nForecast\t50\t51")
    assert changes(a_grid().read(sent(shown))) == changes(shown)


# Shown -----------------------------------------------------------------------


def html(grid: MonthGrid) -> str:
    return engines["django"].from_string("{% month_grid grid %}").render({"grid": grid})


def test_only_what_may_be_typed_is_a_box_with_a_name_for_a_screen_reader() -> None:
    page = html(a_grid())
    assert page.count("<input id=") == 1 + len(OPEN)
    assert 'aria-label="Switches, actual, September, £000"' in page
    assert 'name="opened"' in page


def test_a_grid_that_may_only_be_read_has_neither_box_nor_form_field() -> None:
    grid = a_grid()
    for row in grid.rows():
        row.editable = frozenset()
    page = html(grid)
    assert "<input" not in page
    assert not grid.editable
    assert grid.first_box == ""
    assert "43" in page


def test_due_and_absent_is_not_reported_and_not_due_is_a_dash() -> None:
    grid = a_grid()
    texts = [cell.text for cell in grid.cells(list(grid.rows())[1])]
    assert texts[3:7] == ["31", "Not reported", "43", "–"]


def test_what_was_typed_cannot_break_out_of_the_page() -> None:
    page = html(a_grid().read(sent(a_grid(), **{ACTUAL: '"><script>alert(1)</script>'})))
    assert "<script>" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


def test_the_first_box_is_the_first_of_the_open_month() -> None:
    assert a_grid().first_box == ACTUAL
