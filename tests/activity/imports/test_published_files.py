"""The published files give the figures that are known of them."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from activity.models import Delay, Line, Reading
from opplan.imports.actions import Upload
from opplan.imports.models import Batch, BatchFile
from opplan.plans.actions import reopen_month
from opplan.plans.models import Plan
from tests.activity.imports.books import RAW, needs_raw
from tests.activity.imports.tables import everything, reading, saved, told

pytestmark = [pytest.mark.django_db, pytest.mark.once]


# The published files


@needs_raw
def test_all_delayed_transfers_load_as_one_batch_and_give_the_known_answers(ccg: Plan) -> None:
    Delay.objects.filter(plan=ccg).delete()
    Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1").update(
        actual_numerator=None, actual_denominator=None, status=""
    )
    for month in ccg.months[:5]:
        reopen_month(ccg, month, by=None, why="Loading the publication")  # type: ignore[arg-type]
    paths = sorted((RAW / "dtoc").glob("*.xls"))
    assert len(paths) == 27
    said = told("--source", "dtoc", *paths)
    assert (said["changed"], said["refused"]) == (0, 0)
    assert Batch.objects.get().pk == said["batch"]
    assert BatchFile.objects.count() == 27
    totals = {"2015-16": 59_435, "2016-17": 52_236}
    for year, total in totals.items():
        first = int(year[:4])
        held = Reading.objects.filter(
            line__plan=ccg, line__reference="DTOC.1", period__gte=date(first, 4, 1), period__lte=date(first + 1, 3, 1)
        )
        assert sum(row.actual_numerator or 0 for row in held) == total
    for row in Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1"):
        cuts = {
            cut: sum(one.days for one in Delay.objects.filter(plan=ccg, place="608", period=row.period, cut=cut))
            for cut in ("care", "body", "reason")
        }
        assert set(cuts.values()) == {row.actual_numerator}, row.period
    again = told(*paths)
    assert (again["new"], again["changed"], again["refused"], again["batch"]) == (0, 0, 0, None)
    assert again["same"] == said["new"] + said["same"]


@needs_raw
def test_the_published_files_agree_with_the_plan_as_it_is_loaded(ccg: Plan) -> None:
    for source in ("mar", "dtoc", "beds"):
        said = told("--source", source, "--dry-run", *sorted((RAW / source).iterdir()))
        assert (said["changed"], said["refused"]) == (0, 0), source
        assert said["same"] > 0


@needs_raw
def test_referral_to_treatment_gives_the_printed_share_for_both_organisations(ccg: Plan, pct: Plan) -> None:
    paths = sorted((RAW / "rtt").glob("*.xls"))
    Reading.objects.filter(line__reference__startswith="RTT-INC").delete()
    Reading.objects.filter(line__plan=ccg, line__reference="E.B.3", period__lt="2016-04-01").delete()
    told(*paths)
    out = io.StringIO()
    call_command(
        "import_actuals", *map(str, paths), organisation="5QE", year="2010-11", stdout=out, stderr=io.StringIO()
    )
    may = reading(ccg, "E.B.3", "2015-05-01")
    april = reading(pct, "RTT-INC", "2010-04-01")
    assert may is not None
    assert april is not None
    assert (may.actual_numerator, may.actual_denominator) == (27143, 28843)
    assert april.actual_numerator is not None
    assert april.actual_denominator is not None
    assert reading(pct, "RTT-INC-110", "2010-04-01") is not None
    assert 0 < april.actual_numerator / april.actual_denominator < 1


@needs_raw
def test_cancer_waits_come_as_quarterly_lines_and_halves_are_kept(ccg: Plan) -> None:
    said = told(*(RAW / "cancer").iterdir())
    assert said["new"] >= 8
    line = Line.objects.get(plan=ccg, reference="E.B.12-RTH")
    assert line.frequency == "quarter"
    row = Reading.objects.get(line=line)
    assert row.period == date(2015, 4, 1)
    assert row.actual_numerator is not None
    assert row.actual_numerator % 1 == Decimal("0.5") or row.actual_denominator % 1 == Decimal("0.5")  # type: ignore[operator]


@needs_raw
def test_a_wrong_source_says_what_the_file_is(ccg: Plan) -> None:
    said = told("--source", "mar", RAW / "dtoc" / "April_15.xls")
    [message] = said["messages"]
    assert "it is “Delayed transfers of care, NHS England”" in message["text"]
    mixed = told(RAW / "dtoc" / "April_15.xls", next((RAW / "beds").iterdir()))
    assert any("Load them apart" in one["text"] for one in mixed["messages"])
    assert (said["batch"], mixed["batch"]) == (None, None)


@needs_raw
def test_a_truncated_publication_among_the_others_loads_nothing(ccg: Plan, tmp_path: Path) -> None:
    good = RAW / "dtoc" / "April_17.xls"
    broken = saved(tmp_path, Upload("May_17.xls", good.read_bytes()[:20_000]))
    before = everything(ccg)
    said = told(good, broken)
    assert (said["batch"], said["refused"]) == (None, 1)
    assert everything(ccg) == before
