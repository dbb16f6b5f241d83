"""What a finance board costs: its queries at one commissioner's size, and at a million month rows in PostgreSQL against bare SQL.

The million is 83,334 schemes of twelve months in one plan, on a server of its own that is removed afterwards. The bare SQL is written by
hand for what those rows hold (every forecast on plan, no rating put in place), and must give the same figures as the summary.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

SCHEMES, REPEATS = 83_334, 5
QUERIES, LIMIT = 12, 1.3
BOARD = "/10Q/2016-17/finance/"
FIGURES = "figures "

Row = tuple[str, str, str, bool]


def rows() -> list[Row]:
    return [board_queries(), *million()]


def board_queries() -> Row:
    """The most queries that the finance board of either plan takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = _client(), []
    for address in (BOARD, "/5QE/2010-11/finance/"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        counts.append(len(asked))
    return "Finance board", f"{max(counts)} queries", f"{QUERIES} queries", max(counts) <= QUERIES


def million() -> list[Row]:
    """The rows measured in a process of its own, because this one is bound to another database."""
    from tests.__main__ import postgresql

    with postgresql() as url:
        if url is None:
            said = "not measured: PostgreSQL's server binaries were not found"
            return [("Savings summary, a million months", said, f"{LIMIT}", True)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench_finance"],
            env=os.environ | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
        )
    told = [line.removeprefix(FIGURES) for line in done.stdout.splitlines() if line.startswith(FIGURES)]
    if done.returncode or not told:
        return [("Savings summary, a million months", f"failed: {done.stderr[-200:]}", f"{LIMIT}", False)]
    months, bare, summary, page, load = told[0].split()
    return [
        (
            f"{what}, {int(months):,} months",
            f"{float(took):.0f} ms / {float(bare):.0f} ms = {float(took) / float(bare):.2f}; load {load}",
            f"{LIMIT}",
            float(took) / float(bare) <= LIMIT,
        )
        for what, took in (("Savings summary", summary), ("Finance board", page))
    ]


def _client() -> Any:
    from django.test import Client

    from opplan.accounts.models import User

    client = Client()
    client.force_login(
        User.objects.get(memberships__role="viewer", memberships__organisation__code="10Q"),
        backend="opplan.accounts.backends.MemberBackend",
    )
    return client


# Sections, states and what is missing are spread by the numbers of scheme and month, so that every rating and part has its share.
FILL = """
DELETE FROM finance_ratingoverride; DELETE FROM finance_schememonth; DELETE FROM finance_scheme;
INSERT INTO finance_scheme (plan_id, reference, title, section, category, area_of_spend, part_of_spend, state, stage, kind, contract, owner,
  clinical_lead, slippage, mitigation, narrative, forecast_default, source, basis)
SELECT {plan}, 'S' || n, 'Scheme ' || n, (ARRAY['Commissioning', 'Prescribing', 'Providers'])[n %% 3 + 1], '', '', '',
  CASE WHEN n %% 10 = 0 THEN 'earmarked' ELSE 'identified' END, CASE WHEN n %% 10 = 0 THEN 'earmarked' ELSE 'in_delivery' END,
  '', '', 'Lead ' || n %% 40, '', '', '', '', 'plan', 'illustrative', 'illustrative'
FROM generate_series(1, {schemes}) n;
INSERT INTO finance_schememonth (scheme_id, month, planned_saving, actual_saving, forecast_saving, planned_investment, actual_investment,
  status, planned_source, planned_basis, source, basis)
SELECT s.id, (DATE '2016-04-01' + make_interval(months => m))::date, 1000 + s.id %% 977 + 0.25,
  CASE WHEN m < 6 AND NOT (m = 5 AND s.id %% 20 = 0) THEN (1000 + s.id %% 977) * (70 + s.id %% 40) / 100.0 END,
  CASE WHEN m >= 6 AND s.id %% 25 = 0 THEN 900 END, CASE WHEN s.id %% 4 = 0 THEN 100 END, CASE WHEN s.id %% 4 = 0 AND m < 6 THEN 90 END,
  '', '', 'planned', 'illustrative', 'illustrative'
FROM finance_scheme s CROSS JOIN generate_series(0, 11) m;
ANALYZE finance_scheme; ANALYZE finance_schememonth;
"""

BARE = """
WITH schemes AS (
  SELECT s.id, s.reference, s.title, s.owner, s.state, s.section, t.*,
    CASE WHEN t.due = 0 THEN 'not_due' WHEN t.held < t.wanted THEN 'not_reported'
      WHEN 100 * (t.reported - t.saved) > 20 * t.reported OR 100 * (t.planned - t.expected) > 10 * t.planned THEN 'red'
      WHEN 100 * (t.reported - t.saved) > 5 * t.reported OR 100 * (t.planned - t.expected) > {green} * t.planned THEN 'amber'
      ELSE 'green' END AS rating
  FROM finance_scheme s JOIN (
    SELECT scheme_id, SUM(planned_saving) AS planned, SUM(planned_saving) FILTER (WHERE month <= '2016-09-01') AS due,
      SUM(planned_saving) FILTER (WHERE month <= '2016-09-01' AND actual_saving IS NOT NULL) AS reported,
      SUM(actual_saving) FILTER (WHERE month <= '2016-09-01') AS saved,
      SUM(CASE WHEN month <= '2016-09-01' THEN COALESCE(actual_saving, forecast_saving, planned_saving)
        ELSE COALESCE(forecast_saving, planned_saving) END) AS expected,
      MAX(month) FILTER (WHERE month <= '2016-09-01' AND planned_saving <> 0) AS wanted,
      MAX(month) FILTER (WHERE month <= '2016-09-01' AND actual_saving IS NOT NULL) AS held
    FROM finance_schememonth GROUP BY scheme_id) t ON t.scheme_id = s.id
  WHERE s.plan_id = {plan}
)
SELECT 'month' AS part, m.month AS at, s.state AS state, s.section AS section, '' AS rating, '' AS reference, '' AS title, '' AS owner,
  SUM(planned_saving) AS n1, SUM(planned_saving) FILTER (WHERE month <= '2016-09-01') AS n2,
  SUM(planned_saving) FILTER (WHERE month <= '2016-09-01' AND actual_saving IS NOT NULL) AS n3,
  SUM(actual_saving) FILTER (WHERE month <= '2016-09-01') AS n4,
  SUM(CASE WHEN month <= '2016-09-01' THEN COALESCE(actual_saving, forecast_saving, planned_saving)
    ELSE COALESCE(forecast_saving, planned_saving) END) AS n5,
  SUM(planned_saving) FILTER (WHERE month <= '2016-09-01' AND actual_saving IS NULL AND forecast_saving IS NULL) AS n6,
  SUM(planned_investment) AS n7, SUM(planned_investment) FILTER (WHERE month <= '2016-09-01') AS n8,
  SUM(planned_investment) FILTER (WHERE month <= '2016-09-01' AND actual_investment IS NOT NULL) AS n9,
  SUM(actual_investment) FILTER (WHERE month <= '2016-09-01') AS n10,
  SUM(CASE WHEN month <= '2016-09-01' THEN COALESCE(actual_investment, forecast_investment, planned_investment)
    ELSE COALESCE(forecast_investment, planned_investment) END) AS n11,
  COUNT(*) FILTER (WHERE month <= '2016-09-01' AND planned_saving <> 0 AND actual_saving IS NULL) AS n12,
  COUNT(*) FILTER (WHERE m.basis = 'illustrative' AND (forecast_saving IS NOT NULL OR month <= '2016-09-01' AND actual_saving IS NOT NULL))
    AS n13
FROM finance_schememonth m JOIN finance_scheme s ON s.id = m.scheme_id WHERE s.plan_id = {plan} GROUP BY month, state, section
UNION ALL
SELECT 'rated', NULL, state, section, rating, '', '', '', COUNT(*), COUNT(*) FILTER (WHERE due <> 0), COUNT(*) FILTER (WHERE held < wanted),
  COUNT(saved), SUM(planned), SUM(planned), SUM(saved),
  SUM(saved + (expected - saved) * CASE rating WHEN 'green' THEN 90 WHEN 'amber' THEN 50 WHEN 'red' THEN 10 ELSE 50 END * 270 / 30000.0),
  NULL, NULL, NULL, NULL, NULL
FROM schemes GROUP BY state, section, rating
UNION ALL
SELECT 'worst', NULL, '', '', rating, reference, title, owner, planned, expected, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT * FROM schemes ORDER BY expected - planned, reference LIMIT 5) w
UNION ALL
SELECT 'owing', NULL, '', '', rating, reference, title, owner, planned, expected, due - reported,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT * FROM schemes WHERE held < wanted ORDER BY due - reported DESC, reference LIMIT 8) w
UNION ALL
SELECT 'requirement', NULL, '', '', '', '', source, '', amount, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM finance_savingsrequirement WHERE plan_id = {plan}
"""


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def main() -> int:
    """Fill the database, prove that both give the same figures, and take the three in turn."""
    os.environ.setdefault("DEMONSTRATION", "1")
    os.environ["STATICFILES_BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    os.environ["DJANGO_SETTINGS_MODULE"] = "opplan.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("load_plans", verbosity=0)
    from finance.queries.summary import savings_summary, summary_values
    from finance.queries.summary_sql import statement
    from opplan.plans.queries import find_plan, tolerances

    plan = find_plan("10Q", "2016-17")
    assert plan is not None
    bands, now = tolerances(plan), plan.months[5]
    bare = BARE.format(plan=plan.pk, green=bands["saving_forecast"].green)

    def answers(sql: str, values: dict[str, Any] | None = None) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    with connection.cursor() as cursor:
        cursor.execute(FILL.replace("%%", "%").format(plan=plan.pk, schemes=SCHEMES))
        cursor.execute("SELECT COUNT(*) FROM finance_schememonth")
        (months,) = cursor.fetchone()
    ours = answers(statement(pence=False), summary_values(plan, now, bands))
    difference = set(map(_rounded, ours)) ^ set(map(_rounded, answers(bare)))
    assert not difference, sorted(difference, key=str)[:4]
    client = _client()

    def page() -> None:
        assert client.get(BOARD).status_code == 200

    works = (lambda: answers(bare), lambda: savings_summary(plan, now, bands), page)
    for work in works:
        work()
    taken = [[timed(work) for work in works] for _ in range(REPEATS)]
    medians = [median(one[index] for one in taken) for index in range(len(works))]
    print(FIGURES + " ".join([str(months), *(f"{one:.1f}" for one in medians), f"{os.getloadavg()[0]:.1f}"]))
    return 0


def _rounded(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(
        cell
        if isinstance(cell, str)
        else ""
        if cell is None
        else f"{cell:.2f}"
        if hasattr(cell, "quantize")
        else str(cell)
        for cell in row
    )


if __name__ == "__main__":
    sys.exit(main())
