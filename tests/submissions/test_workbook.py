"""The workbook, opened and read: each figure is the query's, each formula says what its value says, and only inputs may be typed."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import pytest
from django.db.models import F
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from activity.queries import line_positions, year_value
from finance.models import Scheme, SchemeMonth
from finance.queries import savings_by_month, savings_requirement, scheme_positions, total_position
from opplan.imports.provenance import Basis
from opplan.plans.models import Plan
from opplan.plans.queries import closed_months, tolerances
from opplan.submissions import dress
from opplan.submissions.layout import FIRST_ROW, Activity, Qipp, cell
from opplan.submissions.monthly.checks import Check, activity_checks, savings_checks
from opplan.submissions.monthly.contents import STATES, Contents
from opplan.submissions.monthly.workbook import write_workbook
from opplan.submissions.queries.monthly import content_hash, contents_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PLANS = ("10Q", "5QE")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def plans(ccg: Plan, pct: Plan) -> dict[str, Plan]:
    return {"10Q": ccg, "5QE": pct}


def near(one: object, other: object) -> bool:
    return isinstance(one, int | float) and abs(float(one) - float(other)) < 1e-9  # type: ignore[arg-type]


def thousand(pounds: Decimal | None) -> object:
    """As a reader of cached values sees it: nothing is an empty text."""
    return "" if pounds is None else float(pounds) / 1000


def same(seen: object, wanted: object) -> bool:
    return seen == "" if wanted in ("", None) else near(seen, wanted)


# Figures ---------------------------------------------------------------------


def test_the_states_are_those_of_a_scheme() -> None:
    """An idea counts for nothing, and has no row."""
    assert list(STATES) == [choice for choice in Scheme.State.choices if choice[0] != "idea"]


@pytest.mark.parametrize("code", PLANS)
def test_the_sheets_are_cover_qipp_activity_and_checks(written, code: str) -> None:
    assert written(code).book.sheetnames == ["Cover", "QIPP", "Activity", "Checks"]


@pytest.mark.parametrize("code", PLANS)
def test_each_scheme_has_a_row_with_its_months_in_thousands(written, plans, code: str) -> None:
    one, plan = written(code), plans[code]
    held = {(row.scheme, row.month): row for row in savings_by_month(plan)}
    upto = plan.month_number
    assert len(one.contents.schemes) == Scheme.objects.filter(plan=plan).count()
    for number, scheme in enumerate(one.contents.schemes):
        at, reference = FIRST_ROW + number, scheme.standing.reference
        assert one.value("QIPP", Qipp.REFERENCE, at) == reference
        for index, month in enumerate(plan.months):
            row = held[reference, month]
            assert same(one.value("QIPP", Qipp.PLAN + index, at), thousand(row.planned_saving))
            actual = row.actual_saving if index < upto else None
            assert same(one.value("QIPP", Qipp.ACTUAL + index, at), thousand(actual))
            assert same(one.value("QIPP", Qipp.FORECAST + index, at), thousand(row.forecast_saving))


@pytest.mark.parametrize("code", PLANS)
def test_the_totals_of_schemes_are_those_of_the_queries(written, plans, code: str) -> None:
    one, plan = written(code), plans[code]
    schemes = scheme_positions(plan, plan.reporting_month, tolerances(plan))
    by_reference = {scheme.reference: scheme for scheme in schemes}
    rows = [
        (FIRST_ROW + n, by_reference[row.standing.reference].position) for n, row in enumerate(one.contents.schemes)
    ]
    rows += [
        (one.contents.qipp.state(n), total_position([scheme for scheme in schemes if scheme.state == state]))
        for n, (state, _) in enumerate(STATES)
    ]
    rows.append((one.contents.qipp.total, total_position(schemes)))
    for at, position in rows:
        assert same(one.value("QIPP", Qipp.PLAN_YEAR, at), thousand(position.planned_year))
        assert same(one.value("QIPP", Qipp.TO_DATE, at), thousand(position.to_date))
        assert same(one.value("QIPP", Qipp.FORECAST_YEAR, at), thousand(position.forecast_year))
        if position.to_date is not None:
            difference = position.to_date - position.planned_reported
            assert same(one.value("QIPP", Qipp.DIFFERENCE, at), thousand(difference))


@pytest.mark.parametrize("code", PLANS)
def test_the_requirement_stands_in_its_four_states(written, plans, code: str) -> None:
    one, plan = written(code), plans[code]
    position = savings_requirement(plan, scheme_positions(plan, plan.reporting_month, tolerances(plan)))
    assert position is not None
    required = position.requirement
    wanted = (required.amount, required.delivered, required.identified, required.earmarked, required.unidentified)
    seen = [one.value("QIPP", Qipp.REQUIREMENT, one.contents.qipp.requirement(number)) for number in range(5)]
    assert all(near(shown, pounds / 1000) for shown, pounds in zip(seen, wanted, strict=True))


def test_the_requirement_of_2016_17_is_that_of_the_paper(written) -> None:
    one = written("10Q")
    place = one.contents.qipp
    assert one.value("QIPP", Qipp.REQUIREMENT, place.requirement(0)) == 22_400
    assert one.value("QIPP", Qipp.REQUIREMENT, place.requirement(4)) == 13_300
    assert one.value("QIPP", Qipp.PLAN_YEAR, place.state(0)) == 7_000
    assert one.value("QIPP", Qipp.PLAN_YEAR, place.state(1)) == 2_100


@pytest.mark.parametrize("code", PLANS)
def test_each_line_has_its_months_and_its_year(written, plans, code: str) -> None:
    one, plan = written(code), plans[code]
    upto = plan.month_number
    positions = {line.reference: line for line in line_positions(plan, plan.reporting_month, tolerances(plan))}
    assert len(one.contents.lines) == len(positions)
    for row, top in zip(one.contents.lines, one.contents.activity.tops, strict=True):
        line = positions[row.standing.reference]
        assert one.value("Activity", Activity.CODE, top) == line.code
        assert one.value("Activity", Activity.LINE, top) == line.reference
        scale = 100 if line.kind == "percentage" else 1
        for index, month in enumerate(line.year):
            actual = month.actual if index < upto else None
            for column, figure in ((Activity.PLAN, month.planned), (Activity.ACTUAL, actual)):
                assert same(one.value("Activity", column + index, top), "" if figure is None else figure / scale)
        for column, figure in (
            (Activity.PLAN_YEAR, year_value(line.year, line.year_rule, planned=True)),
            (Activity.TO_DATE, year_value(line.year[:upto], line.year_rule, planned=False)),
        ):
            assert same(one.value("Activity", column, top), "" if figure is None else figure / scale)


def test_a_percentage_stands_above_its_numerator_and_denominator(written) -> None:
    one = written("10Q")
    number = next(n for n, row in enumerate(one.contents.lines) if row.standing.reference == "E.B.5-RTH")
    top = one.contents.activity.tops[number]
    first = cell(Activity.ACTUAL, top)
    sheet = one.book["Activity"]
    assert [sheet.cell(top + step, Activity.FIGURE + 1).value for step in range(3)] == [
        "Percentage",
        "Numerator",
        "Denominator",
    ]
    assert sheet[first].value == f'=IF(AND(ISNUMBER(X{top + 1}),N(X{top + 2})<>0),X{top + 1}/X{top + 2},"")'
    assert sheet[first].number_format == "0.0%"


# Missing, illustrative -------------------------------------------------------


def test_what_is_not_reported_is_blank_and_nothing_saved_is_nought(written) -> None:
    one = written("10Q")
    at = {row.standing.reference: FIRST_ROW + n for n, row in enumerate(one.contents.schemes)}
    assert one.value("QIPP", Qipp.ACTUAL + 5, at["FN-01"]) == ""
    assert one.book["QIPP"].cell(at["FN-01"], Qipp.ACTUAL + 6).value is None
    assert one.value("QIPP", Qipp.PLAN, at["EL-07"]) == 0


def test_actual_figures_after_the_month_are_left_out(written) -> None:
    one = written("10Q")
    number = next(n for n, row in enumerate(one.contents.lines) if row.standing.reference == "MAR.NEL-RTH")
    top = one.contents.activity.tops[number]
    assert one.contents.lines[number].months[6].actual is not None
    assert one.value("Activity", Activity.ACTUAL + 5, top) != ""
    assert one.value("Activity", Activity.ACTUAL + 6, top) == ""


@pytest.mark.parametrize("code", PLANS)
def test_completeness_counts_what_the_position_counts(written, code: str) -> None:
    contents = written(code).contents
    missing = sum(row.standing.position.missing for row in contents.schemes if row.standing.state != "unidentified")
    assert sum(len(row.missing) for row in contents.schemes) == missing
    last = {row.standing.reference for row in contents.lines if contents.month in row.missing}
    assert last == {row.standing.reference for row in contents.lines if row.standing.judgement.rating == "not_reported"}


def test_the_cover_says_whose_when_and_how_complete(written) -> None:
    one = written("10Q")
    said = {row[0]: row[1] for row in one.values["Cover"] if row[0]}
    assert said["Organisation"] == "NHS Oxfordshire Clinical Commissioning Group (10Q)"
    assert said["Financial year"] == "2016/17"
    assert said["Month reported"] == "September 2016 (month 6)"
    assert said["Version"] == f"Draft, month 6, content {one.contents.content_in_groups}"
    assert said["Savings figures"] == one.contents.savings_reported
    assert said["Activity figures"] == one.contents.activity_reported
    assert near(said["Share reported"], one.contents.reported / one.contents.due)
    assert said["Data last changed"]
    assert "not a template issued by NHS England" in one.values["Cover"][1][0]


def test_illustrative_figures_are_named_so_in_words(written) -> None:
    one = written("10Q")
    at = {row.standing.reference: FIRST_ROW + n for n, row in enumerate(one.contents.schemes)}
    assert one.value("QIPP", Qipp.BASIS, at["PC-03"]) == "illustrative"
    assert one.value("QIPP", Qipp.BASIS, at["UNID"]).startswith("scheme: stated in the plan document")
    assert any("says illustrative" in str(row[0]) for row in one.values["Cover"])


# Formulas, colours, locks ------------------------------------------------------


def cells(one, sheet: str):  # type: ignore[no-untyped-def]
    return (found for row in one.book[sheet].iter_rows() for found in row)


@pytest.mark.parametrize("code", PLANS)
def test_every_formula_carries_its_value(written, code: str) -> None:
    """In a file: a formula is followed by a value of its own, and no value is an error."""
    with zipfile.ZipFile(BytesIO(written(code).content)) as archive:
        for number in range(1, 5):
            sheet = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert "<f>" in sheet
            assert sheet.count("</f><v>") == sheet.count("</f>")
            assert 't="e"' not in sheet


@pytest.mark.parametrize("code", PLANS)
def test_totals_are_sums_and_are_blue(written, code: str) -> None:
    one = written(code)
    place, sheet = one.contents.qipp, one.book["QIPP"]
    last = place.last
    assert sheet.cell(place.total, Qipp.PLAN + 1).value == f'=IF(COUNT(G$7:G${last})=0,"",SUM(G$7:G${last}))'
    assert sheet.cell(FIRST_ROW, Qipp.PLAN_YEAR + 1).value == "=SUM(G7:R7)"
    for found in (*cells(one, "QIPP"), *cells(one, "Activity")):
        if found.data_type == "f":
            assert found.fill.fgColor.rgb == "FF" + dress.WORKED[1:], found.coordinate


@pytest.mark.parametrize("code", PLANS)
def test_only_inputs_are_unlocked_and_pale_yellow(written, plans, code: str) -> None:
    """Actual figures of open months that have come, and forecasts of open months."""
    one, plan = written(code), plans[code]
    shut, upto = closed_months(plan), plan.month_number
    wanted = set()
    for number in range(len(one.contents.schemes)):
        for index, month in enumerate(plan.months):
            if month not in shut:
                wanted.add(("QIPP", cell(Qipp.FORECAST + index, FIRST_ROW + number)))
                if index < upto:
                    wanted.add(("QIPP", cell(Qipp.ACTUAL + index, FIRST_ROW + number)))
    for row, top in zip(one.contents.lines, one.contents.activity.tops, strict=True):
        for at in [top] if row.standing.kind == "count" else [top + 1, top + 2]:
            for index, month in enumerate(plan.months[:upto]):
                if month not in shut:
                    wanted.add(("Activity", cell(Activity.ACTUAL + index, at)))
    unlocked = {
        (name, found.coordinate)
        for name in one.book.sheetnames
        for found in cells(one, name)
        if not found.protection.locked
    }
    # The key of colours on the Cover shows an input's dress.
    assert {place for place in unlocked if place[0] != "Cover"} == wanted
    yellow = {
        (name, found.coordinate)
        for name in ("QIPP", "Activity", "Checks")
        for found in cells(one, name)
        if found.fill.fgColor.rgb == "FF" + dress.INPUT[1:]
    }
    assert yellow == wanted


@pytest.mark.parametrize("name", ["Cover", "QIPP", "Activity", "Checks"])
def test_every_sheet_is_protected(written, name: str) -> None:
    assert written("10Q").book[name].protection.sheet


def test_inputs_take_0_to_100_000_000(written) -> None:
    one = written("10Q")
    for name in ("QIPP", "Activity"):
        limits = one.book[name].data_validations.dataValidation
        assert limits
        for limit in limits:
            assert (limit.type, limit.operator or "between", limit.formula1, limit.formula2) == (
                "decimal",
                "between",
                "0",
                "100000000",
            )
        covered = {found for limit in limits for span in limit.sqref.ranges for found in _cells_of(span)}
        assert {found.coordinate for found in cells(one, name) if not found.protection.locked} <= covered


def _cells_of(span) -> set[str]:  # type: ignore[no-untyped-def]
    return {
        f"{get_column_letter(column)}{row}"
        for row in range(span.min_row, span.max_row + 1)
        for column in range(span.min_col, span.max_col + 1)
    }


def test_headings_stay_put_and_repeat_on_paper(written) -> None:
    book = written("10Q").book
    assert book["QIPP"].freeze_panes == "C7"
    assert book["Activity"].freeze_panes == "C7"
    for name in ("QIPP", "Activity"):
        sheet = book[name]
        assert sheet.print_title_rows == "$5:$6"
        assert sheet.print_title_cols == "$A:$B"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.oddFooter.right.text
    assert [stop.id for stop in book["QIPP"].col_breaks.brk] == [Qipp.ACTUAL, Qipp.FORECAST]
    assert book["Checks"].page_setup.fitToWidth in (None, 1)  # 1 is what the format assumes
    assert book["Checks"].sheet_properties.pageSetUpPr.fitToPage


def test_each_block_has_a_name(written) -> None:
    one = written("10Q")
    names = one.book.defined_names
    assert names["QIPP_plan"].attr_text == f"QIPP!$G$7:$R${one.contents.qipp.last}"
    assert {
        "QIPP_actual",
        "QIPP_forecast",
        "QIPP_requirement",
        "Activity_plan",
        "Activity_actual",
        "Checks_results",
    } <= set(names)


# Checks ------------------------------------------------------------------------


@pytest.mark.parametrize("code", PLANS)
def test_checks_say_what_python_says_and_no_contradiction_is_found(written, code: str) -> None:
    one = written(code)
    for number, check in enumerate(one.contents.checks):
        at = FIRST_ROW + number
        assert one.value("Checks", 1, at) == check.rule.code
        assert one.value("Checks", 3, at) == check.where
        assert one.value("Checks", 8, at) == ("Met" if check.met else "Not met")
        assert one.book["Checks"].cell(at, 9).value.startswith("=IF(")
    assert [check for check in one.contents.not_met if check.rule.severity == "Stop"] == []


def test_a_gap_in_the_requirement_and_a_missing_month_are_warned_of(written) -> None:
    not_met = {(check.rule.code, check.scheme) for check in written("10Q").contents.not_met}
    assert {("Q6", ""), ("Q4", "FN-01"), ("Q4", "LD-01")} <= not_met


def test_a_numerator_above_its_denominator_stops(ccg: Plan) -> None:
    contents = contents_of(ccg, ccg.reporting_month)
    number = next(n for n, row in enumerate(contents.lines) if row.standing.reference == "E.B.5-RTH")
    row = contents.lines[number]
    wrong = replace(row.months[0], actual_numerator=Decimal(20_000), actual_denominator=Decimal(12_000))
    changed = replace(row, months=[wrong, *row.months[1:]])
    lines = [changed if n == number else one for n, one in enumerate(contents.lines)]
    found = [
        check for check in activity_checks(lines, contents.activity, 6) if not check.met and check.rule.code == "A1"
    ]
    assert [(check.line, check.found) for check in found] == [("E.B.5-RTH", 1)]


def not_met(contents: Contents, code: str) -> list[Check]:
    place = contents.qipp
    checks = savings_checks(contents.schemes, contents.total, contents.requirement, place, contents.month_number)
    checks += activity_checks(contents.lines, contents.activity, contents.month_number)
    return [check for check in checks if check.rule.code == code and not check.met]


@pytest.mark.parametrize(
    ("figure", "subject"),
    [
        ("planned_saving", "Planned saving of the year"),
        ("actual_saving", "Saving to date"),
        ("forecast_saving", "Forecast for the year"),
    ],
)
def test_a_month_that_the_board_did_not_add_stops(ccg: Plan, figure: str, subject: str) -> None:
    contents = contents_of(ccg, ccg.reporting_month)
    number = next(n for n, row in enumerate(contents.schemes) if row.standing.reference == "DT-02")
    row = contents.schemes[number]
    at = contents.month_number - 1 if figure == "actual_saving" else 11
    other = replace(row.months[at], **{figure: Decimal(9_000_000)})
    months = [other if n == at else one for n, one in enumerate(row.months)]
    schemes = [replace(row, months=months) if n == number else one for n, one in enumerate(contents.schemes)]
    found = not_met(replace(contents, schemes=schemes), "Q2")
    assert subject in {check.subject for check in found}
    assert all(check.rule.severity == "Stop" and check.found > check.expected for check in found)


def test_plans_that_no_longer_add_to_the_requirement_are_warned_of(ccg: Plan) -> None:
    contents = contents_of(ccg, ccg.reporting_month)
    assert not_met(contents, "Q3") == []
    (before,) = (check for check in contents.checks if check.rule.code == "Q3")
    assert (before.found, before.expected) == (22_400, 22_400)
    SchemeMonth.objects.filter(scheme__plan=ccg, scheme__reference="DT-02", month=ccg.months[0]).update(
        planned_saving=F("planned_saving") + 250_000
    )
    contents = contents_of(ccg, ccg.reporting_month)
    (check,) = not_met(contents, "Q3")
    assert (check.found, check.expected, check.rule.severity) == (22_650, 22_400, "Warn")
    number = contents.checks.index(check)
    book = load_workbook(BytesIO(write_workbook(contents)))
    place = contents.qipp
    assert book["Checks"].cell(FIRST_ROW + number, 6).value == f"=SUM(QIPP!S{place.state(0)}:S{place.state(2)})"


@pytest.mark.parametrize("reference", ["E.B.5-RTH", "MAR.NEL-RTH"])
def test_a_year_that_its_months_do_not_give_stops(ccg: Plan, reference: str) -> None:
    contents = contents_of(ccg, ccg.reporting_month)
    number = next(n for n, row in enumerate(contents.lines) if row.standing.reference == reference)
    row = contents.lines[number]
    months = [replace(row.months[0], planned_numerator=Decimal(1), actual_numerator=Decimal(1)), *row.months[1:]]
    lines = [replace(row, months=months) if n == number else one for n, one in enumerate(contents.lines)]
    found = not_met(replace(contents, lines=lines), "A5")
    assert [(check.line, check.rule.severity) for check in found] == [(reference, "Stop")] * 2
    assert all(check.found < check.expected for check in found)


# Bytes and text ------------------------------------------------------------------


def test_the_same_data_give_the_same_bytes_later(written, ccg: Plan) -> None:
    first = written("10Q").content
    time.sleep(2.1)
    assert write_workbook(contents_of(ccg, ccg.reporting_month)) == first


def test_no_part_of_the_file_is_dated_by_a_clock(written) -> None:
    one = written("10Q")
    with zipfile.ZipFile(BytesIO(one.content)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    changed = one.contents.changed
    assert changed is not None
    assert one.book.properties.created == changed.at.replace(tzinfo=None, microsecond=0)


def test_the_same_contents_give_the_same_bytes_in_other_processes(tmp_path: Path) -> None:
    """Hashes of text differ from one process to the next; the file must not."""
    script = tmp_path / "write.py"
    script.write_text(CONTENTS_OF_NOTHING, encoding="utf-8")
    seen = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        seen.add(subprocess.run([sys.executable, str(script)], env=environment, check=True, capture_output=True).stdout)
    assert len(seen) == 1


CONTENTS_OF_NOTHING = """
import hashlib, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opplan.settings")
import django
django.setup()
from datetime import date
from decimal import Decimal
from opplan.calc.months import financial_year_months
from opplan.calc.savings import NOTHING
from opplan.submissions.monthly.contents import Contents
from opplan.submissions.monthly.workbook import write_workbook
months = financial_year_months(date(2016, 4, 1))
contents = Contents("10Q", "Oxfordshire CCG", "Oxfordshire CCG", "2016-17", "2016/17", "Plan", months[5], months,
    frozenset(months[:5]), [], [NOTHING] * 3, NOTHING, None, [], None, [], "0" * 64)
print(hashlib.sha256(write_workbook(contents)).hexdigest())
"""


def test_a_plan_with_nothing_in_it_still_has_a_workbook(ccg: Plan) -> None:
    bare = Plan.objects.create(organisation=ccg.organisation, year="2030-31", title="Next", round="2016-17")
    book = load_workbook(BytesIO(write_workbook(contents_of(bare, bare.start))))
    assert book["QIPP"]["B7"].value == "This plan has no schemes."
    assert book["Activity"]["B7"].value == "This plan has no lines."


@pytest.mark.parametrize(
    "title", ['=HYPERLINK("http://example.org","x")', "+44 1865", "-5", "@SUM(A1)", "{=1+1}", "http://example.org"]
)
def test_text_that_looks_like_a_formula_stays_text(ccg: Plan, title: str) -> None:
    Scheme.objects.filter(plan=ccg, reference="DT-02").update(title=title, owner=title)
    ccg.organisation.short_name = title
    sheet = load_workbook(BytesIO(write_workbook(contents_of(ccg, ccg.reporting_month))))["QIPP"]
    row = next(row for row in sheet.iter_rows(min_row=FIRST_ROW) if row[0].value == "DT-02")
    for found in (row[Qipp.TITLE], row[Qipp.OWNER]):
        assert (found.data_type, found.value, found.hyperlink) == ("s", title, None)


def test_the_content_code_follows_the_figures_and_nothing_else(ccg: Plan) -> None:
    first = contents_of(ccg, ccg.reporting_month)
    again = contents_of(ccg, ccg.reporting_month)
    scheme = Scheme.objects.get(plan=ccg, reference="DT-02")
    month = scheme.months.get(month=ccg.reporting_month)
    month.actual_saving = (month.actual_saving or Decimal(0)) + 1
    month.save()
    changed = contents_of(ccg, ccg.reporting_month)
    assert first.content == again.content
    assert changed.content != first.content
    assert changed.changed.at > first.changed.at


# Where any text will not do, two that will.
CHOICES = {"state": ("identified", "earmarked"), "direction": ("over", "under")}


def other(name: str, value: object) -> object:
    """Something else of the same kind for a field; None where there is no telling what."""
    if isinstance(value, bool | StrEnum) or name == "rule":
        return None
    if isinstance(value, str):
        choices = CHOICES.get(name) or (tuple(Basis.values[:2]) if name.endswith("basis") else (f"{value} other",))
        return next(choice for choice in choices if choice != value)
    return value + 1 if isinstance(value, int | Decimal) else None


def changes(contents: Contents) -> Iterator[tuple[str, Contents]]:
    """The contents with one name or figure of the plan, its requirement, a scheme, a line, or a month of theirs changed."""

    def varied(thing):  # type: ignore[no-untyped-def]
        for field in fields(thing):
            value = getattr(thing, field.name)
            if is_dataclass(value):
                yield from (
                    (f"{field.name}.{name}", replace(thing, **{field.name: one})) for name, one in varied(value)
                )
            elif other(field.name, value) is not None:
                yield field.name, replace(thing, **{field.name: other(field.name, value)})

    scheme, line = contents.schemes[0], contents.lines[0]
    yield from (
        (name, one) for name, one in varied(replace(contents, changed=None)) if name not in ("content", "changed")
    )
    for row, name in ((scheme, "schemes"), (line, "lines")):
        for field, one in varied(row):
            yield f"{name}.{field}", replace(contents, **{name: [one]})
        for at in (0, 11):
            for field, one in varied(row.months[at]):
                months = [one if n == at else month for n, month in enumerate(row.months)]
                yield f"{name}.{at}.{field}", replace(contents, **{name: [replace(row, months=months)]})
    yield "closed", replace(contents, closed=contents.closed - {min(contents.closed)})


@pytest.mark.parametrize("reference", ["E.B.5-RTH", "MAR.NEL-RTH"])
def test_what_gives_other_bytes_gives_another_code(ccg: Plan, reference: str) -> None:
    whole = contents_of(ccg, ccg.reporting_month)
    few = replace(
        whole,
        schemes=[row for row in whole.schemes if row.standing.reference == "DT-02"],
        lines=[row for row in whole.lines if row.standing.reference == reference],
        checks=whole.checks[:1],
        changed=None,
    )
    code, content = content_hash(few), write_workbook(few)
    tried, missed = set(), []
    for name, one in changes(few):
        tried.add(name)
        if content_hash(one) == code and write_workbook(one) != content:
            missed.append(name)
    assert missed == []
    assert {
        "requirement.source",
        "lines.standing.short_name",
        "lines.numerator",
        "schemes.standing.owner",
        "closed",
    } <= tried


def test_other_names_and_reopened_months_give_another_code(ccg: Plan) -> None:
    few = contents_of(ccg, ccg.reporting_month)
    wanted = {"requirement.source", "lines.standing.short_name", "lines.numerator", "closed"}
    found = {name: content_hash(one) for name, one in changes(few) if name in wanted}
    assert set(found) == wanted
    assert len({few.content, *found.values()}) == 5
