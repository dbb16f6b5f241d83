"""The figures that a text may name are those of the boards; the plans' own narratives name them; a document of it all for a pack."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.queries import line_positions, year_value
from activity.queries.control_group import control_group
from finance.models import Scheme, SchemeMonth
from finance.queries import savings_requirement, scheme_positions, statements, total_position
from finance.queries.budgets import budget_summary
from finance.queries.risks import risk_register
from finance.queries.rules import business_rules, planned_year
from finance.queries.summary import savings_summary
from initiatives.queries import milestone_counts
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.submissions.models import Section
from opplan.submissions.narrative.document import narrative_document
from opplan.submissions.narrative.marks import names_in
from opplan.submissions.queries.figures import figures_of
from opplan.submissions.queries.narrative import narrative_of, section_read
from opplan.submissions.sources.money import REQUIREMENT

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MONTH = date(2016, 9, 1)
SEED = Path(__file__).parents[2] / "../shared/seeds/000_7948da7a48ebc329.txt"


def chapter_on_money() -> str:
    """Section 7 of the source document of 2016/17, as it is printed: real prose, with real numbers."""
    text = SEED.read_text(encoding="utf-8")
    return text[text.index("7. Achieving Financial Balance") : text.index("8. Improving Quality and Outcomes")]


def test_savings_are_those_of_the_finance_board(ccg: Plan) -> None:
    figures = figures_of(ccg, MONTH)
    bands = tolerances(ccg)
    schemes = scheme_positions(ccg, MONTH, bands)
    held = savings_requirement(ccg, schemes)
    board = savings_summary(ccg, MONTH, bands)
    assert held is not None
    assert board.requirement is not None
    for name in ("delivered", "unidentified"):
        assert figures[f"qipp.{name}"].value == getattr(held.requirement, name)
        assert figures[f"qipp.{name}"].value == getattr(board.requirement.requirement, name)
    assert figures["qipp.requirement"].value == held.requirement.amount == Decimal(22_400_000)
    assert figures["qipp.forecast"].value == total_position(schemes).forecast_year == board.whole.expected
    by_key = {row.key: row.values["amount"] for row in REQUIREMENT.read(ccg, MONTH)}
    assert figures["qipp.requirement"].value == by_key["requirement"] * 1000  # type: ignore[operator]
    one = next(scheme for scheme in schemes if scheme.reference == "DT-02")
    assert figures["scheme.DT-02.to_date"].value == one.position.to_date


def test_money_is_that_of_the_financial_plan(ccg: Plan) -> None:
    figures, summary = figures_of(ccg, MONTH), budget_summary(ccg, MONTH)
    assert summary is not None
    assert figures["budget.running.forecast"].value == summary.running.forecast
    assert figures["budget.programme.forecast"].value == summary.programme.forecast
    year = planned_year(ccg)
    assert figures["budget.surplus.plan"].value == year.surplus
    for rule in business_rules(ccg, year):
        assert figures[f"rule.{rule.reference}.held"].value == rule.held
        assert figures[f"rule.{rule.reference}.share"].value == rule.share
    net = risk_register(ccg).net
    assert (figures["risks.gross"].value, figures["risks.net"].value) == (net.gross, net.net)


def test_activity_and_delays_are_those_of_their_pages(ccg: Plan) -> None:
    figures, bands = figures_of(ccg, MONTH), tolerances(ccg)
    for line in line_positions(ccg, MONTH, bands):
        assert figures[f"activity.{line.reference}.actual"].value == line.actual
        assert figures[f"activity.{line.reference}.plan"].value == year_value(line.year, line.year_rule, planned=True)
    group = control_group(ccg, MONTH, bands)
    assert group.now is not None
    assert group.non_elective is not None
    assert figures["dtoc.beds"].value == group.now.beds
    assert figures["dtoc.share"].value == group.now.share
    assert figures["bcf.reduction"].value == group.non_elective.share
    counts = milestone_counts(ccg, MONTH)
    assert figures["milestones.overdue"].value == counts.overdue
    assert figures["milestones.total"].printed == str(counts.total)


def test_printed_tables_of_2010_11_are_figures_too(pct: Plan) -> None:
    figures = figures_of(pct, pct.start)
    total = statements(pct)["impact"].lines[-1]
    assert figures["table.IMPACT-11.net"].value == total.amounts["net"].printed == Decimal(-4_475_000)
    assert figures["table.STRATEGY-22.2010-11"].printed == "£873.7m"
    assert figures["qipp.delivered"].printed == "not reported"


@pytest.mark.parametrize("which", ["ccg", "pct"])
def test_every_figure_leads_to_a_page_and_is_named_as_it_can_be_typed(
    which: str, request: pytest.FixtureRequest
) -> None:
    plan = request.getfixturevalue(which)
    figures = figures_of(plan, plan.reporting_month)
    for name, figure in figures.items():
        assert names_in(f"{{{{ {name} }}}}") == [name]
        assert figure.words
        assert figure.owner
        reverse(figure.page, kwargs={"organisation": plan.organisation.code, "year": plan.year, **dict(figure.parts)})


def test_the_catalogue_costs_the_same_whatever_the_plan_holds(ccg: Plan) -> None:
    with CaptureQueriesContext(connection) as few:
        figures_of(ccg, MONTH)
    for number in range(30):
        scheme = Scheme.objects.create(plan=ccg, reference=f"ZZ-{number}", title="More", state="earmarked")
        SchemeMonth.objects.create(scheme=scheme, month=MONTH, planned_saving=1)
    with CaptureQueriesContext(connection) as many:
        figures = figures_of(ccg, MONTH)
    assert len(many) == len(few) <= 30
    assert "scheme.ZZ-29.plan" in figures


@pytest.mark.parametrize("which", ["ccg", "pct"])
def test_the_narratives_of_both_plans_name_real_figures_and_agree_with_the_tables(
    which: str, request: pytest.FixtureRequest
) -> None:
    plan = request.getfixturevalue(which)
    narrative = narrative_of(plan, plan.reporting_month)
    assert len(narrative.sections) >= 5
    for read in narrative.sections:
        assert not read.unknown, read.row.reference
        assert not read.differing, (read.row.reference, read.differing)
        assert 80 <= read.words <= 200
        assert not read.over
        assert read.row.basis == "stated"


@pytest.mark.skipif(not SEED.exists(), reason="the source document is not at hand")
def test_the_source_document_itself_raises_no_false_alarm(ccg: Plan) -> None:
    section = Section(plan=ccg, reference="SEED", title="As printed", text=chapter_on_money())
    read = section_read(section, figures_of(ccg, MONTH), ccg.year)
    assert len(read.offers) >= 10
    assert not read.differing


class Tags(HTMLParser):
    """The tags and attributes of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_document_of_the_pack_stands_alone_and_is_the_same_bytes_twice(
    ccg: Plan, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    with django_assert_max_num_queries(31):  # type: ignore[attr-defined]
        content = narrative_document(ccg, MONTH)
    assert content == narrative_document(ccg, MONTH)
    html = content.decode()
    tags = Tags()
    tags.feed(html)
    assert "script" not in {tag for tag, _ in tags.found}
    assert all((attrs.get("href") or "#").startswith("#") for _, attrs in tags.found)
    assert not any(name.startswith("on") or name == "src" for _, attrs in tags.found for name in attrs)
    assert "7. Achieving financial balance" in html
    assert re.search(r"savings requirement is <span title=\"Savings requirement\">£22.4m</span>", html)
    assert "finance.queries.savings_requirement" in html
    assert "{{" not in html


def test_a_document_says_which_figures_are_illustrative(ccg: Plan) -> None:
    assert "£8.0m (illustrative)" in narrative_document(ccg, MONTH).decode()
