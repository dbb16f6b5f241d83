"""LibreOffice opens the workbooks and works every formula out anew: no error, and the same figures as opplan put in."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

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


def test_libreoffice_works_out_the_same_figures(written, tmp_path: Path) -> None:
    assert SOFFICE is not None
    for code in ("10Q", "5QE"):
        without_values(written(code).content, tmp_path / f"{code}.xlsx")
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
            *(str(tmp_path / f"{code}.xlsx") for code in ("10Q", "5QE")),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    for code in ("10Q", "5QE"):
        book = CalamineWorkbook.from_path(out / f"{code}.xlsx")
        differing = []
        for name, rows in written(code).values.items():
            worked_out = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for number, (before, after) in enumerate(zip(rows, worked_out, strict=False), start=1):
                assert len(after) >= len(before) - before[::-1].count("")
                for column, (one, other) in enumerate(zip(before, after, strict=False)):
                    both = isinstance(one, int | float) and isinstance(other, int | float)
                    if abs(one - other) > 1e-6 if both else one != other:
                        differing.append((name, number, column, one, other))
        assert differing == []
