# ruff: noqa: E501
"""The pages of templates and of workbooks that come back: download, upload, preview, conflicts, all or nothing, undo, answers, permissions."""

import json
import re
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from finance.models import SchemeMonth
from opplan.accounts.roles import Role
from opplan.imports.models import Batch
from opplan.plans.models import Plan
from opplan.submissions.definition import read
from opplan.submissions.models import Answer, Return
from opplan.submissions.queries.templates import content_of, filled_template
from tests.submissions.conftest import Exported, edited, export
from tests.submissions.test_merging import MONEY

pytestmark = pytest.mark.django_db
HERE = "/10Q/2016-17/submissions/"
READERS = [Role.VIEWER, Role.ACCOUNTABLE_OFFICER]
EDITS = {"Budget!C7": 1200, "Budget!D7": "Agreed with the council", "National conditions!D6": "Yes"}


@pytest.fixture(scope="module")
def bcf(exported) -> Exported:  # type: ignore[no-untyped-def]
    return exported("2016-17", "bcf")


@pytest.fixture
def analyst(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("analyst")


def upload(client: Client, content: bytes, name: str = "bcf.xlsx") -> Any:
    return client.post(f"{HERE}returns/", {"given": SimpleUploadedFile(name, content)})


def seen(page: Any) -> str:
    return re.search(r'name="seen" value="([0-9a-f]+)"', page.text)[1]  # type: ignore[index]


def apply(client: Client, address: str, **given: str) -> Any:
    page = client.get(address)
    return client.post(address, {"do": "apply", "seen": seen(page), "why": "From the partners", **given})


def stored(plan: Plan) -> dict[tuple[str, str], str]:
    return {(row.row, row.column): row.value for row in Answer.objects.filter(plan=plan, template="bcf")}


def answer(made: Exported, address: str, value: str) -> None:
    key = made.cell(address).key._asdict()
    Answer.objects.update_or_create(
        plan=made.plan, template="bcf", **key, defaults={"value": value, "source": "A partner", "basis": "entered"}
    )


def test_a_workbook_is_previewed_applied_and_taken_back(analyst: Client, bcf: Exported) -> None:
    address = upload(analyst, edited(bcf.content, EDITS))["Location"]
    page = analyst.get(address)
    assert "3 cells would change" in page.text.replace("Three", "3")
    for place in EDITS:
        assert place in page.text
    assert stored(bcf.plan) == {}
    result = apply(analyst, address)
    assert stored(bcf.plan) == {
        ("ccg_minimum", "amount"): "1200",
        ("ccg_minimum", "comment"): "Agreed with the council",
        ("1", "met"): "Yes",
    }
    assert "From the partners" in analyst.get(result["Location"]).text
    assert analyst.get(address)["Location"] == result["Location"]
    analyst.post(result["Location"], {"why": "Sent too early"})
    assert stored(bcf.plan) == {}
    assert "Sent too early" in analyst.get(result["Location"]).text
    assert analyst.post(result["Location"], {"why": "Again"}).status_code == 422


def test_every_change_has_its_person_and_reason_in_the_history(analyst: Client, bcf: Exported, person) -> None:
    apply(analyst, upload(analyst, edited(bcf.content, EDITS))["Location"])
    entry = Answer.history.filter(plan=bcf.plan).first()
    assert (entry.history_user, entry.history_change_reason) == (person("analyst"), "From the partners")


def test_an_unedited_workbook_offers_nothing_to_load(analyst: Client, bcf: Exported) -> None:
    page = analyst.get(upload(analyst, bcf.content)["Location"])
    assert "nothing would change" in page.text
    assert 'value="apply"' not in page.text


def test_a_conflict_must_be_chosen_and_stands_as_it_was_chosen(analyst: Client, bcf: Exported) -> None:
    content = edited(bcf.content, {"Budget!C7": 80, "Budget!C8": 90, "Budget!C9": 10})
    answer(bcf, "Budget!C7", "70")
    answer(bcf, "Budget!C8", "60")
    address = upload(analyst, content)["Location"]
    refused = apply(analyst, address)
    assert refused.status_code == 422
    assert "was changed in opplan too" in refused.text
    assert ("dfg", "amount") not in stored(bcf.plan)
    apply(analyst, address, **{"choose Budget!C7": "file", "choose Budget!C8": "opplan"})
    assert [stored(bcf.plan)[name, "amount"] for name in ("ccg_minimum", "ccg_further", "dfg")] == ["80", "60", "10"]


def test_what_the_plan_holds_may_not_change_between_preview_and_apply(analyst: Client, bcf: Exported) -> None:
    address = upload(analyst, edited(bcf.content, {"Budget!C7": 80}))["Location"]
    page = analyst.get(address)
    answer(bcf, "Budget!C7", "70")
    refused = analyst.post(address, {"do": "apply", "seen": seen(page), "why": "From the partners"})
    assert refused.status_code == 422
    assert "has changed since this page was opened" in refused.text
    assert stored(bcf.plan)["ccg_minimum", "amount"] == "70"
    assert seen(refused) != seen(page)


def test_changes_that_are_posted_are_never_trusted(analyst: Client, bcf: Exported) -> None:
    address = upload(analyst, edited(bcf.content, {"Budget!C7": 80}))["Location"]
    apply(
        analyst,
        address,
        **{"Budget!C8": "999", "changes": json.dumps([{"cell": "C8", "value": "999"}]), "choose Budget!C8": "file"},
    )
    assert stored(bcf.plan) == {("ccg_minimum", "amount"): "80"}


def test_a_file_with_an_error_changes_nothing_at_all(analyst: Client, bcf: Exported) -> None:
    address = upload(analyst, edited(bcf.content, {"Budget!C7": 80, "Budget!C8": "plenty"}))["Location"]
    page = analyst.get(address)
    assert "“plenty” is text where a figure is needed" in page.text
    assert "Budget!C8" in page.text
    assert 'value="apply"' not in page.text
    assert apply(analyst, address).status_code == 422
    assert stored(bcf.plan) == {}


def test_a_room_that_refuses_one_figure_refuses_the_file(sign_in, exported, monkeypatch) -> None:
    made = exported("2016-17", "activity")
    cells = [cell for cell in made.filled.inputs if cell.key.block in ("profile", "standards")]
    [share] = [one for one in cells if one.key.column == "planned_numerator" and one.key.block == "standards"][:1]
    count = next(one for one in cells if one.key.block == "profile")
    content = edited(made.content, {f"{share.sheet}!{share.address}": 99_000_000, f"{count.sheet}!{count.address}": 7})
    before = content_of(filled_template(made.plan, made.definition, made.filled.month))
    client = sign_in("analyst")
    refused = apply(client, upload(client, content, "activity.xlsx")["Location"])
    assert refused.status_code == 422
    assert content_of(filled_template(made.plan, made.definition, made.filled.month)) == before


def test_a_discarded_workbook_keeps_no_bytes(analyst: Client, bcf: Exported) -> None:
    address = upload(analyst, edited(bcf.content, EDITS))["Location"]
    analyst.post(address, {"do": "discard"})
    batch = Batch.objects.get(source="workbook")
    assert (batch.state, bytes(batch.files.get().content)) == ("discarded", b"")
    assert analyst.get(address).status_code == 302


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("plan.xlsx", b"PK\x03\x04 not at all", "cut off or damaged"),
        ("plan.csv", b"a,b\n1,2\n", "its hidden record is missing"),
        ("plan.pdf", b"%PDF-1.4", "PDF document"),
        ("plan.xlsx", b"", "The file is empty"),
    ],
)
def test_a_file_that_is_none_of_opplans_is_refused_and_not_kept(
    analyst: Client, name: str, content: bytes, text: str
) -> None:
    refused = upload(analyst, content, name)
    assert refused.status_code == 422
    assert text in refused.text
    assert not Batch.objects.filter(source="workbook").exists()


# Who may ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", READERS)
def test_whoever_only_reads_may_download_and_not_upload(sign_in, bcf: Exported, role: str) -> None:
    client = sign_in(role)
    for address in ("templates/", "templates/bcf/", "templates/bcf/workbook.xlsx", "returns/"):
        assert client.get(HERE + address).status_code == 200
    assert "Bring a workbook back</h2>" not in client.get(f"{HERE}returns/").text
    assert upload(client, bcf.content).status_code == 404
    assert client.get(f"{HERE}templates/bcf/budget/").status_code == 404
    assert not Batch.objects.filter(source="workbook").exists()


def test_an_edit_needs_the_capability_of_its_field(sign_in, bcf: Exported) -> None:
    client = sign_in("commissioner")
    address = upload(client, edited(bcf.content, EDITS))["Location"]
    page = client.get(address)
    assert "not yours to change" in page.text
    assert 'value="apply"' not in page.text
    assert apply(client, address).status_code == 422
    assert stored(bcf.plan) == {}


def test_a_preview_is_no_page_for_whoever_only_reads(sign_in, analyst: Client, bcf: Exported) -> None:
    address = upload(analyst, edited(bcf.content, EDITS))["Location"]
    assert sign_in("viewer").get(address).status_code == 404
    done = apply(analyst, address)["Location"]
    board = sign_in("viewer")
    assert board.get(done).status_code == 200
    assert board.post(done, {"why": "No"}).status_code == 404


@pytest.mark.parametrize(
    "part", ["returns/0/", "returns/x/", "returns/99999999999999999999/", "returns/uploads/7777/", "returns/uploads/x/"]
)
def test_what_is_not_there_is_no_page(analyst: Client, part: str) -> None:
    assert analyst.get(HERE + part).status_code == 404


@pytest.mark.parametrize(
    "part", ["templates/none/", "templates/none/workbook.xlsx", "templates/bcf/none/", "templates/bcf/metrics/"]
)
def test_a_template_that_is_not_there_is_no_page(analyst: Client, part: str) -> None:
    assert analyst.get(HERE + part).status_code == 404


# Pages ------------------------------------------------------------------------------------------------------------------------


def test_the_download_is_the_workbook_that_the_command_writes(analyst: Client, tmp_path) -> None:
    response = analyst.get(f"{HERE}templates/bcf/workbook.xlsx")
    assert response["Content-Disposition"] == 'attachment; filename="10Q-2016-17-bcf.xlsx"'
    file = tmp_path / "bcf.xlsx"
    call_command("export_workbook", organisation="10Q", year="2016-17", template="bcf", output=file, verbosity=0)
    assert response.content == file.read_bytes()
    assert load_workbook(BytesIO(response.content)).sheetnames[0] == "Cover"


def test_the_list_says_how_complete_each_template_is(analyst: Client, exported) -> None:
    text = analyst.get(f"{HERE}templates/").text
    for name in ("activity", "bcf", "dtoc", "resilience"):
        template = exported("2016-17", name).filled
        given = sum(all(cell.value is not None for cell in one) for one in template.questions)
        assert f"{given} of {len(template.questions)} answers" in text
        assert f"/submissions/templates/{name}/workbook.xlsx" in text


def test_what_is_missing_is_linked_to_where_it_is_answered(analyst: Client) -> None:
    text = analyst.get(f"{HERE}templates/bcf/").text
    assert "/submissions/templates/bcf/budget/#id_C7" in text
    assert 'id="id_C7"' in analyst.get(f"{HERE}templates/bcf/budget/").text


def many_changes(exported, number: int, *, conflicts: bool) -> bytes:  # type: ignore[no-untyped-def]
    """A workbook of the bench's kind: this many answers typed, each answered in opplan too where conflicts are wanted."""
    made = exported("2016-17", "activity")
    cells = list(made.filled.inputs)[:number]
    return edited(
        made.content, {f"{cell.sheet}!{cell.address}": 3 if cell.spec.format != "text" else "Three" for cell in cells}
    )


def test_five_hundred_changes_stay_below_a_hundred_kilobytes_with_the_same_queries(analyst: Client, exported) -> None:
    counts = []
    for number in (5, 500):
        address = upload(analyst, many_changes(exported, number, conflicts=False), "activity.xlsx")["Location"]
        analyst.get(address)
        with CaptureQueriesContext(connection) as captured:
            page = analyst.get(address)
        assert len(page.content) < 100_000
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 30


def test_the_pages_cost_the_same_whatever_came_back(analyst: Client, bcf: Exported, person) -> None:
    pages = ("templates/", "templates/bcf/", "returns/", "templates/bcf/budget/")

    def queries() -> list[int]:
        found = []
        for page in pages:
            analyst.get(HERE + page)
            with CaptureQueriesContext(connection) as captured:
                assert len(analyst.get(HERE + page).content) < 100_000
            found.append(len(captured))
        return found

    before = queries()
    change = {"sheet": "Budget", "cell": "C7", "key": ["budget", "dfg", "amount", 0], "was": "", "value": "1"}
    for number in range(120):
        Return.objects.create(plan=bcf.plan, template="bcf", file_name=f"{number}.xlsx", digest="0" * 64, changes=[change] * 500, reason="x", by=person("analyst"))  # fmt: skip
    answer(bcf, "Budget!C7", "1")
    assert queries() == before
    assert max(before) <= 30


def test_conflicts_beyond_a_page_keep_what_was_chosen(analyst: Client, exported) -> None:
    made = exported("2016-17", "activity")
    cells = [cell for cell in made.filled.inputs if cell.key.block == "profile"][:30]
    content = edited(made.content, {f"{cell.sheet}!{cell.address}": 3 for cell in cells})
    from activity.models import Reading

    for cell in cells:
        month = made.plan.months[cell.key.index]
        Reading.objects.update_or_create(
            line__plan=made.plan, line__reference=cell.key.row, period=month, defaults={"planned_numerator": 5}
        )
    address = upload(analyst, content, "activity.xlsx")["Location"]
    page = analyst.get(address)
    assert "Page 1 of 2" in page.text
    analyst.post(address, {"do": "choose", "rest": "file", "next": "2"})
    assert "All are chosen" in analyst.get(address).text
    result = apply(analyst, address)
    assert result.status_code == 302, result.text
    assert len(Return.objects.latest("pk").changes) == 30


# Answers in the browser -------------------------------------------------------------------------------------------------------


def test_an_answer_is_typed_in_the_browser_with_its_history(analyst: Client, bcf: Exported) -> None:
    address = f"{HERE}templates/bcf/budget/"
    typed = {"C7": "£1,200", "D7": "Agreed", "why": "From the partners"}
    assert analyst.post(address, typed).status_code == 302
    assert stored(bcf.plan) == {("ccg_minimum", "amount"): "1200", ("ccg_minimum", "comment"): "Agreed"}
    assert "From the partners" in analyst.get(address).text


@pytest.mark.parametrize(("typed", "text"), [("plenty", "is not a number"), ("-1", "outside of what this cell may hold"), ("1e308", "not a number"), ("5" * 80, "too long")])  # fmt: skip
def test_an_answer_that_the_cell_cannot_hold_is_refused_and_kept_in_its_box(
    analyst: Client, bcf: Exported, typed: str, text: str
) -> None:
    page = analyst.post(f"{HERE}templates/bcf/budget/", {"C7": typed, "D7": "Agreed"})
    assert page.status_code == 422
    assert text in page.text
    assert f'value="{typed}"' in page.text
    assert stored(bcf.plan) == {}


def test_two_people_who_answer_the_same_never_overwrite_each_other(analyst: Client, bcf: Exported) -> None:
    address = f"{HERE}templates/bcf/budget/"
    answer(bcf, "Budget!C7", "70")
    page = analyst.post(address, {"C7": "80", "was C7": "", "C8": "5", "was C8": ""})
    assert page.status_code == 409
    assert "Answered by someone else meanwhile" in page.text
    assert stored(bcf.plan) == {("ccg_minimum", "amount"): "70"}
    choice = re.search(r'name="choose C7" value="(mine [0-9a-f]+)"', page.text)[1]  # type: ignore[index]
    assert (
        analyst.post(address, {"C7": "80", "was C7": "", "C8": "5", "was C8": "", "choose C7": choice}).status_code
        == 302
    )
    assert stored(bcf.plan) == {("ccg_minimum", "amount"): "80", ("ccg_further", "amount"): "5"}


# The command ------------------------------------------------------------------------------------------------------------------


def test_the_command_shows_conflicts_and_applies_what_is_chosen(bcf: Exported, tmp_path) -> None:
    file = tmp_path / "back.xlsx"
    file.write_bytes(edited(bcf.content, {"Budget!C7": 80, "Budget!C8": 90}))
    answer(bcf, "Budget!C7", "70")
    out = StringIO()
    call_command("import_workbook", file, organisation="10Q", year="2016-17", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert told["conflicts"] == [
        {
            "sheet": "Budget",
            "cell": "C7",
            "key": ["budget", "ccg_minimum", "amount", 0],
            "base": "",
            "theirs": "80",
            "now": "70",
        }
    ]
    assert [one["cell"] for one in told["changes"]] == ["C8"]
    assert told["errors"] == []
    call_command(
        "import_workbook",
        file,
        organisation="10Q",
        year="2016-17",
        apply=True,
        conflicts="opplan",
        by="analyst@example.nhs.uk",
        stdout=out,
    )
    assert stored(bcf.plan) == {("ccg_minimum", "amount"): "70", ("ccg_further", "amount"): "90"}


def test_the_command_names_errors_by_cell_and_fails(bcf: Exported, tmp_path) -> None:
    file = tmp_path / "back.xlsx"
    file.write_bytes(edited(bcf.content, {"Budget!C7": "plenty"}))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("import_workbook", file, organisation="10Q", year="2016-17", json=True, apply=True, stdout=out)
    [error] = json.loads(out.getvalue())["errors"]
    assert (error["sheet"], error["cell"]) == ("Budget", "C7")


def test_savings_come_back_in_pounds(sign_in, ccg: Plan, tmp_path, settings) -> None:
    (tmp_path / "money.toml").write_text(MONEY)
    settings.DEFINITIONS = [tmp_path]
    made = export(ccg, read(MONEY, "money.toml"))
    cell = next(one for one in made.filled.inputs if one.key.column == "planned_saving" and one.value)
    client = sign_in("finance_lead")
    apply(
        client, upload(client, edited(made.content, {f"{cell.sheet}!{cell.address}": 12.5}), "money.xlsx")["Location"]
    )
    month = ccg.months[cell.key.index]
    assert (
        SchemeMonth.objects.get(scheme__plan=ccg, scheme__reference=cell.key.row, month=month).planned_saving == 12500
    )
