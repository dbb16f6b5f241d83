"""Tables of one's own to import, and what an import may write."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from activity.models import Delay, Line, Reading
from opplan.imports.actions import Upload
from opplan.plans.models import Plan

PLAN = ("--organisation", "10Q", "--year", "2016-17")
HEAD = "organisation code,measure code,period,numerator,denominator"


def table(*rows: str, head: str = HEAD) -> Upload:
    return Upload("waits.csv", "\n".join([head, *rows]).encode())


OCTOBER = "10Q,E.B.8,2016-10-01,96,100"
NOVEMBER = "10Q,E.B.8,2016-11-01,97,100"


def reading(plan: Plan, reference: str, period: str) -> Reading | None:
    return Reading.objects.filter(line__plan=plan, line__reference=reference, period=period).first()


def everything(plan: Plan) -> list[Any]:
    """All that an import may write, and its history."""
    names = ("line__reference", "period", "actual_numerator", "actual_denominator", "status", "source", "basis")
    return [
        *Line.objects.filter(plan=plan).order_by("reference").values_list("reference", flat=True),
        *Reading.objects.filter(line__plan=plan).order_by("line__reference", "period").values_list(*names),
        *Delay.objects.filter(plan=plan).order_by("pk").values_list("pk", "days"),
    ]


def told(*arguments: Any) -> dict[str, Any]:
    """The JSON of the command, whether or not it refuses."""
    out = io.StringIO()
    with suppress(CommandError):
        call_command("import_actuals", *PLAN, "--json", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return dict(json.loads(out.getvalue()))


def saved(folder: Path, upload: Upload, name: str = "") -> Path:
    path = folder / (name or upload.name)
    path.write_bytes(upload.content)
    return path
