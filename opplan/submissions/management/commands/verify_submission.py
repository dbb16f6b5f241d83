"""Says whether a workbook, or the pack of a round, is one that was submitted."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from opplan.submissions.queries.signatures import GENUINE, moved_on, signatures_of, verdict_on
from opplan.submissions.queries.verifying import PackVerdict, is_pack, verdict_on_pack

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Say whether a workbook, or the pack of a round with each of its files, is one that was submitted: genuine, altered (and where), "
        "missing or unknown. Ends with 0 when genuine, else 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the workbook, or the pack")
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                if is_pack(file):
                    self.tell_pack(verdict_on_pack(file), options["json"])
                    return
                content = file.read()
        except OSError as problem:
            raise CommandError(f"{path} cannot be read: {problem.strerror}.") from problem
        verdict = verdict_on(path.name, content)
        row = verdict.submission
        signed = signatures_of(row, moved=moved_on(row)) if row else []
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "outcome": verdict.outcome,
                        "text": verdict.words,
                        "version": row.version if row else None,
                        "content": row.content if row else None,
                        "altered": [{"cell": place, "text": what} for place, what in verdict.altered],
                        "signatures": [
                            {"officer": one.officer, "at": one.at.isoformat(), "minute": one.minute, "void": one.void}
                            for one in signed
                        ],
                    },
                    ensure_ascii=False,
                )
            )
        else:
            self.stdout.write(f"{verdict.outcome}: {verdict.words}")
            for place, what in verdict.altered[:SHOWN]:
                self.stdout.write(f"  {place}: {what}")
            if len(verdict.altered) > SHOWN:
                self.stdout.write(f"  and {len(verdict.altered) - SHOWN} more places")
            for one in signed:
                self.stdout.write(
                    f"  signed by {one.officer} on {one.at:%d %B %Y}, minute {one.minute}{f', void: {one.void}' if one.void else ''}"
                )
        if verdict.outcome != GENUINE:
            raise SystemExit(1)

    def tell_pack(self, verdict: PackVerdict, as_json: bool) -> None:
        """The verdict on a pack, and on each of its files."""
        if as_json:
            parts = [{"path": one.path, "outcome": one.outcome, "text": one.words} for one in verdict.parts]
            told = {"outcome": verdict.outcome, "text": verdict.words, "parts": parts}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(f"{verdict.outcome}: {verdict.words}")
            for one in verdict.parts:
                self.stdout.write(f"  {one.outcome}: {one.path}{'' if one.outcome == GENUINE else f': {one.words}'}")
        if verdict.outcome != GENUINE:
            raise SystemExit(1)
