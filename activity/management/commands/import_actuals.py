"""Loads published files of what happened into a plan, all or nothing."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from activity.actions.imports import Loaded, load_files
from activity.imports.sources import SOURCES
from opplan.accounts.queries import person_who_may
from opplan.accounts.roles import Capability
from opplan.imports.actions import Upload
from opplan.plans.asking import ask_for_plan, plan_asked_for
from opplan.web.formats import counted, listed

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

MESSAGES_SHOWN = 40


class Command(BaseCommand):
    help = (
        "Load published files of what happened into the readings of one plan: all of them or nothing. "
        f"Sources: {', '.join(f'{name} ({source.TITLE})' for name, source in SOURCES.items())}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="workbooks, CSV files, or zips of them")
        parser.add_argument(
            "--source", default="", metavar="NAME", help="told by what the files hold where it is left out"
        )
        ask_for_plan(parser)
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--json", action="store_true", help="counts and messages as JSON on standard output")
        parser.add_argument("--by", default="", metavar="EMAIL", help="who loads them, for the history")
        parser.add_argument(
            "--leave-refused",
            default="",
            metavar="WHY",
            help="load the rest without figures that are refused, for this reason",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        source = options["source"].lower()
        if source and source not in SOURCES:
            raise CommandError(f"There is no source {options['source']}. The sources are {listed(list(SOURCES))}.")
        uploads = [_upload(path) for path in options["files"]]
        total = len(uploads)
        done = 0

        def progress(words: str) -> None:
            nonlocal done
            done += 1
            if options["verbosity"]:
                self.stderr.write(f"{done} of {total}: {words}")

        loaded = load_files(
            plan,
            uploads,
            source=source,
            by=user_of(options, plan),
            dry_run=options["dry_run"],
            leave_refused=bool(options["leave_refused"].strip()),
            why=options["leave_refused"].strip(),
            progress=progress,
        )
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(loaded, dry_run=options["dry_run"]), ensure_ascii=False, indent=2))
        elif options["verbosity"]:
            self.tell(loaded, dry_run=options["dry_run"])
        if loaded.refusal:
            raise CommandError(loaded.refusal)

    def tell(self, loaded: Loaded, *, dry_run: bool) -> None:
        shown = loaded.told
        for message in shown.messages[:MESSAGES_SHOWN]:
            place = ", ".join(part for part in (message["file"], message["sheet"], message["cell"]) if part)
            self.stdout.write(f"{message['severity']}: {place}{': ' if place else ''}{message['text']}")
        if len(shown.messages) > MESSAGES_SHOWN:
            self.stdout.write(f"and {len(shown.messages) - MESSAGES_SHOWN} further messages (all with --json)")
        for effect in loaded.preview.refused[:MESSAGES_SHOWN]:
            self.stdout.write(f"refused: {effect.place}: {effect.reason}")
        for line in loaded.preview.proposed:
            self.stdout.write(f"new line: {line.reference}, {line.measure.short_name}, {line.title}")
        what = "would be new" if dry_run or loaded.refusal else "new"
        self.stdout.write(
            f"{shown.new:,} {what}, {shown.changed:,} changed, {shown.same:,} the same, {shown.refused:,} refused, "
            f"{shown.skipped:,} rows skipped"
        )
        if loaded.batch is not None:
            self.stdout.write(f"Loaded as batch {loaded.batch.pk}. To take it back: undo_import {loaded.batch.pk}")
        elif not dry_run and not loaded.refusal:
            self.stdout.write("The plan holds every figure already: nothing was loaded.")


def user_of(options: dict[str, Any], plan: "Plan") -> "User | None":
    """Who is named by --by. CommandError where nobody of that email may record activity there."""
    if not options["by"]:
        return None
    user = person_who_may(options["by"], plan.organisation.code, Capability.RECORD_READING)
    if user is None:
        raise CommandError(f"Nobody with the email {options['by']} may record activity of {plan.organisation}.")
    return user


def _upload(path: Path) -> Upload:
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}. {counted(0, 'file')} loaded.") from problem


def _as_json(loaded: Loaded, *, dry_run: bool) -> dict[str, Any]:
    """What was done; of a dry run, what would be. Where the files were refused nothing is new and nothing changed."""
    shown = loaded.told
    wrote = dry_run or not loaded.refusal
    refused = [
        {
            "file": one.place.file,
            "sheet": one.place.sheet,
            "cell": one.place.cell,
            "severity": "error",
            "text": f"Refused: {one.line.reference if one.line else 'delays'}, {one.period:%B %Y}: {one.reason}",
        }
        for one in loaded.preview.refused
    ]
    return {
        "new": shown.new if wrote else 0,
        "changed": shown.changed if wrote else 0,
        "same": shown.same,
        "refused": shown.refused,
        "skipped": shown.skipped,
        "batch": loaded.batch.pk if loaded.batch else None,
        "messages": [*refused, *shown.messages],
    }
