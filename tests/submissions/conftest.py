"""Both plans' workbooks and templates, written once: contents, bytes, what openpyxl and calamine read, what LibreOffice makes of them."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from opplan.plans.models import Plan
from opplan.plans.queries import find_plan
from opplan.submissions.checking import printed
from opplan.submissions.definition import FOLDER, Definition, find_definition, load
from opplan.submissions.filled import Cell, Filled
from opplan.submissions.monthly.contents import Contents
from opplan.submissions.monthly.workbook import write_workbook
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.monthly import contents_of
from opplan.submissions.queries.templates import filled_template, stamp_of
from opplan.submissions.written.workbook import write

YEARS = {"2016-17": "10Q", "2010-11": "5QE"}
TEMPLATES = sorted((one.round, one.name) for one in map(load, FOLDER.glob("*.toml")))
"""Every definition of the house: its planning round and its name."""
SOFFICE = shutil.which("soffice")


@dataclass
class Written:
    """A workbook as it was gathered and as it was written."""

    contents: Contents
    content: bytes

    @cached_property
    def book(self) -> Workbook:
        return load_workbook(BytesIO(self.content))

    @cached_property
    def values(self) -> dict[str, list[list[object]]]:
        """The cached values of every sheet, from A1."""
        book = CalamineWorkbook.from_filelike(BytesIO(self.content))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}

    def value(self, sheet: str, column: int, row: int) -> object:
        """The cached value at a column (from 0) and a row (from 1)."""
        return self.values[sheet][row - 1][column]


@pytest.fixture(scope="session")
def written(django_db_setup: None, django_db_blocker) -> Callable[[str], Written]:  # type: ignore[no-untyped-def]
    """The workbook of a plan, such as written("10Q")."""
    made: dict[str, Written] = {}
    years = {"10Q": "2016-17", "5QE": "2010-11"}

    def of(code: str) -> Written:
        if code not in made:
            with django_db_blocker.unblock():
                plan = find_plan(code, years[code])
                assert plan is not None
                contents = contents_of(plan, plan.reporting_month or plan.start)
            made[code] = Written(contents, write_workbook(contents))
        return made[code]

    return of


@dataclass
class Exported:
    """A template as it was filled and written."""

    plan: Plan
    definition: Definition
    filled: Filled
    content: bytes

    def cell(self, address: str) -> Cell:
        """The cell at an address such as Budget!C7."""
        sheet, _, place = address.partition("!")
        return next(cell for cell in self.filled.cells.values() if (cell.sheet, cell.address) == (sheet, place))

    def input(self, *, form: str = "", block: str = "", empty: bool | None = None) -> Cell:
        """The first input cell of a format, of a block, empty or not."""
        return next(
            cell
            for cell in self.filled.inputs
            if (not form or cell.spec.format == form)
            and (not block or cell.key.block == block)
            and (empty is None or (cell.value is None) == empty)
        )


def export(plan: Plan, definition: Definition) -> Exported:
    filled = filled_template(plan, definition, plan.reporting_month or plan.start)
    return Exported(plan, definition, filled, write(filled, stamp_of(plan, filled), printed(checks_of(plan, filled))))


@pytest.fixture(scope="session")
def exported(django_db_setup: None, django_db_blocker) -> Callable[[str, str], Exported]:  # type: ignore[no-untyped-def]
    """A template of a planning round, such as exported("2016-17", "activity")."""
    made: dict[tuple[str, str], Exported] = {}

    def of(planning_round: str, name: str) -> Exported:
        if (planning_round, name) not in made:
            with django_db_blocker.unblock():
                plan = find_plan(YEARS[planning_round], planning_round)
                definition = find_definition(planning_round, name)
                assert plan is not None
                assert definition is not None
                made[planning_round, name] = export(plan, definition)
        return made[planning_round, name]

    return of


def rezipped(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A workbook with its parts changed, or left out where `change` gives None."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            read = change(part.filename, source.read(part))
            if read is not None:
                target.writestr(part.filename, read)
    return made.getvalue()


def without_values(content: bytes) -> bytes:
    """The workbook with the values of its formulas taken out, so that whoever opens it must work them out."""

    def change(name: str, read: bytes) -> bytes:
        return re.sub(rb"</f><v>[^<]*</v>", b"</f>", read) if name.startswith("xl/worksheets/") else read

    return rezipped(content, change)


def by_office(folder: Path, files: dict[str, bytes], kind: str = "xlsx") -> dict[str, bytes]:
    """The files as LibreOffice opens, works out and saves them: one start for all."""
    if SOFFICE is None:
        pytest.skip("LibreOffice (soffice) is not installed: formulas are not worked out anew")
    for name, content in files.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    out = folder / kind
    command = [
        SOFFICE,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
    ]
    paths = [str(folder / f"{name}.xlsx") for name in files]
    subprocess.run([*command, str(out), *paths], check=True, capture_output=True, timeout=300)
    return {name: (out / f"{name}.{kind}").read_bytes() for name in files}


def edited(content: bytes, values: dict[str, Any]) -> bytes:
    """The workbook with these cells typed into, such as {"Budget!C7": 12}, as openpyxl saves it."""
    book = load_workbook(BytesIO(content))
    for address, value in values.items():
        sheet, _, place = address.partition("!")
        book[sheet][place] = value
    made = BytesIO()
    book.save(made)
    return made.getvalue()
