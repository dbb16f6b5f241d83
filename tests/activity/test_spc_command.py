"""`manage.py spc`: the names and values of the reference files, and a clear message for a file that cannot be read."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "spc" / "ref_readme_rqm_points.csv"
SERIES = "period,value\n" + "".join(
    f"{2015 + month // 12}-{month % 12 + 1:02}-01,{value}\n" for month, value in enumerate([10, 12, 11] * 8 + [30])
)


@pytest.fixture
def spc(tmp_path):
    """Runs the command on a file of this content and gives what it printed."""

    def run(content: str | bytes, *options: str, direction: str = "increase") -> str:
        file = tmp_path / "series.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        printed = io.StringIO()
        call_command("spc", str(file), "--direction", direction, *options, stdout=printed, stderr=io.StringIO())
        return printed.getvalue()

    return run


@pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference series lie in ../shared/reference/spc, which is absent"
)
def test_the_json_holds_every_column_of_the_reference_files(spc):
    with REFERENCE.open(encoding="utf-8") as opened:
        points = list(csv.DictReader(opened))
    with REFERENCE.with_name("ref_readme_rqm_summary.csv").open(encoding="utf-8") as opened:
        (summary,) = csv.DictReader(opened)
    content = "period,value\n" + "".join(f"{row['period']},{row['value']}\n" for row in points)
    found = json.loads(spc(content, "--target", "1200", "--json", direction="decrease"))
    for theirs, ours in [*zip(points, found["points"], strict=True), (summary, found["summary"])]:
        for name in theirs.keys() & ours.keys() | {"mean", "lpl", "upl"}:
            expected, value = theirs[name], ours[name]
            if expected in ("TRUE", "FALSE", ""):
                assert value == {"TRUE": True, "FALSE": False, "": None}[expected], name
            elif isinstance(value, str):
                assert value == expected
            else:
                assert value == pytest.approx(float(expected), rel=1e-9), name
        assert theirs.keys() - {"series", *summary} <= ours.keys()


def test_a_fixed_baseline_a_rebase_a_profile_and_no_screening_reach_the_reading(spc):
    def summary(*options: str):
        return json.loads(spc(SERIES, "--json", *options))["summary"]

    assert summary()["variation"] == "special_cause_improvement"
    assert summary("--fix-after", "12")["mean"] == 11
    assert summary("--rebase", "2016-01-01", "2016-07")["rebase"] == "2016-01-01;2016-07-01"
    assert summary("--rebase", "2016-01-01")["n"] == 25
    assert summary("--profile", "mdc-6")["screen_outliers"] is False
    assert summary("--no-screen")["upl"] > summary()["upl"]
    assert summary("--target", "99")["assurance"] == "consistent_fail"


def test_a_blank_value_is_missing_and_keeps_its_place(spc):
    found = json.loads(spc("period,value\n2016-04-01,5\n2016-05-01,\n2016-06-01,NA\n2016-07-01,6\n", "--json"))
    assert [point["value"] for point in found["points"]] == [5, None, None, 6]
    assert [point["point_type"] for point in found["points"]] == ["common_cause", None, None, "common_cause"]
    assert (found["summary"]["n"], found["summary"]["n_missing"]) == (2, 2)


def test_other_columns_capitals_and_a_byte_order_mark_are_taken_as_they_come(spc):
    assert '"n": 1' in spc("\ufeffName,Period , VALUE\nOxford,2016-04,0.9\n", "--json")


def test_without_json_a_reader_gets_a_table_that_says_which_rule_fired(spc):
    printed = spc(SERIES)
    assert "variation special_cause_improvement, assurance none" in printed
    assert "Above UCL: Above the upper limit (special_cause_improvement)" in printed
    assert "Trial limits: 11 points since 2016-02-01" in spc(SERIES.rsplit("2017", 1)[0], "--rebase", "2016-02")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "row 1: there is no column period or value"),
        ("month,value\n", "row 1: there is no column period."),
        ("period,value\n", "holds no period"),
        ("period,value\n2016-04-01,5\n2016-05-01,95%\n", "row 3: “95%” is not a figure"),
        ("period,value\n2016-04-01,12,610\n", "row 2: there are more values than columns"),
        ("period,value\n2016-04-01,5\n\n2016-04-01,6\n", "row 4: 2016-04-01 stands in row 2 too"),
        ("period,value\nApril,5\n", "row 2: “April” is not a period"),
        ("period,value\n2016-13-01,5\n", "row 2: “2016-13-01” is not a period"),
        ("period,value\n2016-04-01,nan\n", "row 2: “nan” is not a figure"),
        ("period,value\n2016-04-01,1e999\n", "row 2: “1e999” is not a figure"),
        ("period,value\n2016-04-01,1_000\n", "row 2: “1_000” is not a figure"),
        (b"PK\x03\x04\xff\xfe" * 40, "is not a CSV file in UTF-8"),
        (b"a" * 10_000_001, "is larger than 10 MB"),
        ('period,value\n2016-04-01,"' + "9" * 200_000, "is not a CSV file"),
    ],
)
def test_a_bad_file_gets_a_message_that_names_the_row(spc, content, words):
    with pytest.raises(CommandError, match=words.replace(".", r"\.")):
        spc(content)


def test_an_absent_file_and_a_short_baseline_are_said_plainly(spc, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("spc", str(tmp_path / "absent.csv"), "--direction", "increase")
    with pytest.raises(CommandError, match="12 points at least, not 5"):
        spc(SERIES, "--fix-after", "5")


def test_a_rebase_that_the_file_does_not_hold_is_told_and_ignored(tmp_path, capsys):
    file = tmp_path / "series.csv"
    file.write_text(SERIES, encoding="utf-8")
    call_command("spc", str(file), "--direction", "increase", "--rebase", "2001-04-01")
    assert "No rebase at 2001-04-01: series.csv does not hold it" in capsys.readouterr().err
