"""Loads both Oxfordshire plans, the reference catalogues and, where demonstration is on, the demonstration accounts."""

import csv
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from activity.imports import load_builds, load_delays, load_lines, load_measures, load_recovery
from finance.imports import load_financial_plan, load_savings
from finance.imports.budgets import load_budgets
from finance.imports.contracts import load_contracts
from initiatives.imports import load_register
from initiatives.queries import initiative_keys
from opplan.accounts.actions import grant, welcome_demonstration_account
from opplan.accounts.roles import Role
from opplan.imports.loading import BadRecord, Sources, Tally, day, found, needed, read_sources, records, said
from opplan.plans.actions import open_plan, register_code, register_organisation
from opplan.plans.queries import any_plan
from opplan.submissions.imports import load_submissions


class Command(BaseCommand):
    help = (
        "Load the plans in fixtures/. Safe to run again: it adds what is missing and leaves what people have entered."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fixtures", type=Path, default=settings.BASE_DIR / "fixtures", help="where the plans lie")
        parser.add_argument("--if-new", action="store_true", help="do nothing where the database holds a plan already")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["fixtures"]
        self.quiet: bool = options["verbosity"] == 0
        if options["if_new"] and any_plan():
            return
        try:
            with transaction.atomic():
                self.load(folder)
        except KeyError as problem:
            raise CommandError(f"Nothing was loaded. There is no {problem} where one is needed.") from problem
        except (OSError, ValueError, csv.Error, IntegrityError) as problem:
            raise CommandError(f"Nothing was loaded. {problem}") from problem
        except ValidationError as problem:
            raise CommandError(f"Nothing was loaded. {said(problem)}") from problem

    def load(self, folder: Path) -> None:
        sources = read_sources(folder / "sources.csv")
        organisations = self.load_organisations(folder / "organisations.csv")
        self.say("organisations", Tally(same=len(organisations)))
        self.load_codes(folder / "organisation_codes.csv", organisations, sources)
        for catalogue in sorted((folder / "measures").glob("*.csv")):
            self.say(f"measures of {catalogue.stem}", load_measures(catalogue.stem, catalogue, sources))
        for described in sorted(folder.glob("*/*/plan.toml")):
            self.load_plan(described.parent, organisations, sources)
        if settings.DEMONSTRATION:
            self.load_people(folder / "people.toml", organisations)

    def load_organisations(self, path: Path) -> dict[str, Any]:
        """Each after its parent, in whatever order the file has them."""
        organisations: dict[str, Any] = {}
        waiting = {row["code"]: row for row in records(path)}
        while waiting:
            ready = [row for row in waiting.values() if row["parent"] not in waiting]
            if not ready:
                row = next(iter(waiting.values()))
                raise BadRecord(f"{row['at']}, parent: “{row['parent']}” and “{row['code']}” lie within one another")
            for row in ready:
                parent = found(organisations, row, "parent")
                try:
                    organisations[row["code"]] = register_organisation(
                        code=row["code"],
                        name=row["name"],
                        short_name=row["short_name"] or row["name"],
                        kind=row["kind"],
                        parent=parent,
                    )
                except ValidationError as problem:
                    raise BadRecord(f"{row['at']}, {said(problem)}") from problem
                del waiting[row["code"]]
        return organisations

    def load_codes(self, path: Path, organisations: dict[str, Any], sources: Sources) -> None:
        """The other codes by which publications know the organisations."""
        for row in records(path):
            try:
                register_code(
                    needed(organisations, row, "organisation"),
                    code=row["code"],
                    kind=row["kind"],
                    until=day(row, "until"),
                    note=row["note"],
                    source=sources.named(row["source"]),
                )
            except ValidationError as problem:
                raise BadRecord(f"{row['at']}, {said(problem)}") from problem

    def load_plan(self, folder: Path, organisations: dict[str, Any], sources: Sources) -> None:
        place = f"{folder.parent.name}/{folder.name}/plan.toml"
        try:
            with (folder / "plan.toml").open("rb") as file:
                described = tomllib.load(file, parse_float=Decimal)
            required = {name: described["requirement"][name] for name in ("qipp", "source")}
            if not isinstance(required["qipp"], int | Decimal):
                raise BadRecord(f"{place}, qipp: “{required['qipp']}” is not a figure")
            plan, _ = open_plan(
                organisations[described["organisation"]],
                described["year"],
                title=described["title"],
                summary=described["summary"],
                round=described["round"],
                reporting_month=date.fromisoformat(str(described["reporting_month"])),
            )
        except BadRecord:
            raise
        except KeyError as problem:
            raise BadRecord(f"{place}: there is no {problem}") from problem
        except ValidationError as problem:
            raise BadRecord(f"{place}, {said(problem)}") from problem
        except (ValueError, TypeError) as problem:
            raise BadRecord(f"{place}: {problem}") from problem
        if not self.quiet:
            self.stdout.write(f"{plan}")
        tallies = load_register(plan, folder, sources)
        initiatives = initiative_keys(plan)
        providers = {code: organisation.pk for code, organisation in organisations.items()}
        tallies |= load_lines(plan, folder, sources, providers=providers, initiatives=initiatives)
        tallies |= load_builds(plan, folder, sources, initiatives=initiatives)
        tallies |= load_delays(plan, folder, sources)
        tallies |= load_recovery(plan, folder, sources, initiatives=initiatives)
        tallies |= load_savings(
            plan, folder, sources, requirement=required, initiatives=initiatives, providers=providers
        )
        tallies |= load_financial_plan(plan, folder, sources, initiatives=initiatives)
        tallies |= load_budgets(plan, folder, sources, providers=providers)
        tallies |= load_contracts(plan, folder, sources, providers=providers)
        tallies |= load_submissions(plan, folder, sources, initiatives=initiatives)
        for what, tally in tallies.items():
            self.say(what, tally)

    def load_people(self, path: Path, organisations: dict[str, Any]) -> None:
        with path.open("rb") as file:
            described = tomllib.load(file)
        tally = Tally()
        for person in described["people"]:
            role = Role(person["role"])
            user, new = welcome_demonstration_account(
                person["email"], person["name"], described["password"], staff=role == Role.ADMINISTRATOR
            )
            tally += Tally(new=new, same=not new)
            for code in person.get("organisations", described["organisations"]) if new else ():
                grant(user, organisations[code], role, by=None, why="Demonstration account")
        self.say("demonstration accounts", tally)

    def say(self, what: str, tally: Tally) -> None:
        if self.quiet:
            return
        parts = [f"{count} {word}" for word, count in vars(tally).items() if count]
        self.stdout.write(f"  {what}: {', '.join(parts) or 'none'}")
