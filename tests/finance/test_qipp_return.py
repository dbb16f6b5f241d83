"""The national QIPP return: 53 columns out, the same back, and whatever is wrong with a file changes nothing."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from finance.actions.qipp_return import ReturnRefused, load_return, preview_batch, preview_return, undo_return
from finance.imports.qipp_preview import Preview, preview_of
from finance.imports.qipp_return import kept, read_return, unpacked
from finance.models import RatingOverride, Scheme, SchemeMonth
from finance.presenters.qipp_return import as_csv, as_workbook
from finance.queries.qipp_return import layout, qipp_return
from opplan.accounts.models import User
from opplan.imports.actions import Upload
from opplan.imports.models import Batch
from opplan.imports.report import Report
from opplan.imports.rows import UndoRefused
from opplan.plans.actions import close_month
from opplan.plans.models import Plan
from opplan.web.tables import own_text, safe_text

pytestmark = pytest.mark.django_db

D = Decimal
PAGE = "/10Q/2016-17/finance/return/"
# Each example writes to the database and reads a workbook in another process: a failing one is not made smaller for minutes.
QUICK = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FIGURES = ("planned_saving", "actual_saving", "forecast_saving")


def rows_of(plan: Plan) -> list[list[str]]:
    """The return as the cells of its CSV, its headings first."""
    return list(csv.reader(io.StringIO(as_csv(qipp_return(plan)).removeprefix("\ufeff"))))


def as_file(rows: list[list[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


def read(plan: Plan, content: bytes, name: str = "return.csv") -> Preview:
    report = Report([name])
    return preview_of(plan, read_return(plan, name, content, report), report)


def stored(plan: Plan) -> list[Any]:
    """Everything that a return could touch."""
    return [
        list(Scheme.objects.filter(plan=plan).order_by("pk").values()),
        list(SchemeMonth.objects.filter(scheme__plan=plan).order_by("pk").values()),
    ]


def column(rows: list[list[str]], heading: str) -> int:
    return rows[0].index(heading)


def row_of(rows: list[list[str]], reference: str) -> list[str]:
    return next(row for row in rows if row[0] == f"10Q-{reference}")


@pytest.fixture
def by(person: Callable[[str], User]) -> User:
    return person("finance_lead")


def brought_in(plan: Plan, rows: list[list[str]], by: User) -> Batch:
    return preview_return(plan, Upload("return.csv", as_file(rows)), by=by)


def loaded(plan: Plan, rows: list[list[str]], by: User) -> Batch:
    batch = brought_in(plan, rows, by)
    load_return(batch, seen=preview_batch(batch).fingerprint, by=by, why="The return of the month")
    batch.refresh_from_db()
    return batch


class TestTheLayout:
    def test_it_has_the_fifty_three_columns_in_their_order(self, ccg: Plan) -> None:
        heads = rows_of(ccg)[0]
        assert len(heads) == 53
        assert heads[:3] == ["UniqueID", "", "CCG EFFICIENCY PLANS"]
        assert heads[10:14] == [f"TOTAL QIPP - YTD - {name}" for name in ("Plan", "Actual", "Variance", "% Achieved")]
        assert heads[27:29] == ["Month 1 - Plan", "Month 1 - Actual"]
        assert heads[-1] == "VALIDATIONS"

    def test_months_to_the_one_reported_are_actuals_and_from_then_on_forecasts(self, ccg: Plan) -> None:
        heads = rows_of(ccg)[0]
        assert ccg.month_number == 6
        assert "Month 5 - Actual" in heads
        assert "In-Month Actual - Month 6 - Actual" in heads
        assert "In-Month Forecast - Month 7 - Actual" in heads

    def test_a_scheme_is_a_row_headings_have_no_id_and_the_last_is_what_is_unidentified(self, ccg: Plan) -> None:
        rows = rows_of(ccg)
        assert len([row for row in rows[1:] if row[0]]) == Scheme.objects.filter(plan=ccg).count()
        assert [row[2] for row in rows[1:] if not row[0]] == ["Identified schemes", "Earmarked schemes", "Unidentified"]
        assert rows[-1][0] == "10Q-UNID"
        assert rows[-1][2] == "TOTAL Unidentified"
        assert row_of(rows, "UC-01")[column(rows, "TOTAL QIPP - Forecast - Plan")] == "1240"

    def test_the_workbook_says_the_same_and_its_formulas_carry_their_values(self, ccg: Plan) -> None:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook(qipp_return(ccg)))).get_sheet_by_name("CCG QIPP")
        cells = sheet.to_python(skip_empty_area=False)
        top = layout().heading_row - 1
        rows = rows_of(ccg)
        assert cells[top] == rows[0]
        for found, wanted in zip(cells[top + 1 :], rows[1:], strict=True):
            for at, (one, other) in enumerate(zip(found, wanted, strict=True)):
                if "Achieved" in rows[0][at] and other:
                    assert one == pytest.approx(float(other), abs=0.0001)
                else:
                    assert one == (float(other) if isinstance(one, float) else other)

    def test_the_plan_is_read_in_a_fixed_number_of_queries(
        self, ccg: Plan, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        with django_assert_max_num_queries(8):
            qipp_return(ccg)


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30) | st.sampled_from(
    [
        "=1+1",
        "'=1+1",
        "''@x",
        "-5",
        "+44",
        "@SUM(A1)",
        ' "quoted", ',
        "a,b;c\td",
        "two\nlines",
        "№ 7 — Ünïcödé",
        "_x0041_ and _x000D_",
        "&amp; <b>",
        "'s-Hertogenbosch",
    ]
)
MONEY = st.none() | st.decimals(D("-999999999"), D("999999999"), places=2) | st.just(D(0))


@st.composite
def schemes(draw: st.DrawFn) -> dict[str, Any]:
    """A scheme as anybody might have filled it, with three months of figures."""
    return {
        "title": (draw(WORDS) or "x").strip() or "x",
        "area_of_spend": draw(WORDS),
        "part_of_spend": draw(WORDS),
        "category": draw(WORDS),
        "mitigation": draw(WORDS),
        "narrative": draw(WORDS),
        "national": draw(st.sampled_from([None, True, False])),
        "rightcare": draw(st.sampled_from([None, True, False])),
        "kind": draw(st.sampled_from(["", "transactional", "transformational"])),
        "slippage": draw(st.sampled_from(["", "low", "medium", "high"])),
        "recurrent": draw(st.sampled_from([None, True, False])),
        "months": {month: {name: draw(MONEY) for name in FIGURES} for month in (6, 7, 12)},
    }


def fill(plan: Plan, drawn: list[dict[str, Any]]) -> None:
    """Put drawn schemes in the place of the plan's."""
    Scheme.objects.filter(plan=plan).delete()
    for number, one in enumerate(drawn):
        facts = {name: value for name, value in one.items() if name != "months"}
        row = Scheme.objects.create(plan=plan, reference=f"S-{number}", state="identified", stage="identified", **facts)
        for month, figures in one["months"].items():
            SchemeMonth.objects.create(scheme=row, month=plan.months[month - 1], **figures)


class TestRoundTrip:
    @pytest.mark.parametrize("name", ["10Q", "5QE"])
    def test_both_oxfordshire_plans_come_back_as_they_went(self, name: str) -> None:
        plan = Plan.objects.select_related("organisation").get(organisation__code=name)
        found = qipp_return(plan)
        for file, content in (("r.xlsx", as_workbook(found)), ("r.csv", as_csv(found).encode())):
            preview = read(plan, content, file)
            assert preview.report.errors == []
            assert (preview.cells, preview.new) == ([], [])
            assert preview.same > 20

    @settings(parent=QUICK, max_examples=8)
    @given(drawn=st.lists(schemes(), min_size=1, max_size=3))
    def test_out_and_in_again_changes_nothing(self, ccg: Plan, drawn: list[dict[str, Any]]) -> None:
        with transaction.atomic():
            fill(ccg, drawn)
            found = qipp_return(ccg)
            for file, content in (("r.xlsx", as_workbook(found)), ("r.csv", as_csv(found).encode())):
                preview = read(ccg, content, file)
                assert [one.text for one in preview.report.errors] == []
                assert [(one.column.key, one.was, one.will) for one in preview.cells] == []
            transaction.set_rollback(True)

    @settings(parent=QUICK, max_examples=6)
    @given(drawn=schemes(), other=schemes())
    def test_what_was_changed_in_the_file_and_nothing_else_is_stored(
        self, ccg: Plan, by: User, drawn: dict[str, Any], other: dict[str, Any]
    ) -> None:
        with transaction.atomic():
            fill(ccg, [other])
            wanted = as_workbook(qipp_return(ccg))
            fill(ccg, [drawn])
            before = Scheme.objects.get(plan=ccg)
            batch = preview_return(ccg, Upload("r.xlsx", wanted), by=by)
            preview = preview_batch(batch)
            if preview.cells:
                load_return(batch, seen=preview.fingerprint, by=by, why="Changed in Excel")
            row = Scheme.objects.get(plan=ccg)
            for name in ("title", "area_of_spend", "category", "mitigation", "narrative"):
                assert getattr(row, name).strip() == other[name].strip()
            for name in ("national", "rightcare", "kind", "slippage"):
                assert getattr(row, name) == other[name]
            assert (row.pk, row.recurrent, row.stage) == (before.pk, before.recurrent, before.stage)
            held = {one.month: one for one in SchemeMonth.objects.filter(scheme=row)}
            for month, figures in other["months"].items():
                there = held[ccg.months[month - 1]]
                mine, theirs = (
                    ("actual_saving", "forecast_saving") if month <= 6 else ("forecast_saving", "actual_saving")
                )
                assert there.planned_saving == figures["planned_saving"]
                assert getattr(there, mine) == figures[mine]
                assert getattr(there, theirs) == drawn["months"][month][theirs]
            transaction.set_rollback(True)

    @settings(deadline=None)
    @given(st.text(max_size=20) | st.sampled_from(["=1", "'=1", "' =1", " =1", "'", "''", "-", "'-"]))
    def test_text_made_safe_for_a_spreadsheet_is_given_back(self, text: str) -> None:
        assert own_text(safe_text(text)) == text

    def test_what_is_kept_between_preview_and_loading_is_what_was_read(self, ccg: Plan) -> None:
        report = Report(["r"])
        rows = read_return(ccg, "r.csv", as_csv(qipp_return(ccg)).encode(), report)
        assert unpacked(json.loads(json.dumps(kept(rows)))) == rows


class TestLoading:
    def changed(self, plan: Plan) -> list[list[str]]:
        """A return with a new narrative, September's actual and March's forecast of UC-01."""
        rows = rows_of(plan)
        mine = row_of(rows, "UC-01")
        mine[column(rows, "CCG Narrative")] = "Beds opened late"
        mine[column(rows, "In-Month Actual - Month 6 - Actual")] = "98.76543"
        mine[column(rows, "In-Month Forecast - Month 12 - Actual")] = "0"
        return rows

    def test_exactly_what_was_changed_is_stored_with_who_and_why(self, ccg: Plan, by: User) -> None:
        owner, price = Scheme.objects.filter(plan=ccg, reference="UC-01").values_list("owner", "full_year_effect")[0]
        batch = loaded(ccg, self.changed(ccg), by)
        row = Scheme.objects.get(plan=ccg, reference="UC-01")
        assert (row.narrative, row.owner, row.full_year_effect) == ("Beds opened late", owner, price)
        september = SchemeMonth.objects.get(scheme=row, month=date(2016, 9, 1))
        assert september.actual_saving == D("98765.43")
        assert SchemeMonth.objects.get(scheme=row, month=date(2017, 3, 1)).forecast_saving == 0
        entry = september.history.latest()
        assert (entry.history_user, entry.history_change_reason) == (
            by,
            f"{batch}, National QIPP return: The return of the month",
        )
        assert (batch.state, batch.changed, batch.new, batch.applied_by) == ("applied", 3, 0, by)

    def test_a_scheme_that_the_plan_does_not_have_is_added_as_identified(self, ccg: Plan, by: User) -> None:
        rows = rows_of(ccg)
        new = [""] * 53
        new[0], new[2], new[27] = "10Q-NW-01", "=New, “scheme”", "12.5"
        loaded(ccg, self.open_april(ccg, [*rows, new]), by)
        row = Scheme.objects.get(plan=ccg, reference="NW-01")
        assert (row.title, row.state, row.stage, row.basis) == ("=New, “scheme”", "identified", "identified", "entered")
        assert [one.planned_saving for one in row.months.all()] == [12_500]

    def open_april(self, plan: Plan, rows: list[list[str]]) -> list[list[str]]:
        plan.closed_months.all().delete()
        return rows

    def test_undoing_gives_back_every_row_and_takes_the_new_one_away(self, ccg: Plan, by: User) -> None:
        before = stored(ccg)
        new = [""] * 53
        new[0], new[2], new[51 - 2] = "10Q-NW-01", "New scheme", "5"
        batch = loaded(ccg, [*self.changed(ccg), new], by)
        assert stored(ccg) != before
        assert undo_return(batch, by=by, why="Wrong file") == 5
        assert stored(ccg) == before
        batch.refresh_from_db()
        assert (batch.state, batch.undone_by, batch.undone_why) == ("undone", by, "Wrong file")

    def test_what_somebody_has_changed_since_is_not_undone(self, ccg: Plan, by: User) -> None:
        batch = loaded(ccg, self.changed(ccg), by)
        SchemeMonth.objects.filter(scheme__plan=ccg, scheme__reference="UC-01", month=date(2016, 9, 1)).update(actual_saving=1)  # fmt: skip
        now = stored(ccg)
        with pytest.raises(UndoRefused, match="UC-01 changed after it was loaded"):
            undo_return(batch, by=by, why="Wrong file")
        assert stored(ccg) == now

    def test_a_new_scheme_that_people_have_built_upon_is_not_taken_away(self, ccg: Plan, by: User) -> None:
        new = [""] * 53
        new[0], new[2] = "10Q-NW-01", "New scheme"
        batch = loaded(ccg, [*rows_of(ccg), new], by)
        RatingOverride.objects.create(
            scheme=Scheme.objects.get(plan=ccg, reference="NW-01"),
            rating="green",
            reason="x",
            since=date(2016, 9, 1),
            until=date(2017, 1, 1),
        )
        with pytest.raises(UndoRefused, match="Something has been added"):
            undo_return(batch, by=by, why="Wrong file")
        assert Scheme.objects.filter(plan=ccg, reference="NW-01").exists()

    def test_a_month_closed_since_is_not_undone(self, ccg: Plan, by: User) -> None:
        batch = loaded(ccg, self.changed(ccg), by)
        close_month(ccg, date(2016, 9, 1), by=by)
        with pytest.raises(UndoRefused, match="September 2016 is closed"):
            undo_return(batch, by=by, why="Wrong file")

    def test_a_plan_that_moved_on_since_the_preview_is_looked_at_again(self, ccg: Plan, by: User) -> None:
        batch = brought_in(ccg, self.changed(ccg), by)
        seen = preview_batch(batch).fingerprint
        SchemeMonth.objects.filter(scheme__plan=ccg, scheme__reference="UC-01", month=date(2016, 9, 1)).update(actual_saving=1)  # fmt: skip
        now = stored(ccg)
        with pytest.raises(ReturnRefused, match="has changed since the preview"):
            load_return(batch, seen=seen, by=by, why="x")
        assert stored(ccg) == now

    def test_a_reason_is_asked_for(self, ccg: Plan, by: User) -> None:
        batch = brought_in(ccg, self.changed(ccg), by)
        with pytest.raises(ReturnRefused, match="Say why"):
            load_return(batch, seen=preview_batch(batch).fingerprint, by=by, why=" ")

    def test_what_the_file_leaves_out_stays(self, ccg: Plan, by: User) -> None:
        rows = self.changed(ccg)
        narrow = [
            [row[0], row[2], row[column(rows, "CCG Narrative")], *row[27:51]]
            for row in (rows[0], row_of(rows, "UC-01"))
        ]
        loaded(ccg, narrow, by)
        assert Scheme.objects.get(plan=ccg, reference="UC-01").narrative == "Beds opened late"
        assert Scheme.objects.get(plan=ccg, reference="UC-01").kind == "transformational"


class TestBadFiles:
    def refused(self, plan: Plan, content: bytes, name: str = "return.csv") -> list[tuple[str, str]]:
        """What is said of a file that must change nothing: the cell and the words."""
        before = stored(plan)
        preview = read(plan, content, name)
        assert preview.report.errors
        assert stored(plan) == before
        return [(one.cell, one.text) for one in preview.report.errors]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is empty"),
            (b"\x00\x01\x02junk\xff" * 50, "neither a workbook nor text"),
            (b"%PDF-1.4 and so on", "is a PDF document"),
            (b"<html><table>", "is a web page"),
            (b"a,b,c\n1,2,3\n", "has the headings of the return"),
        ],
    )
    def test_junk_is_told_for_what_it_is(self, ccg: Plan, content: bytes, said: str) -> None:
        [(_, text)] = self.refused(ccg, content)
        assert said in text

    def test_a_truncated_workbook_is_damaged(self, ccg: Plan) -> None:
        whole = as_workbook(qipp_return(ccg))
        [(_, text)] = self.refused(ccg, whole[: len(whole) // 2], "r.xlsx")
        assert "cut off or damaged" in text

    def test_another_workbook_has_not_the_sheet(self, ccg: Plan) -> None:
        stream = io.BytesIO()
        with Workbook(stream, {"in_memory": True}) as book:
            book.add_worksheet("Budget").write_string(0, 0, "UniqueID")
        [(_, text)] = self.refused(ccg, stream.getvalue(), "r.xlsx")
        assert "“Budget”" in text

    @pytest.mark.parametrize(
        ("heading", "value", "said"),
        [
            ("CCG EFFICIENCY PLANS", "x" * 500, "at most 200 characters; this has 500"),
            ("CCG EFFICIENCY PLANS", "", "would lose its name"),
            ("In-Month Actual - Month 6 - Actual", "4l.5", "did you mean 41.5"),
            ("In-Month Actual - Month 6 - Actual", "1e308", "is not a number"),
            ("In-Month Actual - Month 6 - Actual", "9" * 400, "too long to be a figure"),
            ("In-Month Forecast - Month 7 - Actual", "1000000000", "too large"),
            ("Month 5 - Actual", "3", "August 2016 is closed"),
            ("Month 5 - Plan", "3", "August 2016 is closed"),
            ("Transactional / Transformational", "Both", "is none of Transactional and Transformational"),
            ("Risk of Slippage", "Extreme", "is none of Low, Medium and High"),
            ("Scheme Part of RightCare?", "Maybe", "is none of Yes and No"),
        ],
    )
    def test_a_wrong_cell_is_named_with_its_value_and_what_to_do(
        self, ccg: Plan, heading: str, value: str, said: str
    ) -> None:
        rows = rows_of(ccg)
        row_of(rows, "UC-01")[column(rows, heading)] = value
        [(cell, text)] = self.refused(ccg, as_file(rows))
        assert said in text
        assert cell == f"row {rows.index(row_of(rows, 'UC-01')) + 1}, column {heading}"

    def test_a_workbooks_wrong_cell_is_named_by_its_address(self, ccg: Plan) -> None:
        stream = io.BytesIO()
        rows = rows_of(ccg)
        with Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet("CCG QIPP")
            for at, row in enumerate((rows[0], row_of(rows, "UC-01"))):
                sheet.write_row(at, 0, row)
            sheet.write_number(1, column(rows, "In-Month Forecast - Month 7 - Actual"), 1e308)
            sheet.write_boolean(1, column(rows, "In-Month Forecast - Month 8 - Actual"), True)
        found = self.refused(ccg, stream.getvalue(), "r.xlsx")
        assert [cell for cell, _ in found] == ["AO2", "AQ2"]
        assert "1e+308 is too large" in found[0][1]

    def test_a_month_outside_the_year_is_refused(self, ccg: Plan) -> None:
        rows = rows_of(ccg)
        rows[0][column(rows, "Month 12 - Plan")] = "Month 13 - Plan"
        [(cell, text)] = self.refused(ccg, as_file(rows))
        assert "there is no month 13" in text
        assert cell.startswith("row 1, column Month 13")

    def test_an_actual_of_a_month_that_has_not_come_is_refused(self, ccg: Plan) -> None:
        rows = rows_of(ccg)
        rows[0][column(rows, "In-Month Forecast - Month 7 - Actual")] = "Month 7 - Actual"
        assert any("October 2016 has not come" in text for _, text in self.refused(ccg, as_file(rows)))

    def test_a_scheme_that_is_there_twice_is_refused_at_its_second_row(self, ccg: Plan) -> None:
        rows = rows_of(ccg)
        rows.append(list(row_of(rows, "UC-01")))
        [(cell, text)] = self.refused(ccg, as_file(rows))
        assert cell == f"row {len(rows)}, column UniqueID" or cell == f"row {len(rows)}"
        assert "10Q-UC-01 is in" in text

    def test_a_column_that_is_there_twice_is_refused(self, ccg: Plan) -> None:
        rows = rows_of(ccg)
        rows[0][column(rows, "Month 12 - Plan")] = "Month 11 - Plan"
        assert any("is there twice" in text for _, text in self.refused(ccg, as_file(rows)))

    def test_another_commissioners_scheme_is_refused(self, ccg: Plan, pct: Plan) -> None:
        rows = rows_of(ccg)
        row_of(rows, "UC-01")[0] = "5QE-UC-01"
        [(_, text)] = self.refused(ccg, as_file(rows))
        assert "begins with 5QE, but this plan is of 10Q" in text
        assert self.refused(ccg, as_csv(qipp_return(pct)).encode())

    def test_an_actual_of_what_has_no_scheme_is_refused(self, ccg: Plan) -> None:
        rows = rows_of(ccg)
        row_of(rows, "UNID")[column(rows, "In-Month Actual - Month 6 - Actual")] = "1"
        [(_, text)] = self.refused(ccg, as_file(rows))
        assert "cannot have an actual" in text

    def test_one_wrong_cell_keeps_the_right_ones_out_too(self, ccg: Plan, by: User) -> None:
        rows = rows_of(ccg)
        row_of(rows, "UC-01")[column(rows, "CCG Narrative")] = "Fine"
        row_of(rows, "UC-05")[column(rows, "Month 12 - Plan")] = "many"
        before = stored(ccg)
        batch = brought_in(ccg, rows, by)
        with pytest.raises(ReturnRefused, match="errors in the return"):
            load_return(batch, seen=preview_batch(batch).fingerprint, by=by, why="x")
        assert stored(ccg) == before


class TestPages:
    def upload(self, client: Client, content: bytes, name: str = "return.csv") -> Any:
        return client.post(PAGE, {"given": SimpleUploadedFile(name, content)})

    def test_a_finance_lead_takes_it_out_changes_it_brings_it_in_and_undoes_it(
        self, ccg: Plan, sign_in: Callable[[str], Client]
    ) -> None:
        client = sign_in("finance_lead")
        assert client.get(PAGE, {"download": "xlsx"})["Content-Disposition"].endswith('return-month-6.xlsx"')
        rows = list(csv.reader(io.StringIO(client.get(PAGE, {"download": "csv"}).content.decode("utf-8-sig"))))
        row_of(rows, "UC-01")[column(rows, "CCG Narrative")] = "=HYPERLINK(1)"
        answer = self.upload(client, as_file(rows))
        assert answer.status_code == 302
        page = client.get(answer["Location"])
        text = page.content.decode()
        assert "1 cell of 1 scheme would change" in text
        assert "=HYPERLINK(1)" in text
        form = {"do": "load", "seen": page.context["load"].initial["seen"]}
        assert client.post(answer["Location"], form).status_code == 422
        assert client.post(answer["Location"], {**form, "why": "Month 6"}).status_code == 302
        assert Scheme.objects.get(plan=ccg, reference="UC-01").narrative == "=HYPERLINK(1)"
        assert "Loaded: 1 cell" in client.get(answer["Location"]).content.decode()
        assert client.post(answer["Location"], {"do": "undo", "why": "Trial"}).status_code == 302
        assert Scheme.objects.get(plan=ccg, reference="UC-01").narrative == ""
        assert "return.csv" in client.get(PAGE).content.decode()

    def test_a_return_of_a_hundred_new_schemes_is_one_small_page_and_all_of_it_a_download(
        self, ccg: Plan, sign_in: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        client, rows = sign_in("finance_lead"), rows_of(ccg)
        for number in range(100):
            new = [""] * 53
            new[0], new[2], new[41], new[43] = f"10Q-NW-{number}", f"Scheme {number}", "10", "20"
            rows.append(new)
        page = self.upload(client, as_file(rows))["Location"]
        with django_assert_max_num_queries(14):
            answer = client.get(page)
        assert len(answer.content) < 100_000
        assert "300 cells of 100 schemes would change, 100 of them new" in answer.content.decode()
        assert len(client.get(page, {"download": "csv"}).content.decode().splitlines()) == 301
        seen = answer.context["load"].initial["seen"]
        with django_assert_max_num_queries(60):
            assert client.post(page, {"do": "load", "seen": seen, "why": "Trial"}).status_code == 302
        assert Scheme.objects.filter(plan=ccg).count() == 115
        assert client.post(page, {"do": "undo", "why": "Trial"}).status_code == 302
        assert Scheme.objects.filter(plan=ccg).count() == 15

    def test_errors_are_shown_with_their_cells_and_the_button_is_not(
        self, ccg: Plan, sign_in: Callable[[str], Client]
    ) -> None:
        client, rows = sign_in("programme_office"), rows_of(ccg)
        row_of(rows, "UC-01")[column(rows, "Month 12 - Plan")] = "<b>many</b>"
        page = client.get(self.upload(client, as_file(rows))["Location"]).content.decode()
        assert "Nothing can be loaded: 1 error in the return" in page
        assert "&lt;b&gt;many&lt;/b&gt;" in page
        assert "column Month 12 - Plan" in page
        assert 'value="load"' not in page
        assert 'value="discard"' in page

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "analyst", "accountable_officer"])
    def test_who_may_not_change_plan_and_actuals_reads_and_brings_nothing_in(
        self, ccg: Plan, by: User, sign_in: Callable[[str], Client], role: str
    ) -> None:
        batch = brought_in(ccg, TestLoading().changed(ccg), by)
        client = sign_in(role)
        assert "Bring one in" not in client.get(PAGE).content.decode()
        assert self.upload(client, as_file(rows_of(ccg))).status_code == 404
        page = f"{PAGE}{batch.pk}/"
        assert 'value="load"' not in client.get(page).content.decode()
        for what in ("load", "discard", "undo"):
            assert client.post(page, {"do": what, "why": "x", "seen": "x"}).status_code == 404

    def test_another_plans_import_is_not_found(self, ccg: Plan, by: User, sign_in: Callable[[str], Client]) -> None:
        batch = brought_in(ccg, rows_of(ccg), by)
        assert sign_in("finance_lead").get(f"/5QE/2010-11/finance/return/{batch.pk}/").status_code == 404
        assert sign_in("finance_lead").get(f"/10Q/2016-17/activity/imports/{batch.pk}/").status_code == 404
        assert "return.csv" not in sign_in("viewer").get("/10Q/2016-17/activity/imports/").content.decode()

    @pytest.mark.parametrize("content", [b"\x00junk", b"a,b\n1,2\n", b"%PDF-1.4"])
    def test_what_is_no_return_is_refused_beside_the_box_and_not_kept(
        self, ccg: Plan, sign_in: Callable[[str], Client], content: bytes
    ) -> None:
        before = stored(ccg)
        answer = self.upload(sign_in("finance_lead"), content)
        assert answer.status_code == 422
        assert "Nothing was loaded" in answer.content.decode()
        assert not Batch.objects.filter(source="qipp_return").exists()
        assert stored(ccg) == before

    def test_no_file_is_asked_for_in_our_words(self, sign_in: Callable[[str], Client]) -> None:
        answer = sign_in("finance_lead").post(PAGE, {})
        assert answer.status_code == 422
        assert "Choose the file." in answer.content.decode()


class TestCommands:
    def test_out_to_a_file_and_in_again(self, ccg: Plan, by: User, tmp_path: Path) -> None:
        file, out = tmp_path / "r.csv", io.StringIO()
        call_command("qipp_return", organisation="10Q", year="2016-17", output=file, verbosity=0)
        call_command("import_qipp_return", file, organisation="10Q", year="2016-17", json=True, stdout=out)
        assert json.loads(out.getvalue())["changed"] == 0
        rows = TestLoading().changed(ccg)
        file.write_bytes(as_file(rows))
        options = {"organisation": "10Q", "year": "2016-17", "json": True, "verbosity": 0}
        out = io.StringIO()
        call_command("import_qipp_return", file, **options, stdout=out)
        assert (json.loads(out.getvalue())["changed"], Batch.objects.filter(source="qipp_return").count()) == (3, 0)
        with pytest.raises(CommandError, match="Give --by"):
            call_command("import_qipp_return", file, **options, apply=True)
        call_command(
            "import_qipp_return", file, **options, apply=True, by=by.email, why="Month 6", stdout=io.StringIO()
        )
        assert Scheme.objects.get(plan=ccg, reference="UC-01").narrative == "Beds opened late"

    def test_a_bad_file_ends_the_command_and_changes_nothing(self, ccg: Plan, tmp_path: Path) -> None:
        file, before = tmp_path / "r.csv", stored(ccg)
        file.write_bytes(b"a,b\n1,2\n")
        with pytest.raises(CommandError, match="1 error in the return"):
            call_command("import_qipp_return", file, organisation="10Q", year="2016-17", stdout=io.StringIO())
        assert stored(ccg) == before
