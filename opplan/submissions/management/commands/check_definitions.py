"""Checks the definitions of workbooks."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from opplan.submissions.definition import FOLDER, BadDefinition, load


class Command(BaseCommand):
    help = "Check the definitions of workbooks: the house's own, those of DEFINITIONS, or the files named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a definition to check; by default all")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = options["files"] or [
            path for folder in (FOLDER, *settings.DEFINITIONS) for path in sorted(Path(folder).rglob("*.toml"))
        ]
        wrong = 0
        for path in paths:
            try:
                found = load(path)
            except BadDefinition as problem:
                wrong += len(problem.problems)
                for one in problem.problems:
                    self.stderr.write(one)
            except (OSError, UnicodeDecodeError) as problem:
                wrong += 1
                self.stderr.write(f"{path} cannot be read: {problem}")
            else:
                blocks = list(found.blocks())
                if options["verbosity"] > 0:
                    self.stdout.write(
                        f"{path.name}: {found.title}, {found.round}, {len(found.sheets)} sheets, {len(blocks)} blocks"
                    )
        if wrong:
            raise CommandError(f"{wrong} problem{'s' if wrong > 1 else ''} in {len(paths)} definitions.")
