"""Reads a national QIPP return and says what it would change in a plan; loads it where that is asked for, all or nothing."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from finance.actions.qipp_return import Loaded, load_file
from finance.imports.qipp_preview import Cell
from opplan.accounts.queries import person_who_may
from opplan.accounts.roles import Capability
from opplan.imports.actions import Upload
from opplan.plans.asking import ask_for_plan, plan_asked_for
from opplan.web.formats import plain

CELLS_SHOWN = 40


class Command(BaseCommand):
    help = "Say what a national QIPP return would change in one plan; with --apply, load it: all of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the return: a workbook or CSV")
        ask_for_plan(parser)
        parser.add_argument("--apply", action="store_true", help="load it; without, nothing is changed")
        parser.add_argument("--by", default="", metavar="EMAIL", help="who loads it, for the history; needed to load")
        parser.add_argument("--why", default="", metavar="TEXT", help="why, for the history; needed to load")
        parser.add_argument("--json", action="store_true", help="counts, cells and messages as JSON on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        by = person_who_may(options["by"], plan.organisation.code, Capability.EDIT_PLAN) if options["by"] else None
        if options["apply"] and (by is None or not options["why"].strip()):
            raise CommandError("Nothing was loaded. Give --by, somebody who may change the plan, and --why.")
        try:
            upload = Upload(options["file"].name, options["file"].read_bytes())
        except OSError as problem:
            raise CommandError(f"{options['file']} cannot be read: {problem.strerror}.") from problem
        try:
            loaded = load_file(plan, upload, by=by, why=options["why"].strip(), apply=options["apply"])
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(loaded), ensure_ascii=False, indent=2))
        elif options["verbosity"]:
            self.tell(loaded)
        if loaded.refusal:
            raise CommandError(loaded.refusal)

    def tell(self, loaded: Loaded) -> None:
        shown = loaded.told
        for message in shown.messages:
            place = ", ".join(part for part in (message["file"], message["sheet"], message["cell"]) if part)
            self.stdout.write(f"{message['severity']}: {place}{': ' if place else ''}{message['text']}")
        for one in loaded.preview.cells[:CELLS_SHOWN]:
            self.stdout.write(
                f"{one.place.cell}: {one.reference}, {_column(one)}: {_said(one.was)} -> {_said(one.will)}"
            )
        if len(loaded.preview.cells) > CELLS_SHOWN:
            self.stdout.write(f"and {len(loaded.preview.cells) - CELLS_SHOWN} further cells (all with --json)")
        would = "" if loaded.batch else "would be "
        self.stdout.write(
            f"{shown.new:,} schemes {would}new, {shown.changed:,} cells {would}changed, {shown.same:,} the same"
        )
        if loaded.batch is not None:
            self.stdout.write(f"Loaded as batch {loaded.batch.pk}.")


def _column(one: Cell) -> str:
    return f"{one.month:%b %Y} {one.figure.replace('_', ' ')}" if one.month else one.column.heading


def _said(value: Any) -> str:
    return "empty" if value in (None, "") else plain(value) if hasattr(value, "as_tuple") else str(value)


def _as_json(loaded: Loaded) -> dict[str, Any]:
    shown = loaded.told
    return {
        "new": shown.new,
        "changed": shown.changed,
        "same": shown.same,
        "refused": shown.refused,
        "batch": loaded.batch.pk if loaded.batch else None,
        "cells": [
            {
                "scheme": one.reference,
                "column": _column(one),
                "sheet": one.place.sheet,
                "cell": one.place.cell,
                "was": None if one.was is None else str(one.was),
                "will": None if one.will is None else str(one.will),
            }
            for one in loaded.preview.cells
        ],
        "messages": list(shown.messages),
    }
