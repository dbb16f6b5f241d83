"""An analyst uploads a published file, sees what would change, loads it, finds it on the line, and takes it back."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server, SignIn, assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.journey

PLAN = "/10Q/2016-17"
IMPORTS = f"{PLAN}/activity/imports/"
RAW = Path(__file__).resolve().parents[3] / "shared" / "data"
TABLE = """organisation code,measure code,period,numerator,denominator
10Q,E.B.8,2016-10-01,96,100
10Q,E.B.3,2016-09-01,27000,29700
RTH,E.B.8,2016-10-01,45.5,50
RXX,E.B.8,2016-10-01,1,2
"""


def choose(page: Page, *files: Path | dict[str, object]) -> None:
    page.goto(IMPORTS)
    page.get_by_label("Files", exact=True).set_input_files(list(files))  # type: ignore[arg-type]
    with page.expect_navigation():
        page.get_by_role("button", name="Show what would change").click()


def as_file(text: str, name: str = "waits.csv") -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_an_analyst_imports_previews_loads_and_undoes(sign_in: SignIn, server: Server) -> None:
    page = sign_in("analyst")
    choose(page, as_file(TABLE))
    expect(page.locator("h1")).to_have_text("2 new and 1 changed figures to load, 0 held already")
    expect(page.locator("main")).to_contain_text("Skipped: rows of other organisations: 1")
    changed = page.get_by_role("row").filter(has_text="18 weeks, still waiting, E.B.3")
    expect(changed).to_contain_text("90.9% (27,000 / 29,700)")
    assert_accessible(page)
    for width in (375, 320):
        assert_no_sideways_scroll(page, width)
    page.set_viewport_size({"width": 1280, "height": 900})
    with page.expect_navigation():
        page.get_by_role("button", name="Load 3 figures").click()
    expect(page.locator("h1")).to_have_text("Loaded: 2 new and 1 changed figures; 0 were held already")
    assert_accessible(page)

    page.get_by_role("link", name="Cancer, 31 days, first treatment, E.B.8-RTH").click()
    expect(page.locator("main")).to_contain_text("91.0%")
    expect(page.locator("main")).to_contain_text("waits.csv, row 4")
    board = sign_in("board")
    board.goto(IMPORTS)
    expect(board.get_by_role("row").filter(has_text="Import 1")).to_contain_text("Loaded")
    assert board.locator("main form").count() == 0
    said = json.loads(
        server.command("readings", "--organisation", "10Q", "--year", "2016-17", "--measure", "E.B.3", "--json")
    )
    assert {one["period"]: one["actual_numerator"] for one in said["readings"]}["2016-09-01"] == 27000

    page.goto(f"{IMPORTS}1/")
    page.get_by_label("Why it is undone").fill("The return was withdrawn")
    with page.expect_navigation():
        page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("h1")).to_have_text("Undone: 2 new and 1 changed figures were taken back")
    expect(page.locator("main")).to_contain_text("The return was withdrawn")
    missing = page.goto(f"{PLAN}/activity/lines/E.B.8-RTH/")
    assert missing is not None
    assert missing.status == 404


def test_imports_work_without_scripts_and_a_bad_file_is_told(sign_in: SignIn) -> None:
    page = sign_in("analyst", scripts=False)
    choose(page, as_file("not a table at all", "minutes.xls"))
    expect(page.get_by_role("alert")).to_contain_text("minutes.xls")
    choose(page, as_file(TABLE))
    with page.expect_navigation():
        page.get_by_role("button", name="Discard").click()
    expect(page.locator("main")).to_contain_text("Import 1 is discarded")


def test_the_columns_of_a_table_are_chosen_and_kept(sign_in: SignIn) -> None:
    page = sign_in("analyst")
    page.goto(IMPORTS)
    strange = TABLE.replace("organisation code,measure code,period,numerator,denominator", "who,what,when,top,bottom")
    page.get_by_label("Files", exact=True).set_input_files([as_file(strange)])  # type: ignore[list-item]
    page.get_by_label("What they are").select_option("generic")
    with page.expect_navigation():
        page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("h1")).to_contain_text("Nothing can be loaded")
    assert_accessible(page)
    for label, column in (
        ("Organisation code", "who"),
        ("Measure code", "what"),
        ("Month", "when"),
        ("Numerator, or the count", "top"),
        ("Denominator", "bottom"),
    ):
        page.get_by_label(label, exact=True).select_option(column)
    page.get_by_label("Keep this choice under a name").fill("Monthly extract")
    with page.expect_navigation():
        page.get_by_role("button", name="Read the file with these columns").click()
    expect(page.locator("h1")).to_have_text("2 new and 1 changed figures to load, 0 held already")
    page.get_by_text("Which column is which").click()
    expect(page.get_by_role("link", name="Monthly extract")).to_be_visible()


@pytest.mark.skipif(not RAW.is_dir(), reason="the published files are not beside this repository (../shared/data)")
def test_every_published_delay_goes_through_the_browser_as_one_import(sign_in: SignIn) -> None:
    page = sign_in("analyst")
    choose(page, *sorted((RAW / "dtoc").glob("*.xls")))
    expect(page.locator("h1")).to_contain_text("held already")
    with page.expect_navigation():
        page.get_by_role("button", name="Load").click()
    expect(page.locator("h1")).to_contain_text("Loaded:")
    page.goto(IMPORTS)
    expect(page.locator("h1")).to_contain_text("from 27 published files")
    assert_accessible(page)
