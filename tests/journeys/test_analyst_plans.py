"""An analyst plans a line from its outturn: builds it up, says what an initiative changes, phases the year and sets a trajectory."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server, SignIn, assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.journey
PLAN = "/10Q/2016-17"
LINE = f"{PLAN}/activity/lines/MAR.NEL-RTH/"


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).last.click()
    assert not page.title().startswith("Error"), page.locator("main").inner_text()[:600]


def test_an_analyst_plans_a_line_from_outturn_and_phases_it(sign_in: SignIn, server: Server) -> None:
    analyst = sign_in("analyst")
    analyst.goto(LINE)
    analyst.get_by_role("link", name="Build-up: baseline, growth, initiatives").click()
    expect(analyst.locator("main")).to_contain_text("72,443 admissions, 1,351 more than in 2015/16")
    expect(analyst.locator("main")).to_contain_text("71,092 admissions in 2015/16, from 12 months of actual figures")
    analyst.get_by_label("Demographic growth, per cent").fill("0.8")
    analyst.get_by_label("Other growth, per cent").fill("1.1")
    analyst.get_by_label("Policy and service changes").fill("150")
    analyst.get_by_label("Which changes").fill("Extra beds in the emergency assessment unit")
    analyst.get_by_label("Reason for this change").fill("Growth parted by the county's population forecast")
    press(analyst, "Save the build-up")
    expect(analyst.locator("main")).to_contain_text("72,593 admissions, 1,501 more than in 2015/16")
    expect(analyst.locator("main")).to_contain_text("the build-up does not explain it")
    assert_accessible(analyst)

    analyst.get_by_role("link", name="Add what an initiative changes").click()
    analyst.get_by_label("Initiative").select_option(label="INT-BCF Better Care Fund")
    analyst.get_by_label("What changes").fill("Admissions avoided by rapid response")
    press(analyst, "Add the impact")
    for month, figure in (("October", "-40"), ("November", "-50"), ("December", "-60"), ("March", "-60")):
        analyst.get_by_label(f"Change, {month}").fill(figure)
    press(analyst, "Save the months")
    expect(
        analyst.get_by_role("row").filter(has=analyst.get_by_role("rowheader", name="Admissions", exact=True))
    ).to_contain_text("−210")
    assert_accessible(analyst)
    assert_no_sideways_scroll(analyst, 320)
    analyst.set_viewport_size({"width": 1280, "height": 900})

    analyst.goto(f"{LINE}build/")
    expect(analyst.locator("main")).to_contain_text("72,383 admissions, 1,291 more than in 2015/16")
    analyst.get_by_role("link", name="Phase the year over its months").click()
    expect(analyst.get_by_label("Plan for the year, admissions")).to_have_value("72383")
    analyst.get_by_label("Phase the year").select_option(label="Winter profile")
    press(analyst, "Show the months")
    main = analyst.locator("main")
    expect(main).to_contain_text("7 months would change; the year goes from 72,443 to 72,383 admissions.")
    expect(main).to_contain_text("April 2016 to August 2016 are closed and keep 30,114")
    assert_accessible(analyst)

    office = sign_in("programme")
    office.goto(LINE)
    office.get_by_label("Planned admissions, October").fill("6000")
    office.get_by_label("Reason for the change").fill("Half term")
    press(office, "Save figures")

    analyst.get_by_label("Reason for this change").fill("Built up from the outturn, with winter as it was")
    with analyst.expect_navigation():
        analyst.get_by_role("button", name="Apply to the open months").click()
    expect(main).to_contain_text("Nothing was applied: what you saw has changed")
    expect(main).to_contain_text("October 2016: 5,966 admissions when you looked, 6,000 now, by Programme office")
    assert_accessible(analyst)
    analyst.get_by_label("Reason for this change").fill("Built up from the outturn, with winter as it was")
    press(analyst, "Apply to the open months")
    expect(main).to_contain_text("The months planned agree.")

    board = sign_in("board")
    board.goto(LINE)
    plan = board.get_by_role("row").filter(has=board.get_by_role("rowheader", name="12 months")).first
    expect(plan).to_contain_text("72,383")
    expect(board.locator("main")).to_contain_text("Built up from the outturn, with winter as it was")
    board.goto(f"{LINE}build/")
    expect(board.locator("main")).to_contain_text("+150")
    assert board.locator("main form").count() == 0


def test_an_analyst_sets_a_trajectory_and_edits_a_month(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    analyst.goto(f"{PLAN}/activity/lines/E.B.3/trajectory/")
    analyst.get_by_label("From", exact=True).fill("90")
    analyst.get_by_label("To", exact=True).fill("92")
    analyst.get_by_label("by", exact=True).select_option(label="February 2017")
    press(analyst, "Show the months")
    expect(analyst.locator("main")).to_contain_text("held from February 2017")
    assert_accessible(analyst)
    assert_no_sideways_scroll(analyst, 375)
    analyst.set_viewport_size({"width": 1280, "height": 900})
    analyst.get_by_label("Planned numerator, October").fill("99999")
    analyst.get_by_label("Reason for the change").fill("Recovery agreed")
    with analyst.expect_navigation():
        analyst.get_by_role("button", name="Save the trajectory").last.click()
    expect(analyst.locator("main")).to_contain_text("A percentage cannot pass 100")
    analyst.get_by_label("Planned numerator, October").fill("27,000")
    press(analyst, "Save the trajectory")
    expect(analyst.locator("main")).to_contain_text("held from February 2017")
    expect(analyst.get_by_label("Planned numerator, October")).to_have_value("27000")


def test_an_analyst_adds_a_measure_and_follows_it(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    analyst.goto(f"{PLAN}/activity/measures/")
    assert_accessible(analyst)
    analyst.get_by_role("link", name="Add a local measure").click()
    for label, text in (
        ("Code", "OX.FRAIL"),
        ("Name", "Frail people seen at home within two hours"),
        ("Short name", "Frailty, two hours"),
        ("Area", "Flow and demand"),
        ("Unit", "people"),
        ("Numerator", "people seen within two hours"),
    ):
        analyst.get_by_label(label, exact=True).fill(text)
    press(analyst, "Add the measure")
    analyst.get_by_role("link", name="Add a line").click()
    analyst.get_by_label("For whom").select_option(label="One initiative")
    analyst.get_by_label("Initiative", exact=True).select_option(label="INT-BCF Better Care Fund")
    with analyst.expect_navigation():
        analyst.get_by_role("button", name="Add the line").click()
    expect(analyst.locator("main")).to_contain_text("A line of an initiative has a senior owner")
    analyst.get_by_label("Senior owner").fill("Integration lead")
    press(analyst, "Add the line")
    expect(analyst).to_have_url(f"{analyst.url.split('/10Q')[0]}{PLAN}/activity/lines/OX.FRAIL-INT-BCF/")
    assert_accessible(analyst)
