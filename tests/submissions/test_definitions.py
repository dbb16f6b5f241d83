"""Definitions: what is wrong in one is told with its file and line, and another year's template is a file and no code."""

import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from activity.models import Line
from opplan.plans.models import Plan
from opplan.submissions.definition import FOLDER, BadDefinition, definitions_of, load, read
from opplan.submissions.models import Answer
from opplan.submissions.queries.templates import preview_of
from tests.submissions.conftest import edited

GOOD = """name = "small"
title = "Small"
round = "2016-17"
summary = "Two rows."

[[sheets]]
name = "Figures"
title = "Figures"

[[sheets.blocks]]
key = "figures"
title = "Figures"
total = "All"
columns = [
  { key = "title", title = "Row", kind = "given" },
  { key = "amount", title = "{year}", kind = "input", format = "thousands", total = true, least = 0, most = 9 },
  { key = "share", title = "Share", kind = "calculated", format = "percentage", formula = "amount / figures.amount" },
]
rows = [
  { key = "one", title = "One" },
  { key = "two", title = "Two" },
]

[[sheets.blocks]]
key = "lines"
title = "Lines"
source = "lines"
where = { kind = ["count"] }
columns = [
  { key = "title", title = "Line", kind = "given" },
  { key = "planned", title = "{month}", kind = "given", repeat = "months", format = "whole" },
]
"""
MISTAKES = {
    "not TOML": ('name = "small"', "name = small", 1, "Invalid value"),
    "a word that is unknown": ('total = "All"', 'totals = "All"', 13, "totals is not a word that a definition knows"),
    "a word that is missing": ('summary = "Two rows."\n', "", 1, "summary is missing"),
    "a key that is no key": ('key = "figures"', 'key = "Figures!"', 11, "should match pattern"),
    "a kind that is none": ('kind = "input"', 'kind = "typed"', 16, "'input', 'calculated' or 'given'"),
    "a format that is none": ('format = "thousands"', 'format = "pounds"', 16, "format"),
    "limits the wrong way round": ("least = 0, most = 9", "least = 10, most = 9", 16, "least is above most"),
    "limits of a text": (
        'format = "thousands", total = true',
        'format = "text"',
        16,
        "only a figure has a least and a most",
    ),
    "a formula of an input": (
        'kind = "input"',
        'kind = "input", formula = "1"',
        16,
        "only a calculated column has a formula",
    ),
    "a formula that is none": ('"amount / figures.amount"', '"amount /"', 17, "it is not a formula"),
    "a formula with an unknown word": ('"amount / figures.amount"', '"power(amount, 2)"', 17, "is not understood"),
    "a formula of a column that is not there": (
        '"amount / figures.amount"',
        '"amount / money"',
        17,
        "block figures has no column money",
    ),
    "a formula of a block that is not there": (
        '"amount / figures.amount"',
        '"amount / sums.amount"',
        17,
        "there is no block sums",
    ),
    "a formula of a row that is not there": (
        'figures.amount"',
        "figures['three'].amount\"",
        17,
        "block figures has no row three",
    ),
    "a formula that comes back to itself": ('"amount / figures.amount"', '"share + 1"', 17, "refers to itself"),
    "a heading with a word that is unknown": (
        'title = "{year}"',
        'title = "{quarter}"',
        16,
        "holds braces around something else",
    ),
    "a row twice": ('key = "two"', 'key = "one"', 10, "row “one” stands twice"),
    "a sheet with a name of opplan's": (
        'name = "Figures"',
        'name = "Cover"',
        1,
        "is the name of a sheet that opplan writes itself",
    ),
    "a sheet name with a sign that Excel forbids": (
        'name = "Figures"',
        'name = "Figures/2"',
        7,
        "should match pattern",
    ),
    "a source that is not there": ('source = "lines"', 'source = "wards"', 27, "there is no source “wards”; there are"),
    "a field that is not there": ('key = "planned"', 'key = "hoped"', 31, "source lines has no field “hoped”"),
    "a field of another shape": (', repeat = "months", format = "whole"', "", 31, "is a figure a month"),
    "a field that cannot be written": ('kind = "given", repeat', 'kind = "input", repeat', 31, "cannot be written"),
    "a filter on a field that is not there": ("{ kind = [", "{ ward = [", 28, "source lines has no field “ward”"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_with_its_file_and_line(what: str) -> None:
    good, bad, line, text = MISTAKES[what]
    assert good in GOOD
    with pytest.raises(BadDefinition) as refused:
        read(GOOD.replace(good, bad, 1), "small.toml")
    said = "\n".join(refused.value.problems)
    assert text in said
    assert f"line {line}" in said, said
    assert said.startswith("small.toml")


def test_several_mistakes_are_told_at_once() -> None:
    text = GOOD.replace('kind = "input"', 'kind = "typed"').replace('total = "All"', 'totals = "All"')
    with pytest.raises(BadDefinition) as refused:
        read(text, "small.toml")
    assert len(refused.value.problems) == 2


def test_every_definition_of_the_house_is_sound() -> None:
    out = StringIO()
    call_command("check_definitions", stdout=out)
    assert len(out.getvalue().splitlines()) == len(list(FOLDER.glob("*.toml"))) >= 8


def test_the_command_names_every_problem_of_a_file_and_fails(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(GOOD.replace('kind = "input"', 'kind = "typed"'))
    err = StringIO()
    with pytest.raises(CommandError, match="1 problem in 1 definitions"):
        call_command("check_definitions", tmp_path / "bad.toml", stderr=err)
    assert "bad.toml, line 16" in err.getvalue()
    with pytest.raises(CommandError):
        call_command("check_definitions", tmp_path / "none.toml", stderr=err)
    assert "cannot be read" in err.getvalue()


def test_a_bad_definition_does_not_take_the_others_with_it(tmp_path: Path, settings, caplog) -> None:
    (tmp_path / "bad.toml").write_text("name =")
    settings.DEFINITIONS = [tmp_path]
    assert {"activity", "bcf"} <= {one.name for one in definitions_of("2016-17")}
    assert "bad.toml" in caplog.text


def test_a_definition_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    import os

    path = tmp_path / "small.toml"
    path.write_text(GOOD)
    first = load(path)
    path.write_text(GOOD.replace("Two rows.", "Still two rows."))
    os.utime(path, ns=(1, 1))
    assert load(path).summary == "Still two rows."
    assert load(path).digest != first.digest


@pytest.fixture
def next_year(ccg: Plan, tmp_path: Path, settings) -> Plan:
    """A plan of 2017/18 with a line, and its template: last year's file, edited. No code."""
    plan = Plan.objects.create(
        organisation=ccg.organisation,
        year="2017-18",
        round="2017-18",
        title="Plan",
        reporting_month=datetime.date(2017, 4, 1),
    )
    for line in Line.objects.filter(plan=ccg, scope="whole", measure__kind="count").order_by("pk")[:3]:
        line.pk, line.plan = None, plan
        line.save()
    text = (FOLDER / "bcf-2016-17.toml").read_text(encoding="utf-8")
    text = text.replace('round = "2016-17"', 'round = "2017-18"').replace(
        "Disabled facilities grant", "Improved Better Care Fund grant"
    )
    (tmp_path / "bcf-2017-18.toml").write_text(text, encoding="utf-8")
    settings.DEFINITIONS = [tmp_path]
    return plan


def test_next_years_template_is_a_file_and_no_code(next_year: Plan, sign_in, tmp_path: Path) -> None:
    client, here = sign_in("programme_office"), "/10Q/2017-18/submissions/"
    assert [one.name for one in definitions_of("2017-18")] == ["bcf"]
    assert "Better Care Fund template" in client.get(f"{here}templates/").text
    assert "Improved Better Care Fund grant" in client.get(f"{here}templates/bcf/").text
    file = tmp_path / "bcf.xlsx"
    call_command("export_workbook", organisation="10Q", year="2017-18", template="bcf", output=file, verbosity=0)
    book = load_workbook(file)
    assert book["Budget"]["B9"].value == "Improved Better Care Fund grant"
    assert book["Budget"]["C6"].value == "2017/18, £000"
    back = tmp_path / "back.xlsx"
    back.write_bytes(edited(file.read_bytes(), {"Budget!C9": 12.5}))
    assert [one.theirs for one in preview_of(next_year, "back.xlsx", back.read_bytes()).merge.changes] == ["12.5"]
    call_command(
        "import_workbook",
        back,
        organisation="10Q",
        year="2017-18",
        apply=True,
        by="analyst@example.nhs.uk",
        stdout=StringIO(),
    )
    assert Answer.objects.get(plan=next_year).value == "12.5"
