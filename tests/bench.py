"""`make bench`: how near the board and the export come to the least that they could cost, as ratios in one run.

Each figure is a median of repeats taken in turn, so that a busy machine slows both sides alike. The database is a throw-away SQLite
file with both plans loaded; a second one holds ten times the rows, to show that the number of queries does not grow.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

REPEATS = 30
BOARD, EXPORT, QUERIES = 3.0, 1.5, 12
PLAN = "/10Q/2016-17"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="opplan-bench-") as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ.setdefault("DEMONSTRATION", "1")
        os.environ["STATICFILES_BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        os.environ["DJANGO_SETTINGS_MODULE"] = "opplan.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_plans", verbosity=0)
        from tests import bench_finance, bench_imports, bench_templates, bench_variation

        rows = [
            board("Board, one plan's rows"),
            export(),
            *bench_imports.rows(),
            *bench_variation.rows(),
            *bench_finance.rows(),
            *bench_templates.rows(),
            start_up(),
        ]
        ten_times()
        rows.insert(1, board("Board, ten times the rows"))
        return report(rows)


Row = tuple[str, str, str, bool]


def report(rows: list[Row]) -> int:
    width = max(len(row[0]) for row in rows)
    print(f"\n{'What':{width}}  {'Measured':52}  Bound")
    for what, measured, bound, met in rows:
        print(f"{what:{width}}  {measured:52}  {bound}{'' if met else '   NOT MET'}")
    return 0 if all(row[3] for row in rows) else 1


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def in_turn(*works: Callable[[], Any]) -> list[float]:
    """The median milliseconds of each, taken in turn."""
    for work in works:
        work()
    taken = [[timed(work) for work in works] for _ in range(REPEATS)]
    return [median(one[index] for one in taken) for index in range(len(works))]


def board(what: str) -> Row:
    """The board's server time against its bare SQL plus an empty page: one of the same plan, for the same person, with nothing in it.

    The empty page brings the SQL of its frame (session, person, membership, plan, plan switch), so the bare SQL is that of the rest.
    """
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from opplan.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(memberships__role="viewer", memberships__organisation__code="10Q"))

    def statements(address: str) -> list[str]:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    with override_settings(ROOT_URLCONF="tests.bench_addresses"):
        whole, frame = statements(f"{PLAN}/"), statements(f"{PLAN}/empty")
        own = [statement for statement in whole if statement not in frame]

        def bare_sql() -> None:
            for statement in own:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    cursor.fetchall()

        served, sql, empty = in_turn(lambda: client.get(f"{PLAN}/"), bare_sql, lambda: client.get(f"{PLAN}/empty"))
    ratio = served / (sql + empty)
    measured = f"{len(whole)} queries; {served:.1f} ms / ({sql:.1f} + {empty:.1f}) ms = {ratio:.2f}"
    return what, measured, f"{QUERIES} queries, {BOARD}", len(whole) <= QUERIES and ratio <= BOARD


def export() -> Row:
    """Writing the workbook against XlsxWriter writing the same cells with the same formats."""
    import io

    import xlsxwriter

    from opplan.plans.queries import find_plan
    from opplan.submissions.monthly.workbook import write_workbook
    from opplan.submissions.queries.monthly import contents_of

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    contents = contents_of(plan, plan.reporting_month or plan.start)
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(write_workbook(contents)))
    cells = [
        [
            (cell.row - 1, cell.column - 1, cell.value, cell.style_id)
            for row in sheet.iter_rows()
            for cell in row
            if cell.has_style or cell.value is not None
        ]
        for sheet in book
    ]

    def bare() -> None:
        with xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True, "strings_to_urls": False}) as written:
            formats = {
                style: written.add_format({"border": 1, "num_format": "#,##0"})
                for sheet in cells
                for *_, style in sheet
            }
            for sheet in cells:
                page = written.add_worksheet()
                for row, column, value, style in sheet:
                    if isinstance(value, str) and value.startswith("="):
                        page.write_formula(row, column, value, formats[style], 0)
                    elif isinstance(value, str):
                        page.write_string(row, column, value, formats[style])
                    elif value is None:
                        page.write_blank(row, column, None, formats[style])
                    else:
                        page.write(row, column, value, formats[style])

    ours, theirs = in_turn(lambda: write_workbook(contents), bare)
    measured = f"{sum(map(len, cells)):,} cells; {ours:.0f} ms / {theirs:.0f} ms = {ours / theirs:.2f}"
    return "Export against XlsxWriter", measured, f"{EXPORT}", ours / theirs <= EXPORT


def start_up() -> Row:
    """What start-up imports, and how long it takes, in a process of its own."""
    code = (
        "import sys, time; began = time.perf_counter(); import django; django.setup(); import opplan.urls; "
        "print(time.perf_counter() - began, [name for name in ('pandas', 'openpyxl', 'plotly', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, _, heavy = done.stdout.strip().partition(" ")
    return "Start-up", f"{float(seconds):.2f} s; heavy imports: {heavy}", "no pandas, openpyxl, plotly", heavy == "[]"


def ten_times() -> None:
    """Nine copies of every initiative, milestone, scheme and line of the plan, under new references."""
    from activity.models import Line, Reading
    from finance.models import Scheme, SchemeMonth
    from initiatives.models import Initiative, Milestone
    from opplan.plans.queries import find_plan

    plan = find_plan("10Q", "2016-17")
    for copy in range(9):
        copies: dict[int, int] = {}
        for row in Initiative.objects.filter(plan=plan):
            if "-COPY" not in row.reference:
                old, row.pk, row.reference = row.pk, None, f"{row.reference}-COPY{copy}"
                row.save()
                copies[old] = row.pk
        for row in Milestone.objects.filter(plan=plan, initiative_id__in=copies):
            row.pk, row.reference, row.initiative_id, row.project_id = (
                None,
                f"{row.reference}-COPY{copy}",
                copies[row.initiative_id],
                None,
            )
            row.save()
        for model, child, link in ((Scheme, SchemeMonth, "scheme_id"), (Line, Reading, "line_id")):
            for row in model.objects.filter(plan=plan).exclude(reference__contains="-COPY"):
                children = list(child.objects.filter(**{link: row.pk}))
                row.pk, row.reference = None, f"{row.reference}-COPY{copy}"
                row.save()
                for one in children:
                    one.pk = None
                    setattr(one, link, row.pk)
                child.objects.bulk_create(children)


if __name__ == "__main__":
    sys.exit(main())
