"""Writes the national QIPP return of a plan to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from finance.presenters.qipp_return import as_csv, as_workbook
from finance.queries.qipp_return import qipp_return
from opplan.plans.queries import find_plan


class Command(BaseCommand):
    help = "Write the national QIPP return of one plan to a file: .xlsx, or .csv where the file's name ends so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, metavar="CODE", help="ODS code, such as 10Q")
        parser.add_argument("--year", required=True, help="financial year, such as 2016-17")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="such as return.xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = find_plan(options["organisation"], options["year"])
        if plan is None:
            raise CommandError(
                f"There is no plan of organisation {options['organisation']} for the year {options['year']}. "
                "Give the ODS code and the year as they stand in the plan's address, such as 10Q and 2016-17."
            )
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
