"""Each template as a workbook: it reads without an error, every formula gives what was written, and unedited it changes nothing."""

import os
import subprocess
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from opplan.plans.models import Plan
from opplan.submissions.definition import BadDefinition, Definition, read
from opplan.submissions.filled import answered, filled
from opplan.submissions.queries.templates import preview_of, stamp_of
from opplan.submissions.written.workbook import write
from tests.submissions.conftest import TEMPLATES, Exported, by_office, edited, export, without_values

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ERRORS = ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "Err:")
ROOT = Path(__file__).resolve().parents[2]
every_template = pytest.mark.parametrize(("planning_round", "name"), TEMPLATES)
FORMULAS = {
    "added": "a + b",
    "taken": "a - b",
    "times": "a * b",
    "shared": "a / b",
    "minus": "-a",
    "mixed": "(a + 2) * n(b) - 0.5 * n(a)",
    "summed": "sum(probe.a)",
    "counted": "count(probe.b)",
    "averaged": "average(probe.a)",
    "last_one": "last(probe.b)",
    "noughted": "n(b)",
    "chosen": "given(b, a)",
    "least_of": "min(a, b)",
    "most_of": "max(a, b)",
    "judged": 'when(a >= b, "Met", "Not met")',
    "of_a_row": 'probe["three"].a',
    "of_a_blank_row": 'probe["five"].a',
    "one_or_other": "when(a >= b, b, a)",
    "of_the_total": 'probe["total"].a',
    "of_shares": "sum(probe.a) / sum(probe.b)",
}
PROBE = "\n".join(
    [
        'name = "probe"',
        'title = "Probe"',
        'round = "2016-17"',
        'summary = "Every word of the formula language, over every kind of neighbour."',
        "[[sheets]]",
        'name = "Probe"',
        'title = "Probe"',
        "[[sheets.blocks]]",
        'key = "probe"',
        'title = "Probe"',
        'total = "All"',
        "columns = [",
        '  { key = "title", title = "Row", kind = "given" },',
        '  { key = "a", title = "A", kind = "input", format = "decimal", total = true },',
        '  { key = "b", title = "B", kind = "input", format = "decimal", total = true },',
        *(
            f'  {{ key = "{key}", title = "{key}", kind = "calculated", format = "decimal", formula = \'{text}\' }},'
            for key, text in FORMULAS.items()
        ),
        "]",
        'rows = [{ key = "one", title = "One" }, { key = "two", title = "Two" }, { key = "three", title = "Three" },'
        ' { key = "four", title = "Four" }, { key = "five", title = "Five" }]',
    ]
)
ANSWERS = {"one": ("3", "4"), "two": ("-2.5", "0"), "three": ("7.25", ""), "four": ("", "9"), "five": ("", "")}


def probe(plan: Plan) -> Exported:
    definition = read(PROBE, "probe.toml")
    from opplan.submissions.filled import Key

    answers = {
        Key("probe", row, column): value
        for row, pair in ANSWERS.items()
        for column, value in zip("ab", pair, strict=True)
        if value
    }
    template = filled(definition, plan, plan.start, answers)
    return Exported(plan, definition, template, write(template, stamp_of(plan, template)))


@pytest.fixture(scope="module")
def recalculated(exported, tmp_path_factory, django_db_blocker) -> dict[str, tuple[Exported, bytes]]:  # type: ignore[no-untyped-def]
    """Every template, its formulas worked out anew by LibreOffice and saved by it: one start for all."""
    one = {f"{planning_round}-{name}": exported(planning_round, name) for planning_round, name in TEMPLATES}
    with django_db_blocker.unblock():
        one["probe"] = probe(next(iter(one.values())).plan)
    files = {name: without_values(made.content) for name, made in one.items()}
    saved = by_office(tmp_path_factory.mktemp("office"), files)
    return {name: (made, saved[name]) for name, made in one.items()}


def values(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def differing(made: Exported, content: bytes) -> list[object]:
    """The formulas of a template whose value in the file is another than opplan wrote."""
    sheets, found = values(content), []
    for cell in made.filled.cells.values():
        if cell.formula is None:
            continue
        rows = sheets[cell.sheet]
        line = rows[cell.row - 1] if cell.row <= len(rows) else []
        seen = line[cell.column] if cell.column < len(line) else ""
        if isinstance(cell.value, Decimal):
            same = isinstance(seen, int | float) and abs(float(cell.value) - seen) < 1e-6 * max(1, abs(seen))
        else:
            same = seen == (cell.value or "")
        if not same:
            found.append((cell.sheet, cell.address, cell.formula.text, cell.value, seen))
    return found


@every_template
def test_libreoffice_works_out_what_opplan_wrote(recalculated, planning_round: str, name: str) -> None:
    made, content = recalculated[f"{planning_round}-{name}"]
    assert differing(made, made.content) == []
    assert differing(made, content) == []


def test_every_word_of_the_formula_language_means_the_same_in_a_workbook(recalculated) -> None:
    made, content = recalculated["probe"]
    assert len([cell for cell in made.filled.cells.values() if cell.formula]) > 5 * len(FORMULAS)
    assert differing(made, content) == []


@every_template
def test_no_cell_shows_an_error(recalculated, planning_round: str, name: str) -> None:
    made, content = recalculated[f"{planning_round}-{name}"]
    for book in (values(made.content), values(content)):
        wrong = [
            (sheet, cell)
            for sheet, rows in book.items()
            for row in rows
            for cell in row
            if str(cell).startswith(ERRORS)
        ]
        assert wrong == []


@every_template
def test_the_checklist_and_the_cover_say_how_complete_it_is(recalculated, planning_round: str, name: str) -> None:
    made, content = recalculated[f"{planning_round}-{name}"]
    book, template = values(content), made.filled
    marks = [row[4] for row in book["Checklist"][5:] if len(row) > 4 and row[4]]
    questions = template.questions
    assert marks == (["Yes" if answered(one) else "No" for one in questions] or ["Yes"])
    state = "complete" if template.complete else "incomplete"
    assert str(book["Checklist"][0][0]).endswith(f", {state}")
    assert state.upper() in [row[1] for row in book["Cover"] if len(row) > 1]


@every_template
def test_openpyxl_reads_it_with_its_inputs_alone_open(exported, planning_round: str, name: str) -> None:
    made = exported(planning_round, name)
    book = load_workbook(BytesIO(made.content))
    assert book["_opplan"].sheet_state == "veryHidden"
    for cell in made.filled.cells.values():
        held = book[cell.sheet][cell.address]
        assert held.protection.locked == (cell.kind != "input"), cell.key
        assert str(held.value or "").startswith("=") == (cell.formula is not None), cell.key
    for sheet in made.definition.sheets:
        page = book[sheet.name]
        assert page.protection.sheet
        assert page.column_dimensions["A"].hidden
        assert page.freeze_panes
        assert page.print_area
    assert {f"Block_{block.key}" for block in made.definition.blocks()} <= set(book.defined_names)


@every_template
def test_an_unedited_workbook_changes_nothing(recalculated, planning_round: str, name: str) -> None:
    made, by_libreoffice = recalculated[f"{planning_round}-{name}"]
    for content in (made.content, by_libreoffice, edited(made.content, {})):
        merge = preview_of(made.plan, "back.xlsx", content).merge
        assert (merge.changes, merge.errors, merge.notes) == ([], [], [])


@every_template
def test_the_same_data_give_the_same_bytes(exported, planning_round: str, name: str) -> None:
    made = exported(planning_round, name)
    # Both made now: a test that empties the database between the shared export and this one loads the plans anew.
    assert export(made.plan, made.definition).content == export(made.plan, made.definition).content


def test_the_bytes_do_not_hang_on_how_a_process_hashes() -> None:
    """Two processes of other hash seeds write the probe alike: with its comments, formats, charts and names."""
    code = (
        "import hashlib, django; django.setup(); from datetime import date, datetime; from types import SimpleNamespace as N; "
        "from opplan.submissions.definition import read; from opplan.submissions.filled import filled; "
        "from opplan.submissions.written.book import Stamp; from opplan.submissions.written.workbook import write; "
        "from tests.submissions.test_templates import PROBE; "
        'text = PROBE.replace(\'kind = "given" }\', \'kind = "given", note = "What it is" }\', 1); '
        "months = [date(2016 + (3 + n) // 12, (3 + n) % 12 + 1, 1) for n in range(12)]; "
        "plan = N(organisation=N(code='10Q', short_name='O', name='O'), year='2016-17', year_label='2016/17', months=months); "
        "template = filled(read(text, 'p'), plan, months[0], {}); "
        "print(hashlib.sha256(write(template, Stamp('V1', 'c', datetime(2016, 4, 1), 'd'))).hexdigest())"
    )
    found = set()
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "DJANGO_SETTINGS_MODULE": "opplan.settings",
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def test_every_definition_of_the_house_serves_a_plan_that_is_there(exported) -> None:
    assert len(TEMPLATES) >= 8
    for planning_round, name in TEMPLATES:
        assert isinstance(exported(planning_round, name).definition, Definition)


def test_a_formula_that_refers_to_itself_is_refused_with_its_cell(ccg: Plan) -> None:
    text = (
        PROBE.replace('"a + b"', '"x"')
        .replace("formula = 'a + b'", "formula = 'taken + b'")
        .replace("formula = 'a - b'", "formula = 'added - b'")
    )
    with pytest.raises(ValueError, match="refers to itself"):
        filled(read(text, "probe.toml"), ccg, ccg.start, {})
    assert issubclass(BadDefinition, ValueError)
