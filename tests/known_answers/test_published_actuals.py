"""The published figures of Oxfordshire in the 2016-17 plan: known totals, the plans derived from them, the raw files.

Delayed transfers of care are those of Oxfordshire's residents at every provider (local authority 608); A&E and the
Monthly Activity Return are those of Oxford University Hospitals (RTH), for every commissioner.
"""

import csv
import re
from calendar import monthrange
from collections import defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from opplan.calc.bank_holidays import BANK_HOLIDAYS_OF_ENGLAND
from opplan.calc.phasing import by_working_days

REPOSITORY = Path(__file__).resolve().parents[2]
PLAN = REPOSITORY / "fixtures" / "10Q" / "2016-17"
RAW = REPOSITORY.parent / "shared" / "data"

YEAR_2015_16 = [date(2015, month, 1) for month in range(4, 13)] + [date(2016, month, 1) for month in range(1, 4)]
YEAR_2016_17 = [month.replace(year=month.year + 1) for month in YEAR_2015_16]
MARCH_2016, MARCH_2017 = YEAR_2015_16[-1], YEAR_2016_17[-1]

CATEGORIES = {
    "care": ["acute", "non_acute"],
    "body": ["nhs", "social_care", "both"],
    "reason": ["A", "B", "C", "DI", "DII", "E", "F", "G", "H", "I"],
    "total": ["total"],
}
ACTIVITY_RETURN = {
    "MAR.EL-RTH": "Elective G&A Ordinary Admissions (FFCEs)",
    "MAR.DC-RTH": "Elective G&A Daycase Admissions (FFCEs)",
    "MAR.NEL-RTH": "Total Non-elective G&A Admissions (FFCEs)",
    "MAR.GPREF-RTH": "GP Referrals Made (G&A)",
    "MAR.OTHREF-RTH": "Other Referrals Made (G&A)",
    "MAR.OPFA-RTH": "All 1st Outpatient Attendances (G&A)",
}
OUTTURN_2015_16 = {
    "MAR.EL-RTH": 23172,
    "MAR.DC-RTH": 82342,
    "MAR.NEL-RTH": 71092,
    "MAR.GPREF-RTH": 160237,
    "MAR.OTHREF-RTH": 113948,
    "MAR.OPFA-RTH": 238387,
}

Readings = dict[str, dict[date, tuple[int, int | None]]]
Delays = dict[tuple[date, str, str], int]


def rows_of(name: str) -> list[dict[str, str]]:
    with (PLAN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def readings_of(name: str) -> Readings:
    """Numerator and denominator by line and month, refusing a line that names a month twice."""
    readings: Readings = defaultdict(dict)
    for row in rows_of(name):
        month = date.fromisoformat(row["period"])
        assert month not in readings[row["line"]], row
        readings[row["line"]][month] = (int(row["numerator"]), int(row["denominator"]) if row["denominator"] else None)
    return dict(readings)


def numerators(readings: Readings, line: str, months: list[date]) -> list[int]:
    return [readings[line][month][0] for month in months]


@pytest.fixture(scope="module")
def actual() -> Readings:
    return readings_of("actuals/published.csv")


@pytest.fixture(scope="module")
def planned() -> Readings:
    return readings_of("planned/published_lines.csv")


@pytest.fixture(scope="module")
def delays() -> Delays:
    rows = rows_of("delays.csv")
    found = {(date.fromisoformat(row["period"]), row["cut"], row["category"]): int(row["days"]) for row in rows}
    assert len(found) == len(rows)
    return found


def calendar_days(month: date) -> int:
    return monthrange(month.year, month.month)[1]


class TestDelayedTransfers:
    def test_delayed_days_of_each_year_are_the_published_totals(self, actual):
        assert sum(numerators(actual, "DTOC.1", YEAR_2015_16)) == 59_435
        assert sum(numerators(actual, "DTOC.1", YEAR_2016_17)) == 52_236

    def test_the_two_marches_are_the_published_ones(self, actual, delays):
        assert actual["DTOC.1"][MARCH_2016] == (4_680, 31)
        assert actual["DTOC.1"][MARCH_2017] == (5_615, 31)
        assert [delays[MARCH_2017, "care", category] for category in CATEGORIES["care"]] == [3_658, 1_957]
        assert [delays[MARCH_2017, "body", category] for category in CATEGORIES["body"]] == [2_694, 859, 2_062]

    def test_every_month_has_every_category_of_the_three_cuts_and_the_total(self, delays):
        assert set(delays) == {
            (month, cut, category)
            for month in YEAR_2015_16 + YEAR_2016_17
            for cut, categories in CATEGORIES.items()
            for category in categories
        }

    @pytest.mark.parametrize("month", YEAR_2015_16 + YEAR_2016_17, ids=str)
    def test_the_three_cuts_agree_with_the_total_and_with_the_line(self, delays, actual, month):
        cuts = {cut: sum(delays[month, cut, each] for each in categories) for cut, categories in CATEGORIES.items()}
        assert set(cuts.values()) == {actual["DTOC.1"][month][0]}, cuts

    def test_the_denominator_is_the_days_of_the_month(self, actual, planned):
        for readings in (actual, planned):
            assert all(days == calendar_days(month) for month, (_, days) in readings["DTOC.1"].items())

    def test_the_trajectory_falls_in_a_straight_line_to_68_beds(self, planned):
        baseline = Fraction(4680, 31)
        for step, month in enumerate(YEAR_2016_17, start=1):
            beds = baseline + (68 - baseline) * Fraction(step, 12)
            days, of_month = planned["DTOC.1"][month]
            assert abs(days - beds * of_month) <= Fraction(1, 2)
        assert planned["DTOC.1"][MARCH_2017] == (2_108, 31)
        assert Decimal(2_108) / 31 == 68


class TestAccidentAndEmergency:
    def test_within_four_hours_is_out_of_the_attendances_of_the_month(self, actual):
        assert list(actual["E.B.5-RTH"]) == list(actual["E.M.6-RTH"]) == YEAR_2016_17
        for month in YEAR_2016_17:
            within, attendances = actual["E.B.5-RTH"][month]
            assert (attendances, None) == actual["E.M.6-RTH"][month]
            assert 0 < within < attendances

    def test_a_month_worked_by_hand(self, actual):
        # March 2017: type 1 11,198 attendances with 1,676 breaches, type 2 1,797 with none.
        assert actual["E.B.5-RTH"][MARCH_2017] == (11_319, 12_995)

    def test_the_plan_is_the_standard_in_every_month(self, planned):
        assert planned["E.B.5-RTH"] == dict.fromkeys(YEAR_2016_17, (95, 100))

    def test_attendances_have_no_plan_since_no_year_before_is_published_here(self, planned):
        assert "E.M.6-RTH" not in planned


@pytest.mark.parametrize("line", ACTIVITY_RETURN)
class TestMonthlyActivityReturn:
    def test_both_years_are_whole_and_last_year_sums_to_its_outturn(self, actual, line):
        assert list(actual[line]) == YEAR_2015_16 + YEAR_2016_17
        assert sum(numerators(actual, line, YEAR_2015_16)) == OUTTURN_2015_16[line]

    def test_the_plan_is_last_year_and_1_9_per_cent_by_working_days(self, actual, planned, line):
        grown = sum(numerators(actual, line, YEAR_2015_16)) * Decimal("1.019")
        year = grown.quantize(Decimal(1), ROUND_HALF_UP)
        phased = numerators(planned, line, YEAR_2016_17)
        assert sum(phased) == year
        assert phased == by_working_days(year, YEAR_2016_17, BANK_HOLIDAYS_OF_ENGLAND)

    def test_the_plan_names_the_outturn_that_it_is_derived_from(self, actual, line):
        outturn = sum(numerators(actual, line, YEAR_2015_16))
        sources = {row["source"] for row in rows_of("planned/published_lines.csv") if row["line"] == line}
        assert len(sources) == 1
        assert sources.pop().startswith(f"derived 2015-16 outturn {outturn} plus 1.9%")


def test_every_reading_hangs_on_a_line_and_every_line_has_actuals(actual, planned):
    lines = [row["reference"] for row in rows_of("lines_published.csv")]
    assert len(lines) == len(set(lines))
    assert set(actual) == set(lines)
    assert set(planned) <= set(lines)


@pytest.mark.parametrize(
    "name", ["lines_published.csv", "delays.csv", "actuals/published.csv", "planned/published_lines.csv"]
)
def test_every_row_says_where_it_comes_from_and_on_what_basis(name):
    for row in rows_of(name):
        key, _, locator = row["source"].partition(" ")
        assert (
            key in {"published": {"dtoc", "ae", "mar"}, "derived": {"derived"}, "stated": {"paper1620"}}[row["basis"]]
        )
        assert locator


Sheet = list[list[object]]


def sheets_of(path: Path) -> dict[str, Sheet]:
    book = CalamineWorkbook.from_path(path)
    return {name.lower(): book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def preamble(sheet: Sheet) -> dict[str, str]:
    """The metadata above the header: its label, such as Period, and its text."""
    filled = [[str(cell).strip() for cell in row if cell != ""] for row in sheet[:13]]
    return {cells[0].rstrip(":"): cells[1] for cells in filled if len(cells) == 2}


def month_of(sheet: Sheet) -> date:
    return datetime.strptime(preamble(sheet)["Period"], "%B %Y").date()


def row_by_header(sheet: Sheet, *, column: str, code: str) -> dict[str, object]:
    """The one row whose ``column`` holds ``code``, by header text; the first of two headers of the same name counts."""
    at = next(number for number, row in enumerate(sheet) if column in row)
    header = [str(cell).strip() for cell in sheet[at]]
    (row,) = [row for row in sheet[at + 1 :] if str(row[header.index(column)]).strip() == code]
    return dict(reversed(list(zip(header, row, strict=True))))


def raw_delays(path: Path) -> Delays:
    """Oxfordshire's delayed days of one published file, by cut and category."""
    sheets = sheets_of(path)
    month = month_of(sheets["england"])
    found: Delays = {}
    for cut, name in {
        "care": "la - by type of care",
        "body": "la - by responsible org",
        "reason": "la - by reason",
    }.items():
        assert month_of(sheets[name]) == month
        for label, days in row_by_header(sheets[name], column="Code", code="608").items():
            # Reasons are headed "DII) AWAITING NURSING HOME ..."; the others by their plain name.
            category = label.split(")")[0] if cut == "reason" else label.lower().replace(" ", "_").replace("-", "_")
            if category in CATEGORIES[cut]:
                found[month, cut, category] = int(days)
            elif category.lower() == "total":
                assert found.setdefault((month, "total", "total"), int(days)) == int(days)
    return found


@pytest.mark.skipif(not RAW.is_dir(), reason="the published files are not beside this repository (../shared/data)")
class TestAgainstThePublishedFiles:
    def test_every_delayed_day(self, delays):
        published: Delays = {}
        for path in sorted((RAW / "dtoc").glob("*.xls")):
            # The older and newer layouts that lie beside these two years are not in the fixture.
            if re.search(r"_1[567]\.xls$", path.name) and path.name != "April_17.xls":
                published |= raw_delays(path)
        assert published == delays

    def test_every_attendance_and_breach(self, actual):
        published: dict[date, list[int]] = {month: [0, 0] for month in YEAR_2016_17}
        with (RAW / "ae" / "ae_attendances.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                month = date.fromisoformat(row["period"])
                if row["org_code"] == "RTH" and month in published:
                    attendances, breaches = int(float(row["attendances"])), int(float(row["breaches"]))
                    published[month][0] += attendances - breaches
                    published[month][1] += attendances
        assert actual["E.B.5-RTH"] == {month: tuple(figures) for month, figures in published.items()}
        assert actual["E.M.6-RTH"] == {month: (all_types, None) for month, (_, all_types) in published.items()}

    def test_every_figure_of_the_monthly_activity_return(self, actual):
        published: Readings = {line: {} for line in ACTIVITY_RETURN}
        versions: dict[date, str] = {}
        for path in sorted((RAW / "mar").glob("*.xls")):
            sheet = sheets_of(path)["provider"]
            month, row = month_of(sheet), row_by_header(sheet, column="Org Code", code="RTH")
            assert month not in versions, f"{path.name} republishes {month}: the later publication must be chosen"
            versions[month] = preamble(sheet)["Revised"]
            assert str(row["Period"]).title() == f"{month:%B}"
            for line, header in ACTIVITY_RETURN.items():
                published[line][month] = (int(row[header]), None)
        assert published == {line: actual[line] for line in ACTIVITY_RETURN}
        for row in rows_of("actuals/published.csv"):
            if row["line"] in ACTIVITY_RETURN:
                revised = versions[date.fromisoformat(row["period"])]
                said = "as first published" if revised == "-" else "as revised " + re.sub(r"(?<=\d)[a-z]+", "", revised)
                assert f"({said})" in row["source"]
