"""Loads a workbook that came back."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from opplan.accounts.queries import person_who_may
from opplan.accounts.roles import Capability
from opplan.imports.unreadable import Unreadable
from opplan.plans.asking import ask_for_plan, plan_asked_for
from opplan.submissions.actions.returns import apply_return
from opplan.submissions.merged import FILE, OPPLAN, Change, Wrong
from opplan.submissions.queries.templates import Preview, preview_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan


class Command(BaseCommand):
    help = (
        "Show what a workbook that came back would change in a plan, and change it with --apply: all of it or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="the workbook, as opplan exported it and people filled it in"
        )
        ask_for_plan(parser)
        parser.add_argument("--apply", action="store_true", help="make the changes; without it nothing is changed")
        parser.add_argument("--conflicts", choices=(OPPLAN, FILE), help="whose value stands where both changed")
        parser.add_argument("--by", metavar="EMAIL", help="who makes the changes; needed with --apply")
        parser.add_argument("--why", default="Workbook loaded", help="the reason that the history keeps")
        parser.add_argument("--json", action="store_true", help="print the changes, conflicts and errors as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_asked_for(options)
        path: Path = options["file"]
        try:
            preview = preview_of(plan, path.name, path.read_bytes())
        except OSError as problem:
            raise CommandError(f"{path} cannot be read: {problem.strerror}.") from problem
        except Unreadable as problem:
            if options["json"]:
                self.stdout.write(json.dumps(_as_json(None, [Wrong("", "", str(problem))]), ensure_ascii=False))
                raise SystemExit(1) from problem
            raise CommandError(str(problem)) from problem
        applied = self.apply(plan, preview, options) if options["apply"] and not preview.merge.errors else False
        if options["json"]:
            self.stdout.write(
                json.dumps({**_as_json(preview, preview.merge.errors), "applied": applied}, ensure_ascii=False)
            )
        else:
            self.say(preview, applied)
        if preview.merge.errors:
            raise SystemExit(1)

    def apply(self, plan: "Plan", preview: Preview, options: dict[str, Any]) -> bool:
        code = plan.organisation.code
        allowed = {one: person_who_may(options["by"] or "", code, one) for one in Capability}
        person = allowed[Capability.VIEW_PLAN]
        if person is None:
            raise CommandError(f"Say who makes the changes: --by and the e-mail address of a member of {code}.")
        merge, returned = preview.merge, preview.returned
        if not merge.changes or preview.definition is None:
            return False
        chosen = {change.key: options["conflicts"] or "" for change in merge.conflicts}
        try:
            apply_return(
                plan,
                preview.definition,
                merge.changes,
                chosen=chosen,
                file_name=returned.file,
                digest=returned.digest,
                may=lambda capability: allowed[capability] is not None,
                by=person,
                why=options["why"],
            )
        except ValidationError as problem:
            raise CommandError(f"Nothing was changed. {' '.join(problem.messages)}") from problem
        return True

    def say(self, preview: Preview, applied: bool) -> None:
        merge = preview.merge
        for wrong in (*merge.errors, *merge.notes):
            self.stderr.write(f"{wrong.sheet}!{wrong.cell}: {wrong.text}")
        for change in merge.changes:
            beside = f", opplan has {change.now or 'blank'}: conflict" if change.conflict else ""
            self.stdout.write(
                f"{change.sheet}!{change.cell} {change.title}: {change.base or 'blank'} → {change.theirs or 'blank'}{beside}"
            )
        done = "applied" if applied else "nothing was changed"
        self.stdout.write(
            f"{len(merge.changes)} changes, {len(merge.conflicts)} conflicts, {len(merge.errors)} errors: {done}"
        )


def _as_json(preview: Preview | None, errors: list[Wrong]) -> dict[str, Any]:
    def told(change: Change) -> dict[str, Any]:
        return {
            "sheet": change.sheet,
            "cell": change.cell,
            "key": list(change.key),
            "base": change.base,
            "theirs": change.theirs,
            "now": change.now,
        }

    merge = preview.merge if preview else None
    return {
        "changes": [told(one) for one in merge.plain] if merge else [],
        "conflicts": [told(one) for one in merge.conflicts] if merge else [],
        "errors": [{"sheet": one.sheet, "cell": one.cell, "text": one.text} for one in errors],
        "notes": [{"sheet": one.sheet, "cell": one.cell, "text": one.text} for one in merge.notes] if merge else [],
    }
