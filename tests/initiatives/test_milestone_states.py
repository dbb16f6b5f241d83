"""The states of milestones against a slow second implementation in plain Python, over both plans and every month."""

from calendar import monthrange
from datetime import date

import pytest

from initiatives.models import Milestone
from initiatives.presenters import due_words
from initiatives.queries import milestone_counts, milestone_states

pytestmark = [pytest.mark.django_db]


def states_in_plain_python(row: Milestone, month: date) -> set[str]:
    """What the words mean, said once more without SQL."""
    last = date(month.year, month.month, monthrange(month.year, month.month)[1])
    if row.completed and row.completed <= last:
        return {"complete"}
    found = set()
    if row.due < last:
        found.add("overdue")
    if (row.due.year, row.due.month) == (month.year, month.month):
        found.add("due")
    if row.due > last:
        found.add("coming")
    return found


@pytest.mark.parametrize("plan", ["ccg", "pct"])
def test_every_state_of_every_month_agrees_with_plain_python(plan, request):
    plan = request.getfixturevalue(plan)
    rows = list(Milestone.objects.filter(plan=plan))
    for month in plan.months:
        for name, state in milestone_states(month).items():
            wanted = {row.reference for row in rows if name in states_in_plain_python(row, month)}
            found = set(Milestone.objects.filter(state, plan=plan).values_list("reference", flat=True))
            assert found == wanted, f"{name}, {month}"


@pytest.mark.parametrize("plan", ["ccg", "pct"])
def test_counts_agree_with_plain_python_in_one_query(plan, request, django_assert_num_queries):
    plan = request.getfixturevalue(plan)
    rows = list(Milestone.objects.filter(plan=plan))
    for month in plan.months:
        with django_assert_num_queries(1):
            counts = milestone_counts(plan, month)
        assert counts.total == len(rows)
        for name in ("overdue", "due", "coming", "complete"):
            assert getattr(counts, name) == sum(name in states_in_plain_python(row, month) for row in rows)


def test_every_milestone_is_in_some_state(ccg):
    for month in ccg.months:
        assert all(states_in_plain_python(row, month) for row in Milestone.objects.filter(plan=ccg))


@pytest.mark.parametrize(
    ("due", "precision", "words"),
    [
        (date(2016, 6, 24), "day", "24\N{NO-BREAK SPACE}June 2016"),
        (date(2016, 6, 30), "month", "June 2016"),
        (date(2016, 11, 30), "season", "Autumn 2016"),
        (date(2010, 3, 31), "season", "Early 2010"),
        (date(2010, 5, 31), "season", "Spring 2010"),
        (date(2017, 3, 31), "year", "2016/17"),
        (date(2000, 3, 31), "year", "1999/00"),
        (date(2021, 12, 31), "year", "2021"),
        (date(2016, 6, 30), "season", "June 2016"),
        (date(2016, 6, 30), "year", "June 2016"),
    ],
)
def test_a_due_date_is_named_as_the_plan_names_it(due, precision, words):
    assert due_words(due, precision) == words
