"""Every point and every summary that NHSRplotthedots 0.2.2 gave for the reference series, to nine digits."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from opplan.calc.spc import NO_SCREENING, PLOT_THE_DOTS, Assurance, Improvement, PointType, analysed

FILES = Path(__file__).parents[3] / "shared" / "reference" / "spc"
ATTENDANCES = FILES.parents[1] / "data" / "ae" / "ae_attendances.csv"
OPTIONS = ("series", "direction", "target", "screen_outliers", "fix_after_n", "rebase")

pytestmark = pytest.mark.skipif(
    not FILES.is_dir(), reason="the reference series lie in ../shared/reference/spc, which is absent"
)


def series() -> Iterator[tuple[tuple[str, ...], list[dict[str, str]], dict[str, str]]]:
    """Each run of the reference: its options, its points, its summary. A period or limit left blank is not defined there."""
    for points in sorted(FILES.glob("*_points.csv")):
        with points.open(encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        with points.with_name(points.name.replace("_points", "_summary")).open(encoding="utf-8") as opened:
            summaries = {options(row): row for row in csv.DictReader(opened)}
        for key, group in itertools.groupby(rows, options):
            yield key, list(group), summaries.pop(key)
        assert not summaries


def options(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in OPTIONS)


def read_as(key: tuple[str, ...], rows: list[dict[str, str]]):
    _, direction, target, screened, fixed, rebase = key
    return analysed(
        [(date.fromisoformat(row["period"]), Decimal(row["value"])) for row in rows],
        Improvement(direction),
        target=Decimal(target) if target else None,
        rebases=[date.fromisoformat(day) for day in rebase.split(";") if day],
        profile=PLOT_THE_DOTS if screened == "TRUE" else NO_SCREENING,
        fix_after=int(fixed) if fixed else None,
    )


def agrees(ours, theirs: str) -> bool:
    """A blank of theirs agrees with anything: R leaves the limits of a constant series undefined, where ours are its mean."""
    if theirs == "":
        return True
    if theirs in ("TRUE", "FALSE"):
        return ours is (theirs == "TRUE")
    return ours is not None and float(ours) == pytest.approx(float(theirs), rel=1e-9)


RUNS = list(series()) if FILES.is_dir() else []


@pytest.mark.parametrize(("key", "rows", "summary"), RUNS, ids=["-".join(filter(None, key)) for key, _, _ in RUNS])
def test_every_point_and_the_summary_are_those_of_the_reference(key, rows, summary) -> None:
    found = read_as(key, rows)
    for row, point in zip(rows, found.points, strict=True):
        limits, segment = point.segment.limits, point.segment
        ours = {
            "rebase_group": segment.number,
            "short_group_warning": segment.trial,
            "mean": limits.mean,
            "lpl": limits.lower,
            "upl": limits.upper,
            "outside_limits": point.outside,
            "relative_to_mean": point.side,
            "close_to_limits": point.close,
        }
        for name, value in ours.items():
            assert agrees(value, row[name]), (row["period"], name, value, row[name])
        assert (point.special_cause_type, point.point_type) == (row["special_cause_type"], row["point_type"])
    latest = found.latest
    for name, value in {"mean": latest.limits.mean, "lpl": latest.limits.lower, "upl": latest.limits.upper}.items():
        assert agrees(value, summary[name])
    counts = {
        "n": len(found.held),
        "n_common": found.number_of(PointType.COMMON),
        "n_improvement": found.number_of(PointType.IMPROVEMENT),
        "n_concern": found.number_of(PointType.CONCERN),
        "n_neutral": found.number_of(PointType.NEUTRAL_HIGH, PointType.NEUTRAL_LOW),
    }
    assert counts == {name: int(summary[name]) for name in counts}
    assert (found.variation, found.assurance or "") == (summary["variation"], summary["assurance"])


def test_the_limits_of_series_123_are_those_that_are_published() -> None:
    key, rows, _ = next(run for run in RUNS if run[0][0] == "upstream_rnorm123")
    limits = read_as(key, rows).latest.limits
    assert [round(float(one), 6) for one in (limits.mean, limits.lower, limits.upper)] == [0.141624, -3.01138, 3.294627]


@pytest.mark.skipif(
    not ATTENDANCES.exists(), reason="the published attendances lie in ../shared/data/ae, which is absent"
)
def test_england_within_four_hours_is_common_cause_and_consistently_fails() -> None:
    # Every provider and type, April 2016 to March 2019, from whole attendances: no float is met on the way.
    seen: Counter[str] = Counter()
    late: Counter[str] = Counter()
    with ATTENDANCES.open(encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            seen[row["period"]] += int(float(row["attendances"]))
            late[row["period"]] += int(float(row["breaches"]))
    months = [(date.fromisoformat(month), 1 - Fraction(late[month], seen[month])) for month in sorted(seen)]
    found = analysed(months, Improvement.INCREASE, target=Decimal("0.95"))
    limits = found.latest.limits
    assert [float(one) for one in (limits.mean, limits.lower, limits.upper)] == pytest.approx(
        [0.884705682942124, 0.860447212874682, 0.908964153009565], rel=1e-12
    )
    assert (len(months), found.variation, found.assurance) == (36, PointType.COMMON, Assurance.FAIL)


def test_nothing_of_the_reference_is_left_out() -> None:
    assert (len(RUNS), sum(len(rows) for _, rows, _ in RUNS)) == (38, 571)
