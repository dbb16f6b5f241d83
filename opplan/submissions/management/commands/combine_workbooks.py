"""Writes what the commissioners of a footprint have frozen of one template as one workbook."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from opplan.plans.queries import find_footprint, plans_within
from opplan.submissions.combined import write_combined
from opplan.submissions.definition import definitions_of
from opplan.submissions.queries.combined import combined_of
from opplan.submissions.whole import write_whole


class Command(BaseCommand):
    help = "Combine the frozen versions of one template over a footprint in an .xlsx file. The same versions give the same bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--footprint", required=True, metavar="CODE", help="a footprint or region, such as BOB")
        parser.add_argument("--year", required=True, help="financial year, such as 2016-17")
        parser.add_argument("--template", required=True, metavar="NAME", help="a template, such as finance")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        if output.is_dir() or not output.parent.is_dir():
            raise CommandError(f"{output} cannot be written: name a file in a folder that exists.")
        footprint = find_footprint(options["footprint"])
        if footprint is None:
            raise CommandError(f"There is no footprint or region {options['footprint']}. Give its code, such as BOB.")
        plans = plans_within(footprint, options["year"])
        if not plans:
            raise CommandError(
                f"No commissioner of {footprint.short_name} has a plan for the year {options['year']} here."
            )
        found = combined_of(footprint, plans, plans[0], options["template"])
        if found is None:
            there = ", ".join(sorted(one.name for one in definitions_of(plans[0].round))) or "none"
            raise CommandError(f"There is no template {options['template']} for {options['year']}. There are: {there}.")
        content = write_combined(found)
        try:
            write_whole(output, lambda file: file.write(content))
        except OSError as problem:
            raise CommandError(f"{output} cannot be written: {problem.strerror}.") from problem
        if options["verbosity"] > 0:
            combined = ", ".join(f"{part.code} {part.version}" for part in found.parts) or "none"
            self.stdout.write(f"{output}: {found.footprint.short_name} {found.year}, {found.definition.title}")
            self.stdout.write(f"combined  {combined}")
            for code, name, why in found.missing:
                self.stdout.write(f"missing   {code} {name}: {why}")
            self.stdout.write(f"sha256    {hashlib.sha256(content).hexdigest()}")
