"""A round from its first day to its pack: a workbook out and back, checks, a frozen version, two signatures, and the pack verified."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server, SignIn, assert_accessible

pytestmark = pytest.mark.journey
HERE = "/10Q/2016-17/submissions"
QUESTION = "Who chairs the group that watches the delays each week?"
IN_THE_FILE, IN_OPPLAN = "The system resilience lead", "The urgent care lead"


def saved(page: Page, link: str, folder: Path, name: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).first.click()
    download.value.save_as(folder / name)
    return folder / name


def planned_for_november(path: Path, days: int) -> str:
    """Type two cells as Excel would: November's planned days, and an answer. Returns where the days stand."""
    book = load_workbook(path)
    sheet = book["Trajectory"]
    heading = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Days planned Nov 16")
    cell = sheet.cell(heading.row + 1, heading.column)
    cell.value = days
    assurance = book["Assurance"]
    asked = next(cell for row in assurance.iter_rows() for cell in row if cell.value == QUESTION)
    assurance.cell(asked.row, asked.column + 1).value = IN_THE_FILE
    out = BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    return f"Trajectory!{cell.coordinate}"


def test_a_round_is_exported_returned_checked_frozen_signed_voided_signed_again_and_verified(
    sign_in: SignIn, server: Server, tmp_path: Path
) -> None:
    office, analyst, officer = sign_in("programme"), sign_in("analyst"), sign_in("officer")
    open_a_round_and_delegate(office)

    analyst.goto(f"{HERE}/templates/dtoc/")
    workbook = saved(analyst, "Download the workbook", tmp_path, "dtoc.xlsx")
    cell = planned_for_november(workbook, 2500)
    answered(office, IN_OPPLAN)

    analyst.goto(f"{HERE}/returns/")
    analyst.locator("#id_given").set_input_files(workbook)
    analyst.get_by_role("button", name="Show what would change").click()
    expect(analyst.locator("main")).to_contain_text(cell)
    assert_accessible(analyst)
    analyst.get_by_label("Why these figures change").fill("As agreed with the council")
    analyst.get_by_role("button", name="Change").click()
    expect(analyst.get_by_role("alert").first).to_contain_text("Choose whose value stands")
    analyst.get_by_label(f"The file: {IN_THE_FILE}").check()
    analyst.get_by_label("Why these figures change").fill("As agreed with the council")
    analyst.get_by_role("button", name="Change").click()
    expect(analyst.get_by_role("heading", level=1)).to_contain_text("2 cells")

    accept_what_fails(office)
    freeze(office, "First version")
    sign(officer, "V1.0")

    answered(analyst, IN_OPPLAN)
    officer.goto(f"{HERE}/versions/dtoc/V1.0/")
    expect(officer.get_by_role("heading", level=1)).to_contain_text("no longer signed: 1 signature void")
    expect(officer.locator("main")).to_contain_text(IN_OPPLAN)
    assert_accessible(officer)

    freeze(office, "With the answer as it is")
    sign(officer, "V1.1")
    officer.goto(f"{HERE}/rounds/RJ/")
    pack = saved(officer, "Download the pack", tmp_path, "pack.zip")
    officer.goto(f"{HERE}/verify/")
    officer.get_by_label("The workbook, or the pack of a round").set_input_files(pack)
    officer.get_by_role("button", name="Verify it").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("pack.zip is genuine")
    assert_accessible(officer)
    assert "genuine" in server.command("verify_submission", str(pack))


def open_a_round_and_delegate(page: Page) -> None:
    page.goto(f"{HERE}/rounds/new/")
    page.get_by_label("Reference").fill("RJ")
    page.get_by_label("Name").fill("Delayed transfers alone")
    page.get_by_label("Due on").fill("30/11/2016")
    page.get_by_label("Templates").select_option("dtoc")
    page.get_by_role("button", name="Add the round").click()
    page.goto(f"{HERE}/delegations/new/")
    page.get_by_label("Officer").select_option(index=1)
    page.get_by_label("Minute reference").fill("Paper 16/20, action a")
    page.get_by_label("What is delegated").fill("Signing the templates of the round")
    page.get_by_label("From").fill("01/04/2016")
    page.get_by_label("To", exact=True).fill("31/03/2030")
    page.get_by_role("button", name="Record the delegation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 officer may sign")


def answered(page: Page, words: str) -> None:
    page.goto(f"{HERE}/templates/dtoc/assurance/")
    page.get_by_label(QUESTION).fill(words)
    page.get_by_role("button", name="Save the answers").click()
    expect(page.locator("main")).to_contain_text("1 answer saved")


def accept_what_fails(page: Page) -> None:
    """Every warning is accepted with a reason; after it nothing stands in the way."""
    for _ in range(5):
        page.goto(f"{HERE}/checks/dtoc/")
        left = page.get_by_role("link", name="Accept")
        if not left.count():
            break
        left.first.click()
        page.get_by_label("Why it stands").fill("Agreed with NHS England")
        page.get_by_role("button", name="Accept it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("nothing stands in the way")
    assert_accessible(page)


def freeze(page: Page, why: str) -> None:
    page.goto(f"{HERE}/rounds/RJ/")
    page.get_by_role("link", name="Freeze").first.click()
    page.get_by_label("What this version is").fill(why)
    page.get_by_role("button", name="Freeze this version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is frozen and not signed")


def sign(page: Page, version: str) -> None:
    page.goto(f"{HERE}/versions/dtoc/{version}/")
    page.get_by_role("link", name="Sign this version").click()
    page.get_by_role("button", name="Sign this version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is signed and says what the plan says")
