"""Finance in the browser: a month of a programme pasted, the likelihood read by a committee, and a scenario set beside the base."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import SignIn, assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.journey
ROOM = "/10Q/2016-17/finance"
PROGRAMME = "Planned and specialist care"
OUTPATIENTS = "Outpatient referrals and follow-up, actual, September, £000"


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).last.click()


def row(within: Page | Locator, name: str) -> Locator:
    return within.get_by_role("row").filter(has_text=name)


def figures(cells: Locator) -> list[int]:
    """The first figure of each cell that has one. GBP thousand."""
    found = [re.search(r"[+−]?\d[\d,]*", text) for text in cells.all_inner_texts()]
    return [int(one[0].replace(",", "").replace("−", "-")) for one in found if one]


def millions(pattern: str, text: str) -> float:
    """The figure in a text that the pattern finds. GBP million."""
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])


def saved_to_date(page: Page) -> tuple[int, int, int]:
    """What is saved to date by the programme, by one of its schemes and by all schemes, as two pages say. GBP thousand."""
    page.goto(f"{ROOM}/months/")
    [programme] = figures(row(page, PROGRAMME).locator("[data-label='Saved to date, £000']"))
    page.goto(f"{ROOM}/schemes/")
    schemes = page.get_by_role("table").last
    [scheme] = figures(row(schemes, "EL-04").locator("[data-label='Saved to date']"))
    return programme, scheme, figures(schemes.locator("[data-label='Saved to date']"))[-1]


def test_a_finance_lead_pastes_the_month_of_a_programme_and_the_year_to_date_moves_by_just_that(
    sign_in: SignIn,
) -> None:
    lead = sign_in("finance")
    before = saved_to_date(lead)
    lead.goto(f"{ROOM}/months/")
    row(lead, PROGRAMME).get_by_role("link", name="September").click()
    lead.get_by_text("Paste from Excel").click()
    lead.get_by_label("A row a scheme, copied from a worksheet").fill(
        "Reference\tScheme\tActual saving\nEL-02\tMusculoskeletal variation\t61\n"
        "EL-04\tOutpatient referrals and follow-up\t4S\nEL-07\tEye care in the community\t30"
    )
    press(lead, "Show what would change")
    expect(lead.get_by_role("alert")).to_contain_text("Outpatient referrals and follow-up, actual, September: “4S”")
    expect(lead.get_by_label(OUTPATIENTS)).to_have_value("4S")

    lead.get_by_label(OUTPATIENTS).fill("45")
    press(lead, "Show what would change")
    preview = lead.get_by_role("status").filter(has_text="Pasted, not saved: 3 figures would change")
    expect(preview.locator("td.op-n")).to_have_text(["59", "61", "42", "45", "28", "30"])
    assert lead.get_by_role("alert").count() == 0
    assert_accessible(lead)
    lead.get_by_label("Every actual of September 2016 here is").select_option(label="Flex")
    press(lead, "Save figures")
    expect(lead.get_by_role("status").first).to_contain_text("Saved:")
    assert_accessible(lead)
    assert_no_sideways_scroll(lead, 375)

    after = saved_to_date(lead)
    assert [now - was for was, now in zip(before, after, strict=True)] == [7, 3, 7]


def test_a_committee_reads_how_likely_the_savings_are_and_cannot_change_it(sign_in: SignIn) -> None:
    member = sign_in("board")
    member.goto(f"{ROOM}/schemes/")
    member.get_by_role("link", name="How likely").click()
    main = member.locator("main")
    expect(member.locator("h1")).to_contain_text("There is almost no chance of saving the £22.4m required")
    drawn = {part: millions(rf"£([\d.]+)m\n.*{part}", main.inner_text()) for part in ("P10", "P50", "P90")}
    assert 0 < drawn["P10"] < drawn["P50"] < drawn["P90"] < 22.4
    expect(row(main, "Reaching the requirement")).to_contain_text("0% of the drawn years")
    expect(row(main, "Breaking even")).to_contain_text("Almost no chance")
    found = row(main, "For four chances in five")
    expect(found).to_contain_text("the savings that have no scheme yet must yield")
    to_find = millions(r"£([\d.]+)m more", found.inner_text())
    assert 22.4 - drawn["P50"] < to_find < 22.4 - drawn["P10"] + 0.1
    assumed = member.get_by_role("region", name="What is assumed")
    for sentence in ("90% green, 50% amber or not rated, 10% red", "correlate by 0.3", "one fixed start"):
        expect(assumed).to_contain_text(sentence)

    assert main.locator("form, input, button").count() == 0
    assert main.get_by_role("link", name="Change chances").count() == 0
    assert_accessible(member)
    assert_no_sideways_scroll(member, 375)
    refused = member.goto(f"{ROOM}/likelihood/chances/")
    assert refused is not None
    assert refused.status == 404


def test_a_finance_lead_changes_a_copy_of_a_scenario_and_sets_it_beside_the_base(sign_in: SignIn) -> None:
    lead = sign_in("finance")
    lead.goto(f"{ROOM}/model/")
    lead.get_by_role("link", name="Base", exact=True).click()
    lead.get_by_role("link", name="Copy it").click()
    lead.get_by_label("Name of the copy").fill("Slower growth")
    press(lead, "Copy it")

    lead.get_by_label("Growth, % of the limit, 2016/17").fill("7.0")
    press(lead, "Show what it does")
    effect = lead.get_by_role("region", name="What it does")
    expect(effect).to_contain_text("more than as saved")
    moved = row(effect, "Revenue resource limit").locator(".op-moved").all_inner_texts()
    assert len(moved) == 3
    assert all(difference.startswith("−") for difference in moved)
    assert_accessible(lead)

    lead.get_by_label("Reason, needed to save").fill("The allocation may come in lower")
    press(lead, "Save")
    expect(lead.locator("h1")).to_contain_text("Slower growth")
    expect(lead.locator("main")).to_contain_text("The allocation may come in lower")
    lead.get_by_role("link", name="Medium-term model").last.click()
    for other in ("Best", "Worst"):
        lead.get_by_role("checkbox", name=f"{other} show").uncheck()
    lead.get_by_role("radio", name="Base, compare with it").check()
    press(lead, "Set side by side")
    table = lead.get_by_role("table", name="Scenarios side by side, £000, with differences from Base")
    limits = table.locator("tbody", has_text="Revenue resource limit")
    expect(limits.get_by_role("rowheader")).to_have_text(["Revenue resource limit", "Base", "Slower growth"])
    assert row(limits, "Slower growth").locator(".op-moved").all_inner_texts() == moved
    base, slower = (figures(row(limits, name).get_by_role("cell")) for name in ("Base", "Slower growth"))
    assert base == [727_582, 742_134, 756_977]
    assert [now - was for was, now in zip(base, slower, strict=True)] == [
        int(difference.replace(",", "").replace("−", "-")) for difference in moved
    ]
    assert_accessible(lead)
    assert_no_sideways_scroll(lead, 375)
