"""The control group reads delayed transfers: where they stand, which reason grew most, and what is done about it."""

import re

import pytest

from tests.journeys.conftest import SignIn, assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.journey
PLAN = "/10Q/2016-17"


def figure(text: str) -> float:
    return float(text.replace("−", "-").replace("+", ""))


def test_the_control_group_reads_delayed_transfers(sign_in: SignIn) -> None:
    page = sign_in("board")
    page.goto(f"{PLAN}/activity/")
    page.get_by_role("link", name="Delayed transfers", exact=True).click()
    page.wait_for_load_state("networkidle")

    # This week against trajectory, in the headline and in the table beside the chart.
    assert "146 patients were delayed on 29" in page.get_by_role("heading", level=1).inner_text()
    assert page.get_by_role("heading", level=1).inner_text().endswith("44 above trajectory")
    latest = page.locator("section[aria-labelledby=h-week] tbody tr").first
    assert latest.inner_text().split() == ["29", "Sep", "102", "146", "+44"]
    assert page.locator("#figure-week ~ *, [data-figure=figure-week] .main-svg").count() > 0, "the chart is drawn"

    # The month: official beds, the share, and that it is provisional.
    month = page.locator("section[aria-labelledby=h-month]")
    assert "provisional" in month.locator("tr", has_text="Sep 2016").inner_text()
    assert "8.5%" in month.locator("tr", has_text="Sep 2016").inner_text()

    # The reason that grew most is the one that the lead names.
    rows = page.locator("section[aria-labelledby=h-reason] tbody tr:not(.op-total)").all()
    changes = {
        row.locator("th").inner_text(): figure(row.locator("td[data-label=Change]").inner_text()) for row in rows
    }
    assert len(changes) == 10
    grew = max(changes, key=lambda name: changes[name])
    assert grew.startswith("Further NHS care, not acute")
    assert "Further NHS care, not acute, grew most since April 2016" in page.locator(".op-lead").inner_text()
    assert_accessible(page)
    for width in (375, 320, 640):
        assert_no_sideways_scroll(page, width)
    page.set_viewport_size({"width": 1280, "height": 900})

    # What is done about it: to the initiative that frees the most beds, and to its trajectory.
    first = page.locator("section[aria-labelledby=h-init] tbody tr").first
    assert "Discharge to assess" in first.inner_text()
    first.get_by_role("link", name="Discharge to assess", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Discharge to assess"
    page.go_back()
    first.get_by_role("link", name=re.compile("Trajectory")).click()
    assert "OX.DTOCI" in page.locator(".op-context").first.inner_text()

    # Another month: what was known by its end, and no more.
    page.goto(f"{PLAN}/activity/delays/")
    page.get_by_label("Month", exact=True).select_option("2016-06")
    page.get_by_role("button", name="Show").click()
    assert "on 30" in page.get_by_role("heading", level=1).inner_text()
    assert "Jun 2016" in page.locator("section[aria-labelledby=h-month] .op-here").inner_text()


def test_the_week_s_count_is_entered_before_the_meeting(sign_in: SignIn) -> None:
    page = sign_in("commissioner")
    page.goto(f"{PLAN}/activity/delays/")
    page.get_by_role("link", name="Enter a weekly count").click()
    page.get_by_label("Counted on").fill("6 Oct 2016")
    page.get_by_role("button", name="Enter this day’s count").click()
    assert_accessible(page)
    page.get_by_label("Patients delayed").fill("one hundred")
    page.get_by_role("button", name="Save the count").click()
    assert "“one hundred” is not a number" in page.get_by_role("alert").inner_text()
    page.get_by_label("Patients delayed").fill("151")
    page.get_by_role("button", name="Save the count").click()
    assert "Saved: the count of 6" in page.get_by_role("status").inner_text()

    page.goto(f"{PLAN}/activity/delays/?month=2016-10")
    assert page.get_by_role("heading", level=1).inner_text().startswith("151 patients were delayed on 6")
    assert_accessible(page)
