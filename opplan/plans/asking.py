"""Which plan a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from opplan.plans.queries import find_plan

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from opplan.plans.models import Plan


def ask_for_plan(parser: ArgumentParser) -> None:
    """Ask for the organisation and the year."""
    parser.add_argument("--organisation", required=True, metavar="CODE", help="ODS code, such as 10Q")
    parser.add_argument("--year", required=True, help="financial year, such as 2016-17")


def plan_asked_for(options: dict[str, Any]) -> Plan:
    """The plan that the arguments name. CommandError where there is none."""
    plan = find_plan(options["organisation"], options["year"])
    if plan is None:
        raise CommandError(
            f"There is no plan of organisation {options['organisation']} for the year {options['year']}. "
            "Give the ODS code and the year as they stand in the plan's address, such as 10Q and 2016-17."
        )
    return plan
