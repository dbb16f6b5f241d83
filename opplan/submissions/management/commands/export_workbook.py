"""Writes the workbook of a plan to a file."""

import hashlib
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from opplan.plans.asking import ask_for_plan, plan_asked_for
from opplan.submissions.checking import printed
from opplan.submissions.definition import definitions_of, find_definition
from opplan.submissions.monthly.workbook import write_workbook
from opplan.submissions.presenters.workbook import headline, lead
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.monthly import contents_of
from opplan.submissions.queries.templates import filled_template, stamp_of
from opplan.submissions.whole import write_whole
from opplan.submissions.written.workbook import write

if TYPE_CHECKING:
    from opplan.plans.models import Plan


class Command(BaseCommand):
    help = "Write the workbook of one plan (Cover, QIPP, Activity, Checks) to an .xlsx file. The same data give the same bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ask_for_plan(parser)
        parser.add_argument(
            "--output", required=True, type=Path, metavar="FILE", help="the file to write, such as plan.xlsx"
        )
        parser.add_argument(
            "--template", metavar="NAME", help="a template, such as activity; by default the monthly workbook"
        )
        parser.add_argument("--month", help="month reported, such as 2016-09; by default the one that the plan reports")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        output: Path = options["output"]
        if output.is_dir() or not output.parent.is_dir():
            raise CommandError(f"{output} cannot be written: name a file in a folder that exists.")
        month = _month(plan, options["month"])
        if options["template"]:
            written, said = _template(plan, options["template"], month)
        else:
            contents = contents_of(plan, month)
            written = write_workbook(contents)
            said = [
                f"{contents.organisation} {contents.year_label}, {contents.version}",
                f"{headline(contents)}. {lead(contents)}",
                f"content {contents.content}",
            ]
        try:
            write_whole(output, lambda file: file.write(written))
        except OSError as problem:
            raise CommandError(f"{output} cannot be written: {problem.strerror}.") from problem
        if options["verbosity"] > 0:
            self.stdout.write(f"{output}: {said[0]}")
            for line in (*said[1:], f"sha256  {hashlib.sha256(written).hexdigest()}"):
                self.stdout.write(line)


def _template(plan: "Plan", name: str, month: date) -> tuple[bytes, list[str]]:
    """The workbook of a template, and what is said of it."""
    definition = find_definition(plan.round, name)
    if definition is None:
        there = ", ".join(sorted(one.name for one in definitions_of(plan.round))) or "none"
        raise CommandError(f"There is no template {name} for {plan}. There are: {there}.")
    template = filled_template(plan, definition, month)
    stamp = stamp_of(plan, template)
    open_ones = len(template.unanswered)
    state = (
        "Complete"
        if template.complete
        else f"Incomplete: {open_ones} of {len(template.required)} required cells are blank"
    )
    return write(template, stamp, printed(checks_of(plan, template))), [
        f"{template.organisation} {template.year_label}, {definition.title}",
        state,
        f"content {stamp.content}",
    ]


def _month(plan: "Plan", asked: str | None) -> date:
    if not asked:
        return plan.reporting_month or plan.start
    for month in plan.months:
        if f"{month:%Y-%m}" == asked:
            return month
    first, last = plan.months[0], plan.months[-1]
    raise CommandError(f"{asked} is not a month of {plan}: give one from {first:%Y-%m} to {last:%Y-%m}.")
