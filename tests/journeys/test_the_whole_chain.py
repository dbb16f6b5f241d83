"""The main job of the house: a commissioner updates, the governing body reads it on the board, the analyst finds it in the workbook."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.journeys.conftest import Server, SignIn, assert_accessible

pytestmark = pytest.mark.journey
PLAN = "/10Q/2016-17"


def save(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).last.click()
    assert not page.title().startswith("Error"), page.locator("main").inner_text()[:600]


def test_a_commissioner_updates_the_board_shows_it_and_the_workbook_holds_it(
    sign_in: SignIn, server: Server, tmp_path: Path
) -> None:
    commissioner = sign_in("commissioner")
    commissioner.goto(f"{PLAN}/initiatives/milestones/M-DTOC-07/")
    commissioner.get_by_label("Now expected").fill("5 Dec 2016")
    commissioner.get_by_label("Why, and what happens next").fill(
        "The provider has half of its carers and starts in December."
    )
    save(commissioner, "Save progress")
    assert_accessible(commissioner)

    commissioner.goto(f"{PLAN}/initiatives/DTOC-HC/update/")
    commissioner.get_by_label("What happened, and what is next").fill(
        "The contract starts in December; the council bridges until then."
    )
    save(commissioner, "Save the update")

    commissioner.goto(f"{PLAN}/finance/schemes/FN-01/")
    commissioner.get_by_label("Contract challenges and price, actual, September, £000").fill("61.5")
    save(commissioner, "Save figures")
    assert_accessible(commissioner)

    commissioner.goto(f"{PLAN}/activity/lines/E.A.S.1/")
    commissioner.get_by_label("Actual numerator, September").fill("5200")
    commissioner.get_by_label("Actual denominator, September").fill("8000")
    commissioner.get_by_label("September 2016 is").select_option(label="Flex")
    save(commissioner, "Save figures")
    assert_accessible(commissioner)

    board = sign_in("board")
    board.goto(f"{PLAN}/")
    row = board.get_by_role("row").filter(has=board.get_by_role("link", name="Home care contract starts"))
    expect(row).to_contain_text("5 Dec 2016")
    expect(row).to_contain_text("Expected 6 weeks late")
    dementia = board.get_by_role("row").filter(has=board.get_by_role("link", name="Dementia diagnosis, 65 and over"))
    expect(dementia).to_contain_text("65.0%")
    expect(dementia).to_contain_text("1.7 points under plan")
    expect(
        board.get_by_role("row").filter(has=board.get_by_role("rowheader", name="Delivered to date"))
    ).to_contain_text("2.5")
    missing = board.get_by_role("region", name="Not reported")
    expect(missing).not_to_contain_text("FN-01")
    expect(missing).to_contain_text("LD-01")
    board.goto(f"{PLAN}/initiatives/DTOC-HC/")
    expect(board.locator("main")).to_contain_text("The contract starts in December; the council bridges until then.")
    expect(board.locator("main")).to_contain_text("Urgent care lead")

    analyst = sign_in("analyst")
    analyst.goto(f"{PLAN}/submissions/")
    with analyst.expect_download() as waiting:
        analyst.get_by_role("link", name="Download the workbook").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    book = CalamineWorkbook.from_path(str(path))
    qipp = [cell for row in book.get_sheet_by_name("QIPP").to_python() if "FN-01" in row for cell in row]
    assert 61.5 in qipp
    assert any(isinstance(cell, float) and abs(cell - 401.5) < 0.001 for cell in qipp), "saved to date, GBP thousand"
    activity = [row for row in book.get_sheet_by_name("Activity").to_python() if "E.A.S.1" in row]
    assert any(5200.0 in row for row in activity)
    total = Decimal("2403") + Decimal("61.5")
    everything = [cell for row in book.get_sheet_by_name("QIPP").to_python() for cell in row if isinstance(cell, float)]
    assert any(abs(Decimal(str(cell)) - total) < Decimal("0.01") for cell in everything), (
        "total saved to date equals the board's"
    )
    same = tmp_path / "same.xlsx"
    server.command("export_workbook", "--organisation", "10Q", "--year", "2016-17", "--output", str(same))
    assert same.read_bytes() == path.read_bytes(), "the button and the command write the same bytes"


def test_a_governing_body_member_reads_everything_and_can_change_nothing(sign_in: SignIn) -> None:
    page = sign_in("board")
    for address in (
        f"{PLAN}/finance/schemes/FN-01/",
        f"{PLAN}/activity/lines/E.A.S.1/",
        f"{PLAN}/initiatives/milestones/M-DTOC-07/",
        f"{PLAN}/settings/",
    ):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200
        assert page.locator("main form[method=post]").count() == 0, address
        assert page.locator("main input:not([type=hidden])").count() == 0, address
    token = page.context.cookies()
    csrf = next(cookie["value"] for cookie in token if cookie["name"] == "csrftoken")
    for address in (f"{PLAN}/finance/schemes/FN-01/", f"{PLAN}/initiatives/milestones/M-DTOC-07/"):
        refused = page.request.post(
            address, headers={"X-CSRFToken": csrf, "Referer": page.url}, form={"completed": "30/09/2016"}
        )
        assert refused.status == 404
    update = page.goto(f"{PLAN}/initiatives/DTOC-HC/update/")
    assert update is not None
    assert update.status == 404


def test_the_first_plan_goes_through_the_same_chain(sign_in: SignIn, server: Server, tmp_path: Path) -> None:
    page = sign_in("programme")
    page.goto("/5QE/2010-11/finance/schemes/QP-PC/")
    page.get_by_label("Planned care efficiencies, actual, April, £000").fill("900")
    save(page, "Save figures")
    page.goto("/5QE/2010-11/initiatives/milestones/?q=investigation")
    page.get_by_role("link", name="Internal investigation of waiting times complete").click()
    page.get_by_label("Completed on").fill("18/03/2010")
    save(page, "Save progress")
    page.goto("/5QE/2010-11/")
    expect(page.locator("h1")).to_contain_text("10 of the 11 milestones due are not complete")
    expect(page.locator("main")).to_contain_text("£900,000")
    path = tmp_path / "first.xlsx"
    server.command("export_workbook", "--organisation", "5QE", "--year", "2010-11", "--output", str(path))
    rows = [
        row for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_name("QIPP").to_python() if "QP-PC" in row
    ]
    assert any(900.0 in row for row in rows)


def test_the_second_of_two_commissioners_is_shown_both_figures_and_chooses(sign_in: SignIn) -> None:
    address, box = f"{PLAN}/finance/schemes/LD-01/", "In-patient beds from eight to six, actual, September, £000"
    first, second = sign_in("commissioner"), sign_in("finance")
    first.goto(address)
    second.goto(address)
    first.get_by_label(box).fill("20")
    save(first, "Save figures")
    second.get_by_label(box).fill("25")
    second.get_by_role("button", name="Save figures").last.click()
    panel = second.get_by_role("region", name="Changed by someone else")
    expect(panel).to_contain_text("Urgent care lead")
    expect(panel).to_contain_text("20")
    expect(panel).to_contain_text("25")
    assert_accessible(second)
    with second.expect_navigation():
        second.get_by_role("button", name="Use mine, 25").click()
    first.goto(address)
    expect(first.get_by_label(box)).to_have_value("25")
    expect(first.locator("main")).to_contain_text("Finance lead")


def test_a_bad_figure_saves_nothing_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    page = sign_in("commissioner")
    page.goto(f"{PLAN}/finance/schemes/FN-01/")
    page.get_by_label("Contract challenges and price, actual, September, £000").fill("4O")
    page.get_by_label("Contract challenges and price, forecast, October, £000").fill("99")
    page.get_by_role("button", name="Save figures").last.click()
    expect(page.get_by_role("alert")).to_contain_text("“4O” is not a number")
    expect(page.get_by_label("Contract challenges and price, actual, September, £000")).to_have_value("4O")
    expect(page.get_by_label("Contract challenges and price, forecast, October, £000")).to_have_value("99")
    assert_accessible(page)
    page.goto(f"{PLAN}/finance/schemes/FN-01/")
    expect(page.get_by_label("Contract challenges and price, forecast, October, £000")).to_have_value("85")


def test_the_chain_works_without_scripts_and_by_keyboard(sign_in: SignIn) -> None:
    plain = sign_in("commissioner", scripts=False)
    plain.goto(f"{PLAN}/finance/schemes/FN-01/")
    plain.get_by_label("Contract challenges and price, actual, September, £000").fill("55")
    with plain.expect_navigation():
        plain.get_by_role("button", name="Save figures").last.click()
    plain.goto(f"{PLAN}/")
    assert "FN-01" not in plain.locator("#h-missing").locator("xpath=ancestor::section").inner_text()

    page = sign_in("commissioner")
    page.goto(f"{PLAN}/finance/schemes/LD-01/")
    page.get_by_label("In-patient beds from eight to six, actual, September, £000").focus()
    page.keyboard.type("18")
    page.get_by_role("button", name="Save figures").last.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"{PLAN}/finance/schemes/LD-01/")
    expect(page.get_by_label("In-patient beds from eight to six, actual, September, £000")).to_have_value("18")


def test_a_block_copied_from_excel_is_pasted_over_the_months(sign_in: SignIn) -> None:
    page = sign_in("finance")
    page.goto(f"{PLAN}/finance/schemes/PC-03/")
    page.get_by_text("Paste from Excel").click()
    page.locator("textarea[name=paste]").fill("PC-03 forecast\t\t\t\t\t\t\t44\t45\t46\t47\t48\t49")
    page.get_by_role("button", name="Show what would change").click()
    preview = page.get_by_role("status").filter(has_text="Pasted, not saved")
    expect(preview).to_contain_text("46")
    page.get_by_label("Reason, needed").fill("Switches agreed with practices")
    save(page, "Save figures")
    page.goto(f"{PLAN}/finance/schemes/PC-03/")
    expect(page.get_by_label("Prescribing switches, forecast, March, £000")).to_have_value("49")
