"""How near an import comes to the least that it could cost: reading, validation and writing, against python-calamine reading alone."""

from __future__ import annotations

import csv
import gc
import io
import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

WORKBOOKS, TABLE = 4.0, 3.0
DATA = Path(__file__).parents[2] / "shared" / "data"
YEARS = ("15", "16", "17")
ORGANISATIONS, MEASURES, MONTHS = 200, 20, 25

Row = tuple[str, str, str, bool]


def rows() -> list[Row]:
    """Both bounds on imports; the published workbooks alone need the folder of published files."""
    from django.core.management import call_command

    found = [table()]
    if (DATA / "dtoc").is_dir():
        found.insert(0, workbooks())
    _empty(_lines())
    call_command("load_plans", verbosity=0)
    return found


def workbooks(repeats: int = 15) -> Row:
    """The delayed transfers of two years, 24 workbooks, into a plan that holds none of them."""
    uploads = []
    for path in sorted((DATA / "dtoc").glob("*.xls")):
        month, _, year = path.stem.partition("_")
        if year in YEARS and path.stem != "April_17":
            uploads.append((path.name, path.read_bytes()))
    assert len(uploads) == 24

    def bare() -> None:
        for _, content in uploads:
            _read_bare(content)

    ours, theirs = _in_turn(_importing(uploads, "dtoc", 24 * 17), bare, repeats)
    what = f"{len(uploads)} DTOC workbooks, imported"
    return what, f"{ours:.0f} ms / {theirs:.0f} ms = {ours / theirs:.2f}", f"{WORKBOOKS}", ours / theirs <= WORKBOOKS


def table(repeats: int = 5) -> Row:
    """A national table of 100,000 rows: what the plan follows of it is loaded, the rest is told apart and counted."""
    header = ("organisation code", "measure code", "period", "numerator", "denominator")
    data = list(_national())
    text = io.StringIO()
    csv.writer(text).writerows([header, *data])
    uploads = [("national.csv", text.getvalue().encode())]
    workbook = _as_workbook([header, *data])
    ours, theirs = _in_turn(
        _importing(uploads, "generic", 2 * MEASURES * MONTHS), lambda: _read_bare(workbook), repeats
    )  # fmt: skip
    what = f"{len(data):,} rows of a CSV, imported"
    return what, f"{ours:.0f} ms / {theirs:.0f} ms = {ours / theirs:.2f}", f"{TABLE}", ours / theirs <= TABLE


def _national() -> list[tuple[str, str, str, int, int | str]]:
    from activity.models import Measure

    dice = random.Random(2016)
    measures = list(
        Measure.objects.filter(round="2016-17", frequency="month", organisation=None)
        .order_by("position")
        .values_list("code", "kind")[:MEASURES]
    )
    months = [f"{2014 + (3 + step) // 12}-{(3 + step) % 12 + 1:02}-01" for step in range(MONTHS)]
    codes = ["10Q", "RTH", *(f"Z{number:02X}" for number in range(ORGANISATIONS - 2))]
    rows: list[tuple[str, str, str, int, int | str]] = []
    for code in codes:
        for measure, kind in measures:
            for month in months:
                whole = dice.randrange(5_000, 50_000)
                rows.append((code, measure, month, dice.randrange(whole), "" if kind == "count" else whole))
    dice.shuffle(rows)
    return rows


def _as_workbook(rows: list[tuple[Any, ...]]) -> bytes:
    import xlsxwriter

    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return written.getvalue()


def _read_bare(content: bytes) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()


def _importing(files: list[tuple[str, bytes]], source: str, least: int) -> Callable[[], float]:
    """An import that is timed to its commit, after what the one before wrote is gone."""
    from activity.actions.imports import load_files
    from opplan.imports.actions import Upload
    from opplan.plans.queries import find_plan

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    lines = _lines()
    uploads = [Upload(*file) for file in files]

    def run() -> float:
        _empty(lines)
        began = time.perf_counter()
        loaded = load_files(plan, uploads, source=source, by=None)
        taken = time.perf_counter() - began
        assert loaded.batch is not None, loaded.refusal
        assert loaded.told.new >= least - 24, loaded.told.new
        return taken * 1000

    return run


def _lines() -> set[int]:
    """The lines that the plan has of its own."""
    from activity.models import Line
    from activity.queries.imports import ADDED

    return set(Line.objects.filter(plan__year="2016-17").exclude(source=ADDED).values_list("pk", flat=True))


def _empty(lines: set[int]) -> None:
    """Take away every reading, delay and import of the plan, and the lines that imports added."""
    from activity.models import Delay, Line, Reading
    from opplan.imports.models import Batch

    Batch.objects.all().delete()
    Delay.objects.filter(plan__year="2016-17").delete()
    Reading.objects.filter(line__plan__year="2016-17").delete()
    Line.objects.filter(plan__year="2016-17").exclude(pk__in=lines).delete()


def _in_turn(ours: Callable[[], float], theirs: Callable[[], None], repeats: int) -> tuple[float, float]:
    """The median milliseconds of both, taken in turn, so that a busy machine slows both sides alike."""
    ours()
    theirs()
    taken: list[tuple[float, float]] = []
    for _ in range(repeats):
        gc.collect()
        mine = ours()
        began = time.perf_counter()
        theirs()
        taken.append((mine, (time.perf_counter() - began) * 1000))
    return median(one for one, _ in taken), median(one for _, one in taken)
