"""Loads the measure catalogue of a planning round, and a plan's lines and readings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.models import Line, Measure, Reading
from opplan.calc.ratios import Counted
from opplan.imports.loading import BadRecord, Sources, Tally, choice, day, figure, found, load, needed, records, whole

if TYPE_CHECKING:
    from opplan.plans.models import Plan

YES_NO = {"yes": True, "no": False}


def load_measures(planning_round: str, path: Path, sources: Sources) -> Tally:
    """Load the national catalogue of one planning round, then which measure is part of which."""
    national = {"round": planning_round, "organisation": None}
    tally = load(
        Measure,
        [
            {
                "at": row["at"],
                "round": planning_round,
                "code": row["code"],
                "name": row["name"],
                "short_name": row.get("short_name") or row["name"][:60],
                "area": row["area"],
                "unit": row["unit"],
                "kind": row["kind"],
                "numerator": row["numerator"],
                "denominator": row["denominator"],
                "counted": choice(row, "counted", {name.value: name.value for name in Counted}),
                "direction": row["direction"],
                "year_rule": row["year_rule"],
                "frequency": row["frequency"],
                "feed": row["feed"],
                "standard": figure(row, "standard"),
                "standard_from": day(row, "standard_from"),
                "standard_until": day(row, "standard_until"),
                "standard_note": row["standard_note"],
                "board": choice(row, "board", YES_NO),
                "position": whole(row, "position"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in records(path)
        ],
        ["round", "code"],
        national,
    )
    keys = dict(Measure.objects.filter(**national).values_list("code", "pk"))
    parents = load(
        Measure,
        [
            {"at": row["at"], "round": planning_round, "code": row["code"], "parent_id": found(keys, row, "parent")}
            for row in records(path)
        ],
        ["round", "code"],
        national,
    )
    return tally if tally.new else tally + Tally(changed=parents.changed, same=-parents.changed)


def load_lines(
    plan: Plan, folder: Path, sources: Sources, *, providers: dict[str, Any], initiatives: dict[str, Any]
) -> dict[str, Tally]:
    """Load a plan's lines (lines*.csv) and their readings (planned/*.csv and actuals/*.csv, joined by line and period)."""
    measures = {row.code: row for row in Measure.objects.filter(round=plan.round, organisation=None)}
    tallies = {}
    tallies["lines"] = load(
        Line,
        [
            {
                "at": row["at"],
                "plan": plan,
                "reference": row["reference"],
                "measure": found(measures, row, "measure"),
                "scope": row["scope"],
                "provider_id": found(providers, row, "provider"),
                "initiative_id": found(initiatives, row, "initiative"),
                "title": row["title"],
                "specialty": row.get("specialty", ""),
                "owner": row.get("owner", ""),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in records(*sorted(folder.glob("lines*.csv")))
        ],
        ["reference"],
        {"plan": plan},
    )
    lines = {row.reference: row for row in Line.objects.filter(plan=plan)}
    readings: dict[tuple[int, Any], dict[str, Any]] = {}
    for kind, prefix, folder_name in (("planned", "planned_", "planned"), ("actual", "", "actuals")):
        for row in records(*sorted((folder / folder_name).glob("*.csv"))):
            line, period = needed(lines, row, "line"), day(row, "period")
            reading = readings.setdefault((line.pk, period), _empty(line.pk, period))
            if reading[f"{kind}_numerator"] is not None:
                raise BadRecord(f"{row['at']}: {row['line']} has two {kind} figures for {period}")
            reading |= {
                "at": row["at"],
                f"{kind}_numerator": figure(row, "numerator"),
                f"{kind}_denominator": figure(row, "denominator"),
                f"{prefix}source": sources.named(row["source"]),
                f"{prefix}basis": row["basis"],
            }
            if kind == "actual":
                reading["status"] = row["status"]
            readings[line.pk, period] = reading
    tallies["readings"] = load(Reading, readings.values(), ["line_id", "period"], {"line__plan": plan})
    return tallies


def _empty(line: int, period: Any) -> dict[str, Any]:
    nothing = {f"{kind}_{part}": None for kind in ("planned", "actual") for part in ("numerator", "denominator")}
    words = {"planned_source": "", "planned_basis": "", "source": "", "basis": "entered", "status": ""}
    return {"line_id": line, "period": period, **nothing, **words}
