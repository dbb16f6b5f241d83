"""Reads a series as an XmR chart, so that an analyst can check a page's limits, labels and icons without a browser."""

import csv
import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from opplan.calc.spc import (
    LEAST_FIXED,
    PLOT_THE_DOTS,
    PROFILES,
    Analysis,
    Figure,
    Improvement,
    Limits,
    Point,
    PointType,
    analysed,
)
from opplan.web.formats import counted
from opplan.web.variation import fired

FIGURE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
MOST_BYTES = 10_000_000
MISSING = {"", "NA"}
"""What stands for a value that is not held: a blank, or R's word for it."""


def period_of(text: str) -> date:
    """A day such as 2016-09-01, or a month such as 2016-09. ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", text):
        raise ValueError(text)
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


def figure_of(text: str) -> Decimal:
    """A plain figure, exact. ValueError for words, per cent signs, thousands marks, and figures that no measure has."""
    if len(text) > 60 or not FIGURE.fullmatch(text):
        raise ValueError(text)
    figure = Decimal(text)
    if figure and abs(figure.adjusted()) > 300:
        raise ValueError(text)
    return figure


def period_argument(text: str) -> date:
    try:
        return period_of(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a date such as 2016-09-01 or 2016-09") from None


def figure_argument(text: str) -> Decimal:
    try:
        return figure_of(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a figure such as 0.95") from None


class Command(BaseCommand):
    help = (
        "Read a CSV file of period,value as an XmR chart: limits, special causes, variation and assurance, as Making Data "
        "Count reads them. A blank value is a missing one. The database is not used."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV file with columns period and value")
        parser.add_argument(
            "--direction", required=True, choices=[str(way) for way in Improvement], help="which way is better"
        )
        parser.add_argument("--target", type=figure_argument, help="the standard, in the unit of the values")
        parser.add_argument(
            "--no-screen", action="store_true", help="keep outlying moving ranges in the limits, whatever the profile"
        )
        parser.add_argument(
            "--fix-after", type=int, metavar="N", help=f"take limits from the first N points, {LEAST_FIXED} at least"
        )
        parser.add_argument(
            "--rebase",
            type=period_argument,
            nargs="+",
            action="extend",
            default=[],
            metavar="DATE",
            help="periods from which limits are drawn anew",
        )
        parser.add_argument(
            "--profile",
            choices=list(PROFILES),
            default=PLOT_THE_DOTS.name,
            help=f"how the chart is read; {PLOT_THE_DOTS.name} unless told",
        )
        parser.add_argument(
            "--break-at-gaps", action="store_true", help="let no run pass over two or more missing periods"
        )
        parser.add_argument("--json", action="store_true", help="print JSON, with the names that NHSRplotthedots uses")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        series = list(series_of(file))
        profile = PROFILES[options["profile"]]
        if options["no_screen"]:
            profile = replace(profile, screened=False)
        held = {period for period, _ in series}
        ignored = sorted({day for day in options["rebase"] if day not in held})
        if ignored:
            self.stderr.write(f"No rebase at {', '.join(map(str, ignored))}: {file.name} does not hold it.")
        rebases = sorted({*options["rebase"]} & held)
        try:
            found = analysed(
                series,
                Improvement(options["direction"]),
                target=options["target"],
                rebases=rebases,
                profile=profile,
                fix_after=options["fix_after"],
                break_at_gaps=options["break_at_gaps"],
            )
        except ValueError as problem:
            raise CommandError(f"{file.name}: {problem}.") from problem
        if options["json"]:
            written = {"summary": summary_of(found, rebases), "points": [row_of(point) for point in found.points]}
            self.stdout.write(json.dumps(written, indent=2, allow_nan=False))
        else:
            self.stdout.write("\n".join(table_of(file.name, found)))


def series_of(file: Path) -> Iterator[tuple[date, Decimal | None]]:
    """The file's periods and values. CommandError names the row that cannot be read, counted as a spreadsheet counts it."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CommandError(
                f"{file.name} is larger than {MOST_BYTES // 1_000_000} MB: give one series in a CSV file."
            )
        with file.open(encoding="utf-8-sig", newline="") as opened:
            yield from _series(file.name, csv.DictReader(opened))
    except OSError as problem:
        raise CommandError(f"{file} cannot be read: {problem.strerror}.") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise CommandError(f"{file.name} is not a CSV file in UTF-8: save it from the spreadsheet as CSV.") from problem


def _series(name: str, rows: "csv.DictReader[str]") -> Iterator[tuple[date, Decimal | None]]:
    rows.fieldnames = [heading.strip().lower() for heading in rows.fieldnames or []]
    lacking = [heading for heading in ("period", "value") if heading not in rows.fieldnames]
    if lacking:
        raise CommandError(
            f"{name}, row 1: there is no column {' or '.join(lacking)}. The first row names the columns: period,value."
        )
    seen: dict[date, int] = {}
    for row in rows:
        where = f"{name}, row {rows.line_num}"
        period_text, value_text = (row["period"] or "").strip(), (row["value"] or "").strip()
        if not period_text and not value_text:
            continue
        if row.get(None):
            raise CommandError(
                f"{where}: there are more values than columns. A figure has no thousands marks: 12610, not 12,610."
            )
        try:
            period = period_of(period_text)
        except ValueError:
            raise CommandError(f"{where}: “{period_text}” is not a period such as 2016-09-01 or 2016-09.") from None
        if period in seen:
            raise CommandError(
                f"{where}: {period} stands in row {seen[period]} too. Give one series, each period once."
            )
        seen[period] = rows.line_num
        try:
            yield period, None if value_text in MISSING else figure_of(value_text)
        except ValueError:
            raise CommandError(
                f"{where}: “{value_text}” is not a figure such as 0.928 or 12610. Leave a missing value blank."
            ) from None
    if not seen:
        raise CommandError(f"{name} holds no period: put one on each row below period,value.")


def _plain(figure: Figure | None) -> float | int | None:
    if figure is None:
        return None
    return int(figure) if figure == int(figure) else float(figure)


def _limits(limits: Limits | None) -> dict[str, float | int | None]:
    if limits is None:
        return {"mean": None, "lpl": None, "upl": None}
    return {"mean": _plain(limits.mean), "lpl": _plain(limits.lower), "upl": _plain(limits.upper)}


def row_of(point: Point) -> dict[str, Any]:
    """A point as a row of the reference files."""
    return {
        "period": point.period.isoformat(),
        "value": _plain(point.value),
        "rebase_group": point.segment.number,
        "short_group_warning": point.segment.trial,
        **_limits(point.segment.limits),
        "outside_limits": point.outside,
        "relative_to_mean": point.side,
        "close_to_limits": point.close,
        "special_cause_type": point.special_cause_type,
        "point_type": point.point_type,
    }


def summary_of(found: Analysis, rebases: list[date]) -> dict[str, Any]:
    """The series as a row of the reference files: options, the latest segment's limits, how many of each type, the two icons."""
    limits = found.latest.limits if found.latest else None
    return {
        "profile": found.profile.name,
        "direction": str(found.improvement),
        "target": _plain(found.target),
        "screen_outliers": found.profile.screened,
        "fix_after_n": found.fix_after,
        "rebase": ";".join(day.isoformat() for day in rebases) or None,
        "n": len(found.held),
        "n_missing": len(found.points) - len(found.held),
        **_limits(limits),
        "n_common": found.number_of(PointType.COMMON),
        "n_improvement": found.number_of(PointType.IMPROVEMENT),
        "n_concern": found.number_of(PointType.CONCERN),
        "n_neutral": found.number_of(PointType.NEUTRAL_HIGH, PointType.NEUTRAL_LOW),
        "short_group_warning": found.latest.trial if found.latest else True,
        "variation": found.variation,
        "assurance": found.assurance,
    }


def _short(figure: Any) -> str:
    return "" if figure is None else f"{float(figure):.6g}"


def table_of(name: str, found: Analysis) -> Iterator[str]:
    """The series for a reader."""
    latest = found.latest
    yield f"{name}: {counted(len(found.held), 'point')}, {found.profile.title}"
    yield f"variation {found.variation or 'none'}, assurance {found.assurance or 'none'}"
    if latest is not None and latest.trial:
        yield f"Trial limits: {counted(latest.held, 'point')} since {latest.start}"
    yield f"{'period':<12}{'value':>12}{'mean':>12}{'lpl':>12}{'upl':>12}  special cause"
    for point in found.points:
        figures = [point.value, *_limits(point.segment.limits).values()]
        words = "missing" if point.value is None else ""
        if point.finding is not None:
            words = f"{point.special_cause_type}: {fired(point.finding, period='period')} ({point.point_type})"
        yield f"{point.period!s:<12}" + "".join(f"{_short(figure):>12}" for figure in figures) + f"  {words}".rstrip()
