"""What the control group's page rests on: occupied beds as published, the two weekly counts, and one target said twice."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PLAN = REPOSITORY / "fixtures" / "10Q" / "2016-17"
BEDS = REPOSITORY.parent / "shared" / "data" / "beds" / "kh03_oxfordshire_2015_2017.csv"


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counts(kind):
    return {date.fromisoformat(row["day"]): row for row in rows(PLAN / "weekly_counts.csv") if row["kind"] == kind}


@pytest.mark.skipif(not BEDS.exists(), reason="the published KH03 returns are not at hand")
def test_occupied_beds_are_the_published_groups_added_up():
    published = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows(BEDS):
        of = published[f"KH03.OCC-{row['org_code']}", row["period_start"]]
        of[0] += Decimal(row["beds_occupied_daily_average"])
        of[1] += Decimal(row["beds_available_daily_average"])
    held = [row for row in rows(PLAN / "actuals" / "delays.csv") if row["line"].startswith("KH03")]
    assert len(held) == 12
    for row in held:
        assert [Decimal(row["numerator"]), Decimal(row["denominator"])] == published[row["line"], row["period"]]


def test_beds_are_held_to_the_last_quarter_that_was_out_when_september_was_reported():
    assert (
        max(row["period"] for row in rows(PLAN / "actuals" / "delays.csv") if row["line"].startswith("KH03"))
        == "2016-04-01"
    )


def test_the_weekly_trajectory_falls_from_136_to_68_in_52_equal_weeks():
    planned = {day: Decimal(row["patients"]) for day, row in counts("planned").items()}
    start = date(2016, 3, 31)
    assert len(planned) == 52
    for week in range(1, 53):
        exact = 136 - Decimal(68) * week / 52
        assert abs(planned[start + timedelta(7 * week)] - exact) <= Decimal("0.05")


def test_only_the_two_counts_of_a_public_paper_are_published():
    actual = counts("actual")
    published = {day: int(row["patients"]) for day, row in actual.items() if row["basis"] == "published"}
    assert published == {date(2015, 10, 29): 157, date(2016, 3, 31): 122}
    assert {row["basis"] for row in actual.values()} == {"published", "illustrative"}


def test_every_count_falls_on_a_thursday():
    assert {day.weekday() for kind in ("planned", "actual") for day in counts(kind)} == {3}


def test_the_paper_says_one_target_in_two_ways():
    targets = {row["reference"]: Decimal(row["value"]) for row in rows(PLAN / "dtoc_targets.csv")}
    assert targets["DT-FEWER"] * 100 / targets["DT-HALF"] == targets["DT-BASELINE"] == 136
    assert targets["DT-BASELINE"] - targets["DT-FEWER"] == targets["DT-LEVEL"] == 68


def test_the_risk_share_starts_from_the_month_that_the_trajectory_starts_from():
    assert {Decimal(row["baseline"]) for row in rows(PLAN / "risk_shares.csv")} == {Decimal("150.9677")}
    assert round(Decimal(4680) / 31, 4) == Decimal("150.9677")
    assert {row["basis"] for row in rows(PLAN / "risk_shares.csv")} == {"illustrative"}


def test_every_reason_names_a_known_source():
    sources = {row["key"] for row in rows(REPOSITORY / "fixtures" / "sources.csv")}
    catalogue = rows(REPOSITORY / "activity" / "delay_reasons.csv")
    assert len(catalogue) == 11
    assert {row["source"].split(" ", 1)[0] for row in catalogue} <= sources
