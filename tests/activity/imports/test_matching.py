"""Where a published figure belongs in a plan, and what it would change there."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from activity.imports.figures import DelayFigure, Figure
from activity.imports.ground import (
    Aims,
    Effect,
    Ground,
    HeldDelay,
    HeldReading,
    KnownLine,
    KnownMeasure,
    Outcome,
    Preview,
    exact,
)
from activity.imports.matching import aims
from activity.imports.outcomes import effects
from opplan.calc.ratios import Counted, Kind
from opplan.imports.report import Place, Report, Severity
from opplan.plans.queries import Known

CCG, TRUST = 1, 2
WAITS = KnownMeasure(1, "E.B.5", "A&E within 4 hours", "ae.within_four_hours", Kind.PERCENTAGE, "month")
DAYS = KnownMeasure(2, "DTOC.1", "Delayed transfers", "dtoc.days", Kind.AVERAGE, "month")
CANCER = KnownMeasure(3, "E.B.12", "Cancer, 62 days", "cancer.62_day", Kind.PERCENTAGE, "month", Counted.HALVES)
REFERRALS = KnownMeasure(4, "MAR.GPREF", "GP referrals", "mar.gp_referrals_made", Kind.COUNT, "month")
RTT = KnownMeasure(5, "E.B.3", "18 weeks", "rtt.incomplete", Kind.PERCENTAGE, "month")
BEDS = KnownMeasure(6, "KH03.OCC", "Bed occupancy", "beds.occupied", Kind.PERCENTAGE, "quarter", Counted.PARTS)
CODES = {
    one.code: one
    for one in (
        Known("10Q", "own", CCG, "10Q", "Oxfordshire CCG"),
        Known("5QE", "former", CCG, "10Q", "Oxfordshire CCG", "The trust of before."),
        Known("608", "local_authority", CCG, "10Q", "Oxfordshire CCG"),
        Known("E10000025", "local_authority", CCG, "10Q", "Oxfordshire CCG"),
        Known("RTH", "own", TRUST, "RTH", "Oxford University Hospitals"),
        Known("RBF", "former", TRUST, "RTH", "Oxford University Hospitals"),
    )
}
APRIL, MAY = date(2016, 4, 1), date(2016, 5, 1)


def line(measure: KnownMeasure, scope: str = "whole", **kwargs: Any) -> KnownLine:
    provider = TRUST if scope == "provider" else None
    reference = measure.code + ("-RTH" if provider else "")
    values = {
        "key": 10 + measure.key,
        "reference": reference,
        "title": "",
        "specialty": "",
        "frequency": measure.frequency,
    }
    return KnownLine(**({"measure": measure, "scope": scope, "provider": provider} | values | kwargs))


LINES = (line(DAYS), line(WAITS, "provider"), line(REFERRALS, "provider"), line(RTT))


def ground(*lines: KnownLine, closed: Iterable[date] = ()) -> Ground:
    held = lines or LINES
    measures = (WAITS, DAYS, CANCER, REFERRALS, RTT, BEDS)
    return Ground(CCG, CODES, measures, held, {one.reference.upper() for one in held}, frozenset(closed))


def place(cell: str = "H1") -> Place:
    return Place("file.xls", "Sheet", cell)


def figure(organisation: str, feed: str, top: Any, bottom: Any = None, period: date = APRIL, **kwargs: Any) -> Figure:
    numbers = [None if value is None else Decimal(str(value)) for value in (top, bottom)]
    status = kwargs.pop("status", "final" if top is not None else "missing")
    return Figure(organisation, feed, period, *numbers, status, kwargs.pop("place", place()), **kwargs)


def found(*figures: Figure | DelayFigure, on: Ground | None = None) -> tuple[Aims, Report]:
    report = Report()
    return aims(figures, on or ground(), report), report


def skipped(report: Report) -> dict[str, int]:
    return {skip.why: skip.number for skip in report.skips}


def texts(report: Report, severity: Severity) -> list[str]:
    return [message.text for message in report.messages if message.severity is severity]


def held(
    top: Any, bottom: Any = None, *, status: str = "final", planned: bool = True, basis: str = "published"
) -> HeldReading:
    numbers = [None if value is None else Decimal(str(value)) for value in (top, bottom)]
    return HeldReading(*numbers, status, planned, basis, "Entered by Jo" if basis == "entered" else "earlier")


def outcome(one: Figure, was: HeldReading | None, *, closed: Iterable[date] = ()) -> Effect | None:
    on = ground(closed=closed)
    got, report = found(one, on=on)
    [(key, _)] = got.readings.items()
    listed = effects(got, {key: was} if was else {}, {}, on, report)
    return listed[0] if listed else None


def test_a_figure_of_the_commissioner_goes_to_the_whole_line_and_of_a_provider_to_the_provider_s() -> None:
    got, _ = found(figure("10Q", "rtt.incomplete", 90, 100), figure("RTH", "ae.within_four_hours", 8, 10))
    assert set(got.readings) == {("E.B.3", APRIL), ("E.B.5-RTH", APRIL)}


def test_other_codes_of_the_organisation_lead_to_the_same_line_and_the_report_says_so() -> None:
    got, report = found(figure("608", "dtoc.days", 5106, 30), figure("5QE", "rtt.incomplete", 9, 10))
    assert set(got.readings) == {("DTOC.1", APRIL), ("E.B.3", APRIL)}
    assert texts(report, Severity.NOTE) == [
        "608 is taken for 10Q, Oxfordshire CCG.",
        "5QE is read as 10Q, Oxfordshire CCG. The trust of before.",
    ]


def test_a_forerunner_s_figure_gives_way_to_the_organisation_s_own() -> None:
    got, report = found(figure("RBF", "ae.within_four_hours", 1, 2), figure("RTH", "ae.within_four_hours", 8, 10))
    assert got.readings["E.B.5-RTH", APRIL].numerator == 8
    assert skipped(report) == {"figures under RBF of months for which RTH has its own": 1}


def test_a_line_is_proposed_for_a_provider_that_the_plan_names() -> None:
    got, _ = found(figure("RTH", "cancer.62_day", "36.5", 40))
    proposed = got.lines["E.B.12-RTH"]
    assert (proposed.key, proposed.frequency, proposed.scope, proposed.provider) == (None, "quarter", "provider", TRUST)
    assert got.readings["E.B.12-RTH", APRIL].numerator == Decimal("36.5")


def test_no_line_is_proposed_for_figures_that_are_all_nought_or_absent() -> None:
    got, report = found(figure("RTH", "rtt.incomplete", 0, 5), figure("RTH", "rtt.incomplete", None, period=MAY))
    assert not got.readings
    assert skipped(report) == {"figures that are all nought or absent, for which no line is added": 2}


def test_months_and_quarters_never_share_a_line() -> None:
    monthly = line(CANCER, "provider")
    got, _ = found(figure("RTH", "cancer.62_day", 9, 10), on=ground(monthly))
    assert "never mix" in got.readings["E.B.12-RTH", APRIL].refusal
    got, _ = found(figure("RTH", "", 9, 10, period=MAY, measure="KH03.OCC"), on=ground(line(BEDS, "provider")))
    assert "does not open a quarter" in got.readings["KH03.OCC-RTH", MAY].refusal


def test_a_specialty_goes_to_its_line_alone() -> None:
    orthopaedics = line(RTT, "specialty", key=99, reference="RTT-110", specialty="Trauma and Orthopaedics")
    on = ground(line(RTT), orthopaedics)
    got, report = found(
        figure("10Q", "rtt.incomplete", 9, 10, specialty="Trauma & Orthopaedics"),
        figure("10Q", "rtt.incomplete", 9, 10, specialty="Urology"),
        on=on,
    )
    assert set(got.readings) == {("RTT-110", APRIL)}
    assert skipped(report) == {"figures of a specialty or group for which the plan has no line": 1}


def test_a_series_that_no_measure_follows_is_counted() -> None:
    _, report = found(figure("RTH", "mar.elective_planned", 5), figure("RTH", "mar.elective_planned", 6, period=MAY))
    assert skipped(report) == {
        "figures of the series mar.elective_planned, which no measure of the plan's round follows": 2
    }


def test_a_measure_of_a_table_that_the_round_does_not_have_is_named_once() -> None:
    _, report = found(*(figure("10Q", "", 1, 2, period=day, measure="E.X.9") for day in (APRIL, MAY)))
    assert texts(report, Severity.WARNING) == ["“E.X.9” is no measure of the plan's round; its rows are not taken"]
    assert skipped(report) == {"rows of measures that the plan's round does not have": 2}


def test_what_cannot_be_true_is_an_error() -> None:
    for wrong, words in (((11, 10), "would pass 100"), ((5, None), "needs a denominator")):
        got, report = found(figure("RTH", "ae.within_four_hours", *wrong))
        assert got.readings["E.B.5-RTH", APRIL].refusal
        assert words in texts(report, Severity.ERROR)[0]


def test_more_beds_occupied_than_available_is_kept_as_published() -> None:
    got, report = found(figure("RTH", "beds.occupied", 102, 100), on=ground(line(BEDS, "provider")))
    assert not got.readings["KH03.OCC-RTH", APRIL].refusal
    assert not report.errors


def test_nobody_of_nobody_is_not_applicable() -> None:
    got, _ = found(figure("RTH", "ae.within_four_hours", 0, 0))
    assert got.readings["E.B.5-RTH", APRIL].values == (None, None, "not_applicable")


def test_a_count_drops_the_denominator_of_a_published_series() -> None:
    got, _ = found(figure("RTH", "mar.gp_referrals_made", 5, 30))
    assert got.readings["MAR.GPREF-RTH", APRIL].values == (5, None, "final")


def test_two_files_that_agree_count_once_and_the_later_publication_wins() -> None:
    early = figure("608", "dtoc.days", 5106, 30, published=date(2016, 6, 9))
    late = figure("608", "dtoc.days", 5120, 30, published=date(2017, 2, 9), place=place("H2"))
    for order in ((early, late), (late, early)):
        got, report = found(*order)
        assert got.readings["DTOC.1", APRIL].numerator == 5120
        assert "revises that of 9 June 2016" in texts(report, Severity.WARNING)[0]
    got, report = found(early, early)
    assert not report.errors
    assert "is counted once" in texts(report, Severity.NOTE)[-1]


def test_two_files_that_disagree_are_an_error() -> None:
    got, report = found(figure("608", "dtoc.days", 1, 30), figure("608", "dtoc.days", 2, 30))
    assert got.readings["DTOC.1", APRIL].refusal
    assert "Neither says that it is the later publication" in texts(report, Severity.ERROR)[0]


def test_new_changed_and_same() -> None:
    one = figure("608", "dtoc.days", 5106, 30)
    for was, expected in (
        (None, Outcome.NEW),
        (held(None, status=""), Outcome.NEW),
        (held(None, status="missing"), Outcome.NEW),
        (held(5106, 30), Outcome.SAME),
        (held("5106.0000", "30.0000"), Outcome.SAME),
        (held(5107, 30), Outcome.CHANGED),
        (held(5106, 30, status="flex"), Outcome.CHANGED),
    ):
        effect = outcome(one, was)
        assert effect is not None
        assert effect.outcome is expected, was


def test_a_figure_that_a_person_typed_is_changed_openly() -> None:
    effect = outcome(figure("608", "dtoc.days", 5106, 30), held(5000, 30, basis="entered"))
    assert effect is not None
    assert (effect.outcome, effect.entered) == (Outcome.CHANGED, "Entered by Jo")


def test_an_absent_figure_never_takes_the_place_of_one_that_is_held() -> None:
    assert outcome(figure("RTH", "ae.within_four_hours", None), held(8, 10)) is None
    first = outcome(figure("RTH", "ae.within_four_hours", None), None)
    assert first is not None
    assert first.outcome is Outcome.NEW


def test_a_closed_month_keeps_what_it_reported() -> None:
    one = figure("608", "dtoc.days", 5106, 30)
    for was, expected in (
        (held(5107, 30), Outcome.REFUSED),
        (held(None, status="", planned=True), Outcome.REFUSED),
        (held(5106, 30), Outcome.SAME),
        (None, Outcome.NEW),
    ):
        effect = outcome(one, was, closed=[APRIL])
        assert effect is not None
        assert effect.outcome is expected, was
    refused = outcome(one, held(5107, 30), closed=[APRIL])
    assert refused is not None
    assert refused.reason == "April 2016 is closed. Ask the programme office or the finance lead to reopen it."


def delay(organisation: str, reason: str, days: int) -> DelayFigure:
    return DelayFigure(organisation, APRIL, "reason", "", reason, "", Decimal(days), None, place())


def test_delays_are_kept_under_one_code_of_the_authority() -> None:
    got, _ = found(delay("E10000025", "A", 100), delay("608", "B", 5))
    assert set(got.delays) == {("608", APRIL, "reason", "", "", "A"), ("608", APRIL, "reason", "", "", "B")}


def test_delays_of_a_closed_month_may_be_added_and_not_changed() -> None:
    on = ground(closed=[APRIL])
    got, report = found(delay("608", "A", 100), delay("608", "B", 5), on=on)
    was = {("608", APRIL, "reason", "", "", "A"): HeldDelay(Decimal(99), None, "final")}
    assert [one.outcome for one in effects(got, {}, was, on, report)] == [Outcome.REFUSED, Outcome.NEW]


def test_a_category_that_the_file_no_longer_has_is_told() -> None:
    on = ground()
    got, report = found(delay("608", "A", 100), on=on)
    effects(
        got, {}, {("608", APRIL, "reason", "", "", "unmapped: X"): HeldDelay(Decimal(9), None, "final")}, on, report
    )
    assert "“unmapped: X” is held and is not in the file" in texts(report, Severity.WARNING)[0]


def test_the_fingerprint_changes_with_what_is_held() -> None:
    def fingerprint(was: HeldReading | None) -> str:
        effect = outcome(figure("608", "dtoc.days", 5106, 30), was)
        assert effect is not None
        return Preview([effect], [], Report(), 0).fingerprint

    assert fingerprint(held(1, 30)) == fingerprint(held("1.0000", "30.0"))
    assert (
        len({fingerprint(None), fingerprint(held(1, 30)), fingerprint(held(2, 30)), fingerprint(held(5106, 30))}) == 4
    )


def test_figures_are_written_without_a_tail() -> None:
    assert [
        exact(None if value is None else Decimal(value)) for value in (None, "5106.0000", "367.50", "0", "100")
    ] == [
        *(None, "5106", "367.5", "0", "100"),
    ]
