"""Writes the pack of a round to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from opplan.plans.asking import ask_for_plan, plan_asked_for
from opplan.submissions.pack import write_pack
from opplan.submissions.queries.packs import pack_of
from opplan.submissions.queries.rounds import find_round
from opplan.submissions.whole import write_whole
from opplan.web.formats import counted


class Command(BaseCommand):
    help = "Write everything of a round (workbooks, checks, signatures, documents, manifest) to one zip. The same data give the same bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ask_for_plan(parser)
        parser.add_argument("--round", required=True, metavar="REFERENCE", help="the round, such as R4")
        parser.add_argument(
            "--output", required=True, type=Path, metavar="FILE", help="the file to write, such as pack.zip"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        row = find_round(plan, options["round"])
        if row is None:
            raise CommandError(f"{plan} has no round {options['round']}. The page Rounds lists them.")
        output: Path = options["output"]
        if output.is_dir() or not output.parent.is_dir():
            raise CommandError(f"{output} cannot be written: name a file in a folder that exists.")
        pack = pack_of(plan, row, plan.reporting_month or plan.start)
        try:
            write_whole(output, lambda file: write_pack(pack, file))
        except OSError as problem:
            raise CommandError(f"{output} cannot be written: {problem.strerror}.") from problem
        if options["verbosity"] > 0:
            self.stdout.write(f"{output}: {row.title} of {plan}, {counted(len(pack.parts), 'part')}, {pack.state}")
            for one in pack.missing:
                self.stdout.write(f"  {one}")
