"""What telling signal from noise costs, what a measure's page asks of the database, and what drawing ten thousand years takes."""

from __future__ import annotations

import random
import time
from datetime import date
from decimal import Decimal
from statistics import median

PAGE, SERIES, DRAWN = 10, 2.0, 100.0

Row = tuple[str, str, str, bool]


def rows() -> list[Row]:
    return [measure_pages(), series_of_36(), drawn_years()]


def measure_pages() -> Row:
    """The most queries that any line's page of either plan takes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from activity.models import Line
    from opplan.accounts.models import User

    client = Client()
    client.force_login(
        User.objects.get(memberships__role="viewer", memberships__organisation__code="10Q"),
        backend="opplan.accounts.backends.MemberBackend",
    )
    counts = []
    for code, year, reference in Line.objects.values_list("plan__organisation__code", "plan__year", "reference"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get(f"/{code}/{year}/activity/lines/{reference}/")
        assert answer.status_code == 200, reference
        counts.append(len(asked))
    return (
        "Measure pages",
        f"at most {max(counts)} queries on {len(counts)} pages",
        f"{PAGE} queries",
        max(counts) <= PAGE,
    )


def series_of_36() -> Row:
    """Reading 36 months as an XmR chart."""
    from opplan.calc.spc import PROFILES, Improvement, analysed

    dice = random.Random(36)
    series = [(date(2014 + at // 12, at % 12 + 1, 1), Decimal(dice.randrange(8000, 9900)) / 100) for at in range(36)]
    taken = _taken(
        lambda: analysed(series, Improvement.INCREASE, target=Decimal(95), profile=PROFILES["plot-the-dots"]), 50
    )
    return "36 points of SPC", f"{taken:.2f} ms", f"{SERIES:.0f} ms", taken < SERIES


def drawn_years() -> Row:
    """A hundred schemes, ten thousand years."""
    from opplan.calc.likelihood import Chancy, likelihood

    schemes = [Chancy(f"S{at}", f"P{at % 8}", 0.7, 60_000, 100_000, 110_000) for at in range(100)]
    taken = _taken(lambda: likelihood(schemes, requirement=8e6, break_even=6e6), 9)
    return "100 schemes, 10,000 years drawn", f"{taken:.0f} ms", f"{DRAWN:.0f} ms", taken <= DRAWN


def _taken(work: object, repeats: int) -> float:
    """The median milliseconds."""
    assert callable(work)
    work()
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return median(found)
