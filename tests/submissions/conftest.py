"""Both plans' workbooks, written once: their contents, their bytes, and what openpyxl and calamine read from them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from opplan.plans.queries import find_plan
from opplan.submissions.contents import Contents
from opplan.submissions.queries.contents import contents_of
from opplan.submissions.workbook import write_workbook


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
