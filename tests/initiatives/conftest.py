"""A milestone and an initiative of the 2016/17 plan to work on."""

from datetime import date

import pytest

from initiatives.models import Initiative, Milestone
from opplan.plans.attribution import record


@pytest.fixture
def delivery(ccg):
    """A milestone due on 31 October 2016, with nothing said about it."""
    initiative = Initiative.objects.filter(plan=ccg).select_related("plan").first()
    row = Milestone(plan=ccg, initiative=initiative, reference="M-TEST-01", title="Beds open", due=date(2016, 10, 31))
    return record(row, by=None, why="Loaded")


@pytest.fixture
def initiative(ccg):
    """An initiative without any update."""
    return Initiative.objects.select_related("plan__organisation").filter(plan=ccg, updates=None).first()


@pytest.fixture
def page():
    """The address of a page of the 2016/17 plan's initiatives."""
    return lambda path: f"/10Q/2016-17/initiatives/{path}"
