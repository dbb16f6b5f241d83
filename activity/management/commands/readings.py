"""Prints the readings of one line of a plan, so that an analyst can check them without a browser."""

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activity.queries import readings
from activity.queries.imports import NoSuchLine, line_of_measure
from opplan.plans.asking import ask_for_plan, plan_asked_for
from opplan.web.formats import measure_value, plain


class Command(BaseCommand):
    help = "Print every period that a plan holds of a measure, earlier years too, with planned and actual figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ask_for_plan(parser)
        parser.add_argument("--measure", required=True, metavar="CODE", help="code of the measure, such as DTOC.1")
        parser.add_argument(
            "--line",
            default="",
            metavar="REFERENCE",
            help="which line of it, where the plan has several, such as E.B.5-RTH",
        )
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        try:
            line = line_of_measure(plan, options["measure"], options["line"])
        except NoSuchLine as problem:
            raise CommandError(str(problem)) from problem
        held = readings(line)
        if options["json"]:
            rows = [
                {
                    "period": one.period.isoformat(),
                    "planned_numerator": _number(one.planned_numerator),
                    "planned_denominator": _number(one.planned_denominator),
                    "actual_numerator": _number(one.actual_numerator),
                    "actual_denominator": _number(one.actual_denominator),
                    "value": _number(one.actual),
                    "status": one.status,
                    "source": one.source,
                }
                for one in held
            ]
            self.stdout.write(
                json.dumps({"measure": line.measure.code, "readings": rows}, ensure_ascii=False, indent=2)
            )
            return
        self.stdout.write(f"{line.measure.short_name} ({line.measure.code}), {line.reference}, {line.measure.unit}")
        for one in held:
            parts = f"{plain(one.actual_numerator)} / {plain(one.actual_denominator)}" if one.actual_denominator else ""
            self.stdout.write(
                f"{one.period:%Y-%m}  {measure_value(one.actual, one.kind) or '-':>12}  {parts:>20}  {one.status:10}  {one.source}"
            )


def _number(value: Decimal | None) -> int | float | None:
    """A figure as a JSON number: whole ones without a decimal point."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
