"""How near a template's workbook comes to the least that it could cost: written, and previewed when it comes back."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

EXPORT, PREVIEW, MEMORY = 1.2, 3.0, 250
SHEETS, ROWS, EDITS = 30, 60, 50

Row = tuple[str, str, str, bool]


def rows() -> list[Row]:
    """The largest template of 2016/17 out and back, and a workbook of thirty sheets back."""
    content = thirty_sheets()
    return [written(), *came_back(), thirty(content), memory(content)]


def written(repeats: int = 25) -> Row:
    """Writing the largest template against XlsxWriter writing the same cells with the same formats."""
    import xlsxwriter

    from opplan.submissions.written.workbook import write

    template, stamp = largest()
    content = write(template, stamp)
    cells, styles = _cells(content)

    def bare() -> None:
        with xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True, "strings_to_urls": False}) as book:
            formats = [book.add_format(style) for style in styles]
            for sheet in cells:
                page = book.add_worksheet()
                for row, column, value, style in sheet:
                    if value is None:
                        page.write_blank(row, column, None, formats[style])
                    elif isinstance(value, str) and value.startswith("="):
                        page.write_formula(row, column, value, formats[style], 0)
                    elif isinstance(value, str):
                        page.write_string(row, column, value, formats[style])
                    else:
                        page.write(row, column, value, formats[style])

    ours, theirs = _in_turn(lambda: write(template, stamp), bare, repeats)
    what = f"Template {template.definition.name}, {sum(map(len, cells)):,} cells, written"
    return what, f"{ours:.0f} ms / {theirs:.0f} ms = {ours / theirs:.2f}", f"{EXPORT}", ours / theirs <= EXPORT


def largest() -> Any:
    """The template of 2016/17 with most cells, filled, and its stamp."""
    from opplan.plans.queries import find_plan
    from opplan.submissions.definition import definitions_of
    from opplan.submissions.queries.templates import filled_template, stamp_of

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    found = [filled_template(plan, one, plan.reporting_month or plan.start) for one in definitions_of("2016-17")]
    template = max(found, key=lambda one: len(one.cells))
    return template, stamp_of(plan, template)


def _cells(content: bytes) -> tuple[list[list[tuple[int, int, Any, int]]], list[dict[str, Any]]]:
    """Every cell that the workbook holds, with the number of its format, and the formats as XlsxWriter takes them."""
    from openpyxl import load_workbook

    numbers: dict[int, int] = {}
    styles: list[dict[str, Any]] = []
    sheets = []
    for sheet in load_workbook(io.BytesIO(content)):
        held = []
        for line in sheet.iter_rows():
            for cell in line:
                if cell.value is None and not cell.has_style:
                    continue
                style = numbers.setdefault(cell.style_id, len(numbers))
                if style == len(styles):
                    wrap = bool(cell.alignment.wrap_text)
                    styles.append(
                        {
                            "border": 1,
                            "num_format": cell.number_format,
                            "text_wrap": wrap,
                            "locked": cell.protection.locked,
                        }
                    )
                held.append((cell.row - 1, cell.column - 1, cell.value, style))
        sheets.append(held)
    return sheets, styles


def came_back(repeats: int = 25) -> list[Row]:
    """Previewing the largest template, unedited, against python-calamine reading the file alone."""
    from opplan.plans.queries import find_plan
    from opplan.submissions.queries.templates import preview_of
    from opplan.submissions.written.workbook import write
    from tests.bench_imports import _read_bare

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    template, stamp = largest()
    content = write(template, stamp)
    assert not preview_of(plan, "back.xlsx", content).merge.changes
    ours, theirs = _in_turn(lambda: preview_of(plan, "back.xlsx", content), lambda: _read_bare(content), repeats)
    what = f"Template {template.definition.name}, unedited, previewed"
    return [(what, f"{ours:.1f} ms / {theirs:.1f} ms = {ours / theirs:.2f}", f"{PREVIEW}", ours / theirs <= PREVIEW)]


DEFINITION = """
name = "thirty"
title = "Thirty sheets"
round = "2016-17"
summary = "A workbook as large as a return of everything."
"""
SHEET = """
[[sheets]]
name = "Sheet {number}"
title = "Sheet {number}"
[[sheets.blocks]]
key = "block{number}"
title = "Block {number}"
total = "All"
columns = [
  {{ key = "title", title = "Row", kind = "given", width = 40 }},
  {{ key = "amount", title = "{{month}}", kind = "input", repeat = "months", format = "decimal", total = true }},
  {{ key = "year", title = "Year", kind = "calculated", formula = "sum(amount)", format = "decimal", total = true }},
  {{ key = "comment", title = "Comment", kind = "input" }},
]
rows = [{rows}]
"""


def definition() -> Any:
    from opplan.submissions.definition import read

    rows = ", ".join(f'{{ key = "r{row}", title = "Row {row} of what is asked" }}' for row in range(ROWS))
    return read(DEFINITION + "".join(SHEET.format(number=number, rows=rows) for number in range(SHEETS)), "thirty.toml")


def thirty_sheets() -> bytes:
    """Thirty sheets with every answer given, and fifty of them typed over in the file."""
    from openpyxl import load_workbook

    from opplan.plans.queries import find_plan
    from opplan.submissions.filled import Key, filled
    from opplan.submissions.queries.templates import stamp_of
    from opplan.submissions.written.workbook import write

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    made = definition()
    answers = {
        Key(f"block{number}", f"r{row}", "amount", month): f"{number * row + month}.25"
        for number in range(SHEETS)
        for row in range(ROWS)
        for month in range(12)
    }
    template = filled(made, plan, plan.start, answers)
    book = load_workbook(io.BytesIO(write(template, stamp_of(plan, template))))
    for cell in list(template.inputs)[:: len(answers) // EDITS][:EDITS]:
        book[cell.sheet][cell.address] = 7 if cell.spec.format == "decimal" else "Seven"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def previewed(content: bytes) -> Callable[[], Any]:
    from opplan.imports.collecting import uncollected
    from opplan.plans.queries import find_plan
    from opplan.submissions.filled import held
    from opplan.submissions.merged import merged
    from opplan.submissions.returned import read_back

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    made = definition()

    def run() -> Any:
        with uncollected():
            merge = merged(
                read_back("back.xlsx", content),
                made,
                lambda rows: held(made, plan, plan.start, {}, {block for block, _ in rows}, rows=rows),
            )
        assert len(merge.changes) >= EDITS - 1, (len(merge.changes), merge.errors[:3])
        return merge

    return run


def thirty(content: bytes, repeats: int = 7) -> Row:
    """Thirty sheets with fifty edits, previewed, against python-calamine reading the file alone."""
    from tests.bench_imports import _read_bare

    ours, theirs = _in_turn(previewed(content), lambda: _read_bare(content), repeats)
    cells = SHEETS * (ROWS + 1) * 15
    what = f"{SHEETS} sheets, {cells:,} cells, {EDITS} edited, previewed"
    return what, f"{ours:.0f} ms / {theirs:.0f} ms = {ours / theirs:.2f}", f"{PREVIEW}", ours / theirs <= PREVIEW


def memory(content: bytes) -> Row:
    """The most memory that a process takes which previews the thirty sheets, its reader of workbooks included.

    The process is asked for the peak of its own pages: what `getrusage` says of it begins with those of the bench, from which it started.
    """
    code = (
        "import re, resource, sys, django; django.setup(); from tests.bench_templates import previewed; "
        "previewed(sys.stdin.buffer.read())(); "
        "own = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]); "
        "print((own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
    most = float(done.stdout)
    return f"{SHEETS} sheets previewed, memory", f"{most:.0f} MB", f"{MEMORY} MB", most <= MEMORY


def _in_turn(ours: Callable[[], Any], theirs: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """The median milliseconds of both, taken in turn, so that a busy machine slows both sides alike."""
    ours()
    theirs()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        ours()
        between = time.perf_counter()
        theirs()
        taken.append((between - began, time.perf_counter() - between))
    return median(one for one, _ in taken) * 1000, median(one for _, one in taken) * 1000
