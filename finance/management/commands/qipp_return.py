"""Writes the national QIPP return of a plan to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from finance.presenters.qipp_return import as_csv, as_workbook
from finance.queries.qipp_return import qipp_return
from opplan.plans.asking import ask_for_plan, plan_asked_for


class Command(BaseCommand):
    help = "Write the national QIPP return of one plan to a file: .xlsx, or .csv where the file's name ends so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ask_for_plan(parser)
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="such as return.xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        output: Path = options["output"]
        found = qipp_return(plan)
        content = as_csv(found).encode() if output.suffix.lower() == ".csv" else as_workbook(found)
        try:
            output.write_bytes(content)
        except OSError as problem:
            raise CommandError(f"{output} cannot be written: {problem.strerror}.") from problem
        if options["verbosity"]:
            schemes = sum(1 for row in found.rows if not row.is_heading)
            self.stdout.write(f"{output}: {plan}, month {found.reported}, {schemes} rows")
