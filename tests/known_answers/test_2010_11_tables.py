"""The tables of the NHS Oxfordshire Operational Plan 2010-11, re-added.

Each figure in ``fixtures/5QE/2010-11`` is checked against the others of its table: rows against totals, years
against growth, schemes against the table of impact. Money columns that end in ``_thousand`` are in GBP thousands
with the sign that the paper prints; schemes and their months are in whole pounds. The expected totals are those
printed in the paper.
"""

import csv
import re
import tomllib
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAN = ROOT / "fixtures" / "5QE" / "2010-11"
MEASURES = ROOT / "fixtures" / "measures" / "2010-11.csv"
PUBLISHED_RTT = ROOT.parent / "shared" / "data" / "rtt" / "dh_123541.xls"

YEARS = ["2010-11", "2011-12", "2012-13", "2013-14"]
MONTHS = [date(2010 + (month > 12), (month - 1) % 12 + 1, 1).isoformat() for month in range(4, 16)]
BASES = {"stated", "published", "derived", "illustrative"}
SOURCES = {"op1011", "rtt", "catalogue", "illustrative"}


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(name):
    return rows_of(PLAN / f"{name}.csv")


def every_file():
    return [*sorted(PLAN.rglob("*.csv")), MEASURES]


def split_total(rows):
    """Rows of a printed table without its total, and the total."""
    (total,) = [row for row in rows if row["is_total"] == "yes"]
    return [row for row in rows if row["is_total"] == "no"], total


def strategy():
    """Financial strategy as amounts in GBP thousands: line -> year -> amount."""
    amounts = defaultdict(dict)
    for row in table("financial_strategy"):
        amounts[row["line"]][row["year"]] = int(row["amount_thousand"])
    return amounts


def strategy_column(sections, year):
    return sum(
        int(row["amount_thousand"])
        for row in table("financial_strategy")
        if row["section"] in sections and row["year"] == year and row["is_total"] == "no"
    )


@pytest.mark.parametrize("row", table("impact"), ids=lambda row: row["line"])
def test_gross_plus_efficiency_is_net_in_every_row_of_the_impact_table(row):
    assert int(row["gross_thousand"]) + int(row["efficiency_thousand"]) == int(row["net_thousand"])


@pytest.mark.parametrize(
    ("column", "printed"),
    [("gross_thousand", -39_163), ("efficiency_thousand", 34_688), ("net_thousand", -4_475)],
)
def test_ten_initiatives_add_up_to_the_printed_totals_of_the_impact_table(column, printed):
    initiatives, total = split_total(table("impact"))
    assert len(initiatives) == 10
    assert sum(int(row[column]) for row in initiatives) == int(total[column]) == printed


def test_net_effect_of_the_year_is_an_investment_although_the_text_calls_it_a_gain():
    figures = tomllib.loads((PLAN / "plan.toml").read_text(encoding="utf-8"))["figures"]
    assert figures["net_gain_as_stated"]["value"] == 4_000_000
    assert figures["net_of_the_table"]["value"] == -4_475_000


def test_requirement_of_the_plan_is_the_efficiency_of_its_ten_initiatives():
    requirement = tomllib.loads((PLAN / "plan.toml").read_text(encoding="utf-8"))["requirement"]
    assert requirement["qipp"] == 34_688_000


OUT_BY_ONE = {("Uplift plus adjustments", "2010-11"): (6_658, 6_659), ("Planned surplus", "2011-12"): (2_183, 2_184)}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("line", ["Uplift plus adjustments", "Net saving/(investment)", "Planned surplus"])
def test_columns_of_the_four_year_strategy_readd_and_only_two_totals_are_out_by_one(line, year):
    printed = strategy()[line][year]
    if line == "Uplift plus adjustments":
        added = strategy_column({"Changes in funding", "Adjusted for"}, year)
    elif line == "Net saving/(investment)":
        added = strategy_column({"Impact on pathways of care"}, year)
    else:
        added = strategy()["Uplift plus adjustments"][year] + strategy()["Net saving/(investment)"][year]
    assert (added, printed) == OUT_BY_ONE.get((line, year), (printed, printed))


def test_first_year_of_the_strategy_has_the_net_effects_of_the_impact_table():
    amounts = strategy()
    initiatives, total = split_total(table("impact"))
    assert {row["line"]: int(row["net_thousand"]) for row in initiatives} == {
        row["line"]: amounts[row["line"]]["2010-11"] for row in initiatives
    }
    assert amounts["Net saving/(investment)"]["2010-11"] == int(total["net_thousand"])


def test_resource_limits_of_the_four_years_are_those_printed():
    assert list(strategy()["Revenue resource limit"].values()) == [873_675, 895_517, 917_905, 940_853]


@pytest.mark.parametrize(("before", "after"), list(zip(YEARS, YEARS[1:], strict=False)))
def test_each_later_resource_limit_is_the_one_before_grown_by_two_and_a_half_per_cent(before, after):
    limit, growth = strategy()["Revenue resource limit"], strategy()["Growth"]
    assert limit[after] == limit[before] + growth[after]
    assert growth[after] == round(limit[before] * 25 / 1000)


def test_growth_of_the_first_year_is_five_point_one_per_cent_of_the_opening_limit_and_less_of_the_stated_one():
    growth, limit = strategy()["Growth"]["2010-11"], strategy()["Revenue resource limit"]["2010-11"]
    assert round(100 * growth / 831_000, 1) == 5.1
    assert round(100 * growth / limit, 1) == 4.9


def test_contingency_and_surplus_are_the_stated_shares_of_the_resource_limit():
    limit = strategy()["Revenue resource limit"]["2010-11"]
    assert round(limit * 0.0075) == -strategy()["Re-establish recurrent contingency"]["2010-11"] == 6_553
    assert round(limit * 0.0025) == strategy()["Planned surplus"]["2010-11"] == 2_184


def test_net_tariff_assumptions_follow_from_the_gross_ones():
    percent = {(row["assumption"], row["year"]): float(row["percent"]) for row in table("planning_assumptions")}
    for year in YEARS[:2]:
        net = percent["PBR tariff inflation (gross)", year] + percent["General efficiency", year]
        assert net == percent["PBR tariff inflation (net of general efficiency)", year]
        assert net + percent["CQUIN", year] == percent["PBR tariff inflation (inclusive of CQUIN)", year]


@pytest.mark.parametrize(("year", "printed"), list(zip(YEARS, [5_455, 7_332, 7_391, 5_585], strict=True)))
def test_capital_lines_add_up_to_the_printed_total_of_the_year(year, printed):
    lines, total = split_total([row for row in table("capital_programme") if row["year"] == year])
    assert sum(int(row["amount_thousand"] or 0) for row in lines) == int(total["amount_thousand"]) == printed


@pytest.mark.parametrize("row", table("shaping_the_future"), ids=lambda row: row["line"])
def test_difference_from_shaping_the_future_is_the_pct_saving_less_the_regional_one(row):
    difference = int(row["pct_gross_saving_thousand"]) - int(row["regional_gross_saving_thousand"])
    assert difference == int(row["difference_thousand"])


@pytest.mark.parametrize(
    ("column", "printed"),
    [
        ("pct_gross_saving_thousand", -117_742),
        ("regional_gross_saving_thousand", -98_644),
        ("difference_thousand", -19_098),
    ],
)
def test_pathways_add_up_to_the_subtotals_of_shaping_the_future(column, printed):
    pathways, total = split_total(table("shaping_the_future"))
    assert sum(int(row[column]) for row in pathways) == int(total[column]) == printed


def test_three_listed_sections_of_demand_management_save_26_8_million():
    sections = table("demand_management_sections")
    assert len(sections) == 3
    assert sum(int(row["net_saving"]) for row in sections) == 26_800_000


def test_schemes_hold_the_figures_of_the_impact_table():
    impact = {
        row["initiative"]: (int(row["efficiency_thousand"]) * 1000, -int(row["gross_thousand"]) * 1000)
        for row in split_total(table("impact"))[0]
    }
    schemes = {row["initiative"]: (int(row["saving"]), int(row["investment"])) for row in table("schemes")}
    assert schemes == impact
    assert schemes["PC"] == (11_424_000, 26_572_000)
    assert schemes["SH"][0] == 0
    assert [sum(amounts) for amounts in zip(*schemes.values(), strict=True)] == [34_688_000, 39_163_000]


@pytest.mark.parametrize("scheme", table("schemes"), ids=lambda row: row["reference"])
@pytest.mark.parametrize("kind", ["saving", "investment"])
def test_months_of_a_scheme_add_up_to_its_year_and_differ_by_a_pound_at_most(scheme, kind):
    months = [row for row in table("scheme_months") if row["scheme"] == scheme["reference"]]
    amounts = [int(row[f"planned_{kind}"]) for row in months]
    assert [row["month"] for row in months] == MONTHS
    assert sum(amounts) == int(scheme[kind])
    assert max(amounts) - min(amounts) <= 1
    assert amounts == sorted(amounts, reverse=True)


def test_no_month_of_a_scheme_has_an_actual_or_a_forecast():
    empty = ["actual_saving", "actual_investment", "forecast_saving", "forecast_investment"]
    assert all(row[column] == "" for row in table("scheme_months") for column in empty)


@pytest.mark.parametrize("path", every_file(), ids=lambda path: path.name)
def test_every_row_says_where_it_comes_from_and_on_what_basis(path):
    with path.open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file))[-2:] == ["source", "basis"]
    for row in rows_of(path):
        key, _, locator = row["source"].partition(" ")
        assert None not in row, row
        assert key in SOURCES, row
        assert locator, row
        assert row["basis"] in BASES, row


def test_every_single_figure_has_a_value_unit_label_source_and_basis():
    figures = tomllib.loads((PLAN / "plan.toml").read_text(encoding="utf-8"))["figures"]
    for key, figure in figures.items():
        assert set(figure) == {"value", "unit", "label", "source", "basis"}, key
        assert figure["source"].startswith("op1011 section "), key
        assert figure["basis"] in BASES, key


@pytest.mark.parametrize("path", every_file(), ids=lambda path: path.name)
def test_references_are_unique_within_their_register_and_well_formed(path):
    rows = rows_of(path)
    references = [row.get("reference") or row.get("code") for row in rows if "reference" in row or "code" in row]
    assert [reference for reference, times in Counter(references).items() if times > 1] == []
    assert all(re.fullmatch(r"[A-Z0-9.-]+", reference) for reference in references)


def references(name, column="reference"):
    return {row[column] for row in table(name)}


def test_every_initiative_belongs_to_a_programme_and_names_goals_that_exist():
    goals = references("goals")
    assert goals == set("ABCDE")
    for row in table("initiatives"):
        assert row["programme"] in references("programmes"), row["reference"]
        assert set(row["goals"].split()) <= goals, row["reference"]


@pytest.mark.parametrize(
    "name",
    [
        "projects", "milestones", "schemes", "lines", "impact", "financial_strategy",
        "shaping_the_future", "activity_impacts", "priority_care_groups",
    ],
)  # fmt: skip
def test_every_initiative_that_a_register_names_exists(name):
    assert references(name, "initiative") - {""} <= references("initiatives")


@pytest.mark.parametrize("name", ["milestones", "activity_impacts", "informatics_priorities"])
def test_every_project_that_a_register_names_exists_under_the_same_initiative(name):
    owner = {row["reference"]: row["initiative"] for row in table("projects")}
    for row in table(name):
        if row["project"]:
            assert row.get("initiative", owner[row["project"]]) == owner[row["project"]], row["reference"]


def test_every_measure_that_a_register_names_is_in_the_catalogue():
    codes = {row["code"] for row in rows_of(MEASURES)}
    assert references("lines", "measure") <= codes
    assert references("activity_impacts", "measure") <= codes
    assert {line for row in table("recovery_plans") for line in row["lines"].split()} <= references("lines")


def test_ten_commissioning_initiatives_and_six_caho_work_streams_are_registered():
    programmes = Counter(row["programme"] for row in table("initiatives"))
    assert (programmes["CI"], programmes["CAHO"]) == (10, 6)


def test_every_milestone_is_due_on_a_real_day_with_a_known_precision():
    for row in table("milestones"):
        assert date(2010, 3, 1) <= date.fromisoformat(row["due"]) <= date(2013, 3, 31), row["reference"]
        assert row["precision"] in {"day", "month", "season", "year"}, row["reference"]


def test_planned_standards_are_the_standards_of_the_measures_in_each_month():
    standard = {row["code"]: row["standard"] for row in rows_of(MEASURES)}
    measure = {row["reference"]: row["measure"] for row in table("lines")}
    periods = defaultdict(list)
    for row in rows_of(PLAN / "planned" / "standards.csv"):
        assert (row["numerator"], row["denominator"]) == (standard[measure[row["line"]]], "100")
        periods[row["line"]].append(row["period"])
    assert all(months == MONTHS for months in periods.values())


def test_specialties_of_april_2010_add_up_to_the_published_total_of_incomplete_pathways():
    actuals = rows_of(PLAN / "actuals" / "rtt.csv")
    assert {row["line"] for row in actuals} <= references("lines")
    (total,) = [row for row in actuals if row["line"] == "RTT-INC"]
    specialties = [row for row in actuals if row["line"] != "RTT-INC"]
    assert (int(total["numerator"]), int(total["denominator"])) == (27_496, 31_021)
    assert sum(int(row["numerator"]) for row in specialties) == 27_496
    assert sum(int(row["denominator"]) for row in specialties) == 31_021


def test_april_2010_incomplete_pathways_are_those_of_the_published_file():
    if not PUBLISHED_RTT.exists():
        pytest.skip("the published RTT file of April 2010 is not in ../shared/data")
    calamine = pytest.importorskip("python_calamine")
    sheet = calamine.CalamineWorkbook.from_path(str(PUBLISHED_RTT)).get_sheet_by_name("PCT").to_python()
    (heading,) = [row for row in sheet if "PCT Code" in row]
    at = {name: heading.index(name) for name in heading if name}
    published = {}
    for row in sheet:
        if row[at["PCT Code"]] == "5QE":
            specialty = row[at["Treatment Function Code"]].removeprefix("IP")
            line = "RTT-INC" if specialty == "999" else f"RTT-INC-{specialty}"
            within, total = row[at["Total within 18 weeks"]], row[at["Total number of incomplete pathways"]]
            published[line] = (int(within), int(total))
    held = {
        row["line"]: (int(row["numerator"]), int(row["denominator"])) for row in rows_of(PLAN / "actuals" / "rtt.csv")
    }
    assert held == published
