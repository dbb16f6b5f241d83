"""Loads a plan's delayed transfers: days by cut, weekly counts, the baseline that is to be halved, and the risk share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.models import Delay, Line, LineBuild, RiskShare, WeeklyCount
from opplan.imports.loading import BadRecord, Record, Sources, Tally, choice, day, figure, load, needed, records

if TYPE_CHECKING:
    from opplan.plans.models import Plan

TOTAL = "total"
KINDS = {"planned": "planned", "actual": "actual"}


def load_delays(plan: Plan, folder: Path, sources: Sources) -> dict[str, Tally]:
    """Load what the plan's folder holds of delays; its lines are loaded before. A plan without these files has none."""
    lines = {row.reference: row for row in Line.objects.filter(plan=plan)}
    loaded = {
        "delayed days by cut": _delays(plan, _rows(folder, "delays.csv"), sources),
        "weekly counts": _weeks(plan, _rows(folder, "weekly_counts.csv"), sources, lines),
        "build-up of the weekly count": _baseline(_rows(folder, "dtoc_targets.csv"), sources, lines),
        "risk shares": _risk_shares(plan, _rows(folder, "risk_shares.csv"), sources, lines),
    }
    return {what: tally for what, tally in loaded.items() if any(vars(tally).values())}


def _rows(folder: Path, name: str) -> list[Record]:
    return list(records(folder / name)) if (folder / name).exists() else []


def _delays(plan: Plan, rows: Iterable[Record], sources: Sources) -> Tally:
    """Each category of a cut. The total of a month is the reading of its line, so it is not kept twice."""
    cuts = {cut.value: cut.value for cut in Delay.Cut} | {TOTAL: TOTAL}
    return load(
        Delay,
        [
            {
                "at": row["at"],
                "plan": plan,
                "place": row["place"],
                "period": day(row, "period"),
                "cut": row["cut"],
                "care": row["category"] if row["cut"] == Delay.Cut.CARE else "",
                "body": row["category"] if row["cut"] == Delay.Cut.BODY else "",
                "reason": row["category"] if row["cut"] == Delay.Cut.REASON else "",
                "days": figure(row, "days"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in rows
            if choice(row, "cut", cuts) != TOTAL
        ],
        ["place", "period", "cut", "care", "body", "reason"],
        {"plan": plan},
    )


def _weeks(plan: Plan, rows: Iterable[Record], sources: Sources, lines: Mapping[str, Line]) -> Tally:
    """Planned and actual counts stand in rows of their own, each with its source, and meet in one count a day."""
    counts: dict[tuple[int, Any], dict[str, Any]] = {}
    for row in rows:
        line, counted, kind = needed(lines, row, "line"), day(row, "day"), choice(row, "kind", KINDS)
        prefix = "planned_" if kind == "planned" else ""
        count = counts.setdefault((line.pk, counted), {"line_id": line.pk, "day": counted, **_EMPTY})
        if count[kind] is not None:
            raise BadRecord(f"{row['at']}: {row['line']} has two {kind} counts for {counted}")
        count |= {
            "at": row["at"],
            kind: figure(row, "patients"),
            f"{prefix}source": sources.named(row["source"]),
            f"{prefix}basis": row["basis"],
        }
        counts[line.pk, counted] = count
    return load(WeeklyCount, counts.values(), ["line_id", "day"], {"line__plan": plan})


_EMPTY = {
    "planned": None,
    "planned_source": "",
    "planned_basis": "",
    "actual": None,
    "source": "",
    "basis": "entered",
}


def _baseline(rows: Iterable[Record], sources: Sources, lines: Mapping[str, Line]) -> Tally:
    """The weekly count's plan in two parts: the baseline, and so many fewer. Without both there is nothing to build."""
    targets = {row["reference"]: row for row in rows}
    baseline, fewer = targets.get("DT-BASELINE"), targets.get("DT-FEWER")
    line = lines.get("DTOC.5")
    if baseline is None or fewer is None or line is None:
        return Tally()
    from_, by = figure(baseline, "value"), figure(fewer, "value")
    if from_ is None or by is None:
        raise BadRecord(f"{baseline['at']}: the baseline and the reduction each need a figure")
    build = {
        "at": baseline["at"],
        "line_id": line.pk,
        "baseline_year": "2015-16",
        "baseline": from_,
        "policy": -by,
        "policy_note": fewer["title"],
        "phasing": LineBuild.Phasing.EVEN,
        "source": sources.named(baseline["source"]),
        "basis": baseline["basis"],
    }
    return load(LineBuild, [build], ["line_id"], {"line": line})


def _risk_shares(plan: Plan, rows: Iterable[Record], sources: Sources, lines: Mapping[str, Line]) -> Tally:
    return load(
        RiskShare,
        [
            {
                "at": row["at"],
                "line_id": needed(lines, row, "line").pk,
                "quarter": day(row, "quarter"),
                "amount": figure(row, "amount"),
                "baseline": figure(row, "baseline"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in rows
        ],
        ["line_id", "quarter"],
        {"line__plan": plan},
    )
