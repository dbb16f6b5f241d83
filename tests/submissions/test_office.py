"""LibreOffice opens the workbooks and works every formula out anew: no error, and the same figures as opplan put in."""

import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from finance.models import Scheme, SchemeMonth
from opplan.calc.savings import Forecast
from opplan.plans.models import Plan
from opplan.submissions.monthly.workbook import write_workbook
from opplan.submissions.queries.monthly import contents_of
from tests.submissions.conftest import Written

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        SOFFICE is None, reason="LibreOffice (soffice) is not installed: formulas are not worked out anew"
    ),
]


def without_values(content: bytes, path: Path) -> None:
    """Write the workbook with the values of its formulas taken out, so that whoever opens it must work them out."""
    path.with_suffix(".whole.xlsx").write_bytes(content)
    with zipfile.ZipFile(path.with_suffix(".whole.xlsx")) as source, zipfile.ZipFile(path, "w") as target:
        for part in source.infolist():
            read = source.read(part)
            if part.filename.startswith("xl/worksheets/"):
                read = re.sub(rb"</f><v>[^<]*</v>", b"</f>", read)
            target.writestr(part.filename, read)


def with_rules(plan: Plan) -> Written:
    """The workbook of a plan in which forecasts follow every rule: some with gaps to fill, one without anything reported."""
    for rule, references in (("run_rate", ("PC-03", "EL-04", "EL-09")), ("risk_adjusted", ("UC-01", "PC-05", "MH-02"))):
        found = Scheme.objects.filter(plan=plan, reference__in=references)
        assert found.update(forecast_default=rule) == len(references)
        gaps = SchemeMonth.objects.filter(scheme__in=found)
        gaps.filter(month__gt=date(2016, 10, 1)).update(forecast_saving=None)
        gaps.filter(month=date(2016, 6, 1)).update(actual_saving=None)
    SchemeMonth.objects.filter(scheme__plan=plan, scheme__reference="EL-09").update(actual_saving=None)
    contents = contents_of(plan, plan.reporting_month)
    follows = {row.standing.outlook.follows for row in contents.schemes}
    assert follows == set(Forecast)
    return Written(contents, write_workbook(contents))


def test_libreoffice_works_out_the_same_figures(written, ccg: Plan, tmp_path: Path) -> None:
    assert SOFFICE is not None
    books = {"10Q": written("10Q"), "5QE": written("5QE"), "rules": with_rules(ccg)}
    for code, book in books.items():
        without_values(book.content, tmp_path / f"{code}.xlsx")
    profile, out = tmp_path / "profile", tmp_path / "out"
    subprocess.run(
        [
            SOFFICE,
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(out),
            *(str(tmp_path / f"{code}.xlsx") for code in books),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    for code, one_book in books.items():
        book = CalamineWorkbook.from_path(out / f"{code}.xlsx")
        differing = []
        for name, rows in one_book.values.items():
            worked_out = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for number, (before, after) in enumerate(zip(rows, worked_out, strict=False), start=1):
                assert len(after) >= len(before) - before[::-1].count("")
                for column, (one, other) in enumerate(zip(before, after, strict=False)):
                    both = isinstance(one, int | float) and isinstance(other, int | float)
                    if abs(one - other) > 1e-6 if both else one != other:
                        differing.append((name, number, column, one, other))
        assert differing == []
