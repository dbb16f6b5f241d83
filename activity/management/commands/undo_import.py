"""Takes back what a batch of files wrote."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from activity.actions.undoing import undo_import
from activity.management.commands.import_actuals import user_of
from opplan.imports.queries import batch_at
from opplan.web.formats import counted


class Command(BaseCommand):
    help = "Undo a batch as a whole: what it changed is as it was before, what it added is gone. Refused where somebody changed it since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int, metavar="BATCH", help="the batch's number")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who undoes it, for the history")
        parser.add_argument("--why", required=True, metavar="TEXT", help="why, for the history")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = batch_at(options["batch"])
        if batch is None:
            raise CommandError(f"There is no batch {options['batch']}.")
        try:
            rows = undo_import(batch, by=user_of(options, batch.plan), why=options["why"])
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        if options["verbosity"]:
            self.stdout.write(f"{batch} undone: {counted(rows, 'row')} taken back.")
