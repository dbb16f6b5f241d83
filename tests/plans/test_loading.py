"""Loading the plans: twice is once, what a person changed stays, and a bad row is named and nothing is loaded."""

import re
import shutil
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from finance.models import Scheme
from initiatives.models import Initiative, Milestone
from opplan.accounts.actions import grant
from opplan.accounts.models import Membership, User
from opplan.accounts.roles import Role
from opplan.plans.attribution import record
from opplan.plans.models import Organisation, Plan

pytestmark = pytest.mark.django_db

FIXTURES = settings.BASE_DIR / "fixtures"


def load(folder: Path = FIXTURES) -> dict[str, str]:
    """What a load says of each register, such as {"10Q milestones": "40 same"}."""
    said = StringIO()
    call_command("load_plans", fixtures=folder, stdout=said)
    tallies, plan = {}, ""
    for line in said.getvalue().splitlines():
        if not line.startswith(" "):
            plan = line.strip()
        elif ":" in line:
            what, _, tally = line.strip().partition(": ")
            tallies[f"{plan} {what}".strip()] = tally
    return tallies


def words(tallies: Iterable[str]) -> set[str]:
    return {word for tally in tallies for word in re.findall(r"[a-z]+", tally)}


def history_rows() -> int:
    return sum(model.history.count() for model in (Plan, Organisation, Initiative, Milestone, Scheme, User, Membership))


def test_a_second_load_changes_nothing() -> None:
    before = history_rows()
    tallies = load()
    assert len(tallies) > 10
    assert words(tallies.values()) <= {"same", "none"}, tallies
    assert history_rows() == before


def test_both_plans_are_in_what_is_loaded() -> None:
    assert {str(plan) for plan in Plan.objects.all()} == {"NHS Oxfordshire 2010/11", "Oxfordshire CCG 2016/17"}


def test_if_new_does_nothing_where_a_plan_is_there() -> None:
    said = StringIO()
    call_command("load_plans", "--if-new", stdout=said)
    assert said.getvalue() == ""


def test_what_a_person_changed_stays_as_it_is(ccg: Plan, person: Callable[[str], User]) -> None:
    row = Initiative.objects.filter(plan=ccg).first()
    assert row is not None
    row.title = "As agreed in June"
    record(row, by=person("programme_office"), why="Agreed in June")
    tallies = load()
    row.refresh_from_db()
    assert row.title == "As agreed in June"
    assert [tally for tally in tallies.values() if "kept" in tally] == [tallies[f"{ccg} initiatives"]]


def test_what_nobody_changed_follows_the_files(ccg: Plan, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    row = Initiative.objects.filter(plan=ccg).first()
    assert row is not None
    spoil(folder / "10Q/2016-17/initiatives.csv", row.title, "A better title")
    tallies = load(folder)
    row.refresh_from_db()
    assert row.title == "A better title"
    assert "1 changed" in tallies[f"{ccg} initiatives"]


def test_a_role_that_was_changed_is_not_put_back(ccg: Plan, person: Callable[[str], User]) -> None:
    analyst = person("analyst")
    grant(analyst, ccg.organisation, Role.VIEWER, by=person("administrator"), why="Moved")
    load()
    assert Membership.objects.get(user=analyst, organisation=ccg.organisation).role == Role.VIEWER


def test_no_account_is_made_where_demonstration_is_off(settings) -> None:  # type: ignore[no-untyped-def]
    User.objects.all().delete()
    settings.DEMONSTRATION = False
    load()
    assert not User.objects.exists()


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "fixtures"
    shutil.copytree(FIXTURES, folder)
    return folder


def spoil(path: Path, old: str, new: str) -> int:
    """Replace the first `old` in the file; the row in which it stood, the heading being row 1."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def column(path: Path, name: str) -> int:
    return path.read_text(encoding="utf-8").splitlines()[0].split(",").index(name)


def test_a_figure_that_is_none_is_named_by_file_row_column_and_value(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "10Q/2016-17/scheme_months.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[4].split(",")
    cells[column(path, "planned_saving")] = "twelve"
    path.write_text("\n".join([*lines[:4], ",".join(cells), *lines[5:]]) + "\n", encoding="utf-8")
    refused(folder, "scheme_months.csv row 5", "planned_saving", "“twelve”")


def test_a_reference_to_nothing_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "10Q/2016-17/milestones.csv"
    known = Initiative.objects.filter(plan__organisation__code="10Q", milestones__isnull=False).first()
    assert known is not None
    row = spoil(path, f",{known.reference},", ",NO-SUCH,")
    refused(folder, f"milestones.csv row {row}", "initiative", "“NO-SUCH”")


def test_a_row_of_another_length_than_the_heading_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "10Q/2016-17/programmes.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1] + ",more", *lines[2:]]) + "\n", encoding="utf-8")
    refused(folder, "programmes.csv row 2", "does not have the columns of its heading")


CCG = "10Q/2016-17"


@pytest.mark.once
@pytest.mark.parametrize(
    ("path", "old", "new", "named"),
    [
        (f"{CCG}/plan.toml", 'year = "2016-17"', 'year = "2016-18"', ("10Q/2016-17/plan.toml", "“2016-18”")),
        (f"{CCG}/plan.toml", "[requirement]", "[requirement", ("10Q/2016-17/plan.toml", "line")),
        (f"{CCG}/plan.toml", 'title = "', 'titel = "', ("10Q/2016-17/plan.toml", "there is no 'title'")),
        (f"{CCG}/plan.toml", "2016-09-01", "September", ("10Q/2016-17/plan.toml", "September")),
        (f"{CCG}/programmes.csv", "lead,1,", "lead,first,", ("programmes.csv row 2, position", "“first”")),
        (f"{CCG}/programmes.csv", "position", "place", ("programmes.csv row 2", "“position”")),
        (f"{CCG}/schemes.csv", "transactional,yes", "transactional,maybe", ("schemes.csv row 2, recurrent", "“maybe”")),
        (f"{CCG}/schemes.csv", ",transactional,", ",guess,", ("schemes.csv row 2, kind", "guess")),
        (f"{CCG}/schemes.csv", ",450000,0,", ",450001,0,", ("schemes.csv row 2, saving", "PC-03", "450001", "450000")),
        (f"{CCG}/schemes.csv", ",450000,0,", ",450000,7,", ("schemes.csv row 2, investment", "PC-03", "has 7", "to 0")),
        (f"{CCG}/scheme_months.csv", "PC-03,2016-05", "PC-03,2016-04", ("scheme_months.csv row 3", "given twice")),
        (f"{CCG}/updates.csv", "UEC-AE,", ",", ("updates.csv row 2, initiative", "empty")),
        ("measures/2016-17.csv", ",yes,", ",perhaps,", ("2016-17.csv row", "board", "“perhaps”")),
        ("organisations.csv", "commissioner,BOB", "commissioner,BUB", ("organisations.csv row 2, parent", "“BUB”")),
        ("organisations.csv", "commissioner,BOB", "empire,BOB", ("organisations.csv row 2, kind", "empire")),
        ("people.toml", 'role = "commissioner"', 'role = "king"', ("king",)),
        ("people.toml", "password =", "passwort =", ("'password'",)),
    ],
)
def test_whatever_is_wrong_is_said_and_nothing_is_loaded(
    tmp_path: Path, path: str, old: str, new: str, named: tuple[str, ...]
) -> None:
    folder = copied(tmp_path)
    spoil(folder / path, old, new)
    refused(folder, *named)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing was loaded"):
        load(tmp_path / "nowhere")


def test_organisations_load_in_whatever_order_they_stand(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "organisations.csv"
    heading, *rows = path.read_text(encoding="utf-8").splitlines()
    before = dict(Organisation.objects.values_list("code", "parent__code"))
    for order in (rows[::-1], sorted(rows)):
        path.write_text("\n".join([heading, *order]) + "\n", encoding="utf-8")
        load(folder)
        assert dict(Organisation.objects.values_list("code", "parent__code")) == before


def refused(folder: Path, *named: str) -> None:
    """The load is refused in these words, and the database is as it was: a change in an earlier file is undone too."""
    spoil(folder / "organisations.csv", "Oxfordshire CCG", "Another name")
    with pytest.raises(CommandError) as problem:
        load(folder)
    assert str(problem.value).startswith("Nothing was loaded.")
    for part in named:
        assert part in str(problem.value)
    assert Organisation.objects.get(code="10Q").short_name == "Oxfordshire CCG"
