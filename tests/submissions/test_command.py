"""`manage.py export_workbook` writes the same workbook as the button, whole or not at all, and says what it wrote."""

import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def export(output: Path, **options: str) -> str:
    said = StringIO()
    call_command("export_workbook", output=output, stdout=said, **{"organisation": "10Q", "year": "2016-17", **options})
    return said.getvalue()


def test_the_file_is_the_workbook_and_its_hash_is_said(written, tmp_path: Path) -> None:
    said = export(tmp_path / "plan.xlsx")
    content = (tmp_path / "plan.xlsx").read_bytes()
    assert content == written("10Q").content
    assert f"sha256  {hashlib.sha256(content).hexdigest()}" in said
    assert f"content {written('10Q').contents.content}" in said
    assert str(tmp_path / "plan.xlsx") in said
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]


def test_a_month_may_be_named(tmp_path: Path) -> None:
    assert "Draft, month 4" in export(tmp_path / "plan.xlsx", month="2016-07")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"organisation": "10X"}, "no plan of organisation 10X"),
        ({"year": "2012-13"}, "for the year 2012-13"),
        ({"year": "sixteen"}, "for the year sixteen"),
        ({"month": "2015-09"}, "2015-09 is not a month of Oxfordshire CCG 2016/17"),
    ],
)
def test_what_does_not_exist_is_refused_and_nothing_is_written(
    tmp_path: Path, options: dict[str, str], why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        export(tmp_path / "plan.xlsx", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="name a file in a folder that exists"):
        export(tmp_path / "nowhere" / "plan.xlsx")


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan.xlsx").write_bytes(b"old")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CommandError, match="No space left"):
        export(tmp_path / "plan.xlsx")
    assert (tmp_path / "plan.xlsx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]
