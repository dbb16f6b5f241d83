"""A line's series on the page: the sentence, the icons, the rows and the rule that fired."""

import re
from datetime import date
from decimal import Decimal

import plotly.graph_objects as graph_objects
from django.template.loader import render_to_string

from activity.presenters.spc import spc_section
from activity.queries import SpcSettings, Variation, spc_reading
from opplan.calc.months import months_from, run_of_months
from opplan.calc.rag import Direction, Rating
from opplan.calc.ratios import Kind
from opplan.calc.spc import Assurance, PointType
from opplan.web.variation import marks_of

D = Decimal
START = date(2013, 10, 1)
# Delayed transfers of care, average beds a day, October 2013 to September 2016.
BEDS = [155.4, 139.5, 143.4, 147.2, 153.7, 132.8, 120.8, 113.0, 122.8, 128.8, 155.1, 143.2, 145.8, 132.7, 149.5, 204.6,
        167.5, 162.4, 170.2, 170.1, 153.6, 180.4, 166.9, 171.7, 174.5, 177.9, 135.6, 152.6, 143.6, 151.0, 127.1, 121.6,
        113.1, 114.6, 128.5, 140.3]  # fmt: skip
DELAYED = [(month, D(str(value))) for month, value in zip(run_of_months(START, 36), BEDS, strict=True)]
YEAR = months_from(date(2016, 4, 1), date(2017, 3, 1))
TRAJECTORY = [
    (month, D(value)) for month, value in zip(YEAR, [130, 124, 118, 112, 106, 100, 95, 90, 86, 82, 75, 68], strict=True)
]
REBASED = {date(2015, 12, 1): "150 patients moved to care homes"}
SETTINGS = SpcSettings(Direction.UNDER, D(68), REBASED)


def read(readings, settings):
    return Variation(settings, readings, spc_reading(readings, settings))


def beds(readings=DELAYED, settings=SETTINGS, **options):
    return spc_section(
        read(readings, settings),
        **{"kind": Kind.AVERAGE, "unit": "beds a day", "scope": "Oxfordshire residents", **options},
    )


def shares(values, target="95", direction=Direction.OVER, **options):
    readings = list(zip(run_of_months(START, len(values)), [D(str(value)) for value in values], strict=True))
    return spc_section(
        read(readings, SpcSettings(direction, D(target))), kind=Kind.PERCENTAGE, unit="per cent", **options
    )


class TestDelayedTransfers:
    def test_rating_and_variation_disagree_and_the_section_says_so(self):
        section = beds(rating=Rating.RED)
        assert section.sentence == "Red against plan, but common cause: this process will not reach 68 without change."
        assert section.range == "As it stands this process gives 103.7 to 161.9 beds a day."

    def test_without_a_disagreement_the_section_says_what_the_chart_shows(self):
        assert beds(rating=Rating.NOT_RATED).sentence == "Nothing unusual in the 10 months since December 2015."
        assert beds().sentence == f"{beds().finding}."

    def test_the_icons_say_what_they_rest_on(self):
        variation, assurance = beds(trajectory=TRAJECTORY).glances
        assert (variation.mark.words, variation.note) == ("Common cause", "No rule met in 10 months")
        assert (assurance.title, assurance.mark.words) == ("Will it meet 68?", "Will miss")
        assert (
            assurance.note
            == "68 is below the lower limit, 103.7. From October 2016 the trajectory lies below the range"
        )

    def test_ten_points_give_trial_limits(self):
        section = beds()
        assert (section.firmness, section.trial) == ("trial limits", "10 months since the rebase; settled at 13")
        assert beds(settings=SpcSettings(Direction.UNDER, D(68))).firmness == ""

    def test_rows_stand_latest_first_with_the_rule_that_fired(self):
        section = beds()
        assert (len(section.latest), len(section.earlier)) == (13, 23)
        by_month = {row.period: row for row in [*section.latest, *section.earlier]}
        last = section.latest[0]
        assert (last.period, last.value, last.mean, last.limits) == (
            date(2016, 9, 1),
            "140.3",
            "132.8",
            "103.7 to 161.9",
        )
        assert (last.words, last.mark, last.why) == ("Common cause", None, "")
        january = by_month[date(2015, 1, 1)]
        assert (january.mark.words, january.why) == ("Concern, high", "Above the upper limit of 183.7")
        assert by_month[date(2015, 9, 1)].why == "Eleven months in a row above the mean"
        assert by_month[date(2015, 12, 1)].why == "Rebased: 150 patients moved to care homes"

    def test_facts_hold_the_limits_the_rules_the_rebase_and_the_profile(self):
        facts = dict(beds().facts)
        assert facts["Limits"] == "Mean 132.8 ± 2.66 × average moving range: 103.7 to 161.9"
        assert [facts[name] for name in ("Outside a limit", "Trend of 7", "2 of 3 near a limit", "Shift of 7")] == [
            "none"
        ] * 4
        assert facts["Rebased"] == "December 2015: 150 patients moved to care homes"
        assert facts["Profile"].startswith("Plot the dots: 7 points")

    def test_the_figure_is_valid(self):
        graph_objects.Figure(beds(trajectory=TRAJECTORY).figure, skip_invalid=False)


class TestReading:
    def test_absent_months_are_gaps_and_zero_is_not(self):
        readings = [(START, D(5)), (date(2013, 11, 1), None), (date(2014, 1, 1), D(0))]
        found = spc_reading(readings, SpcSettings(Direction.UNDER))
        assert [point.value for point in found.points] == [5, None, None, 0]

    def test_a_quarterly_line_has_no_gap_between_its_quarters(self):
        readings = [(date(2016, month, 1), D(month)) for month in (1, 4, 10)]
        found = spc_reading(readings, SpcSettings(Direction.OVER, frequency="quarter"))
        assert [point.period.month for point in found.points] == [1, 4, 7, 10]

    def test_grid_and_page_show_the_same_icons(self):
        section = beds()
        assert [glance.mark for glance in section.glances] == list(marks_of(spc_reading(DELAYED, SETTINGS)))

    def test_profile_and_baseline_are_those_of_the_line(self):
        found = spc_reading(DELAYED, SpcSettings(Direction.UNDER, D(68), profile="mdc-6", fix_after=12))
        assert (found.profile.run, found.fix_after) == (6, 12)
        facts = dict(beds(settings=SpcSettings(Direction.UNDER, profile="mdc-6", fix_after=12)).facts)
        assert facts["Baseline"] == "Limits rest on the first 12 months"
        assert "Shift of 6" in facts


class TestOtherSeries:
    def test_nothing_held_is_no_section(self):
        assert beds([]) is None
        assert beds([(START, None)]) is None

    def test_too_few_months_have_no_limits_no_icons_and_say_so(self):
        section = beds(DELAYED[:9], SpcSettings(Direction.UNDER, D(68)), rating=Rating.RED)
        assert (section.glances, section.range, section.key, section.firmness) == ([], "", "", "too short")
        assert section.sentence == "9 months since October 2013: too few to say what is unusual."
        assert section.trial == "9 months; limits are shown from 10"
        assert {(row.words, row.limits, row.mark) for row in section.latest} == {("too few to say", "", None)}

    def test_the_last_month_unusual_is_the_finding(self):
        section = shares([91, 92] * 8 + [80], rating=Rating.RED)
        assert section.finding == "Below the lower limit of 88.2% in February 2015"
        assert section.sentence == f"{section.finding}."
        run = shares([91, 93, 92, 91] * 4 + [92.5, 93] * 4, rating=Rating.GREEN)
        assert run.finding == "Eight months in a row above the mean, to September 2015"

    def test_a_share_is_never_said_to_pass_100_nor_a_count_to_fall_below_nought(self):
        assert shares([97, 100] * 10).range.endswith(" to 100.0%.")
        breaches = list(zip(run_of_months(START, 12), map(D, [0, 3] * 6), strict=True))
        count = spc_section(
            read(breaches, SpcSettings(Direction.UNDER)),
            kind=Kind.COUNT,
            unit="breaches",
        )
        assert count.range == "As it stands this process gives 0 to 9 breaches."
        assert count.latest[0].limits == "−6 to 9"

    def test_a_constant_series_meets_its_target_or_misses_it_every_month(self):
        section = shares([100] * 14, target="100")
        assert [glance.mark.words for glance in section.glances] == ["Common cause", "Will meet"]
        assert section.glances[1].note == "Every month is 100.0%"
        assert section.range == "As it stands this process gives 100.0% every month."

    def test_a_target_between_the_limits_is_hit_and_missed(self):
        section = shares([93, 96] * 10, rating=Rating.GREEN)
        assert section.glances[1].note == "95% lies between the limits, 86.5% and 102.5%"
        assert "reaches 95% in some months and misses it in others" in section.sentence

    def test_a_measure_best_on_plan_has_variation_and_no_assurance(self):
        section = beds(settings=SpcSettings(Direction.ON, D(68)))
        assert [glance.title for glance in section.glances] == ["Variation"]
        assert "Purple triangle" in section.key

    def test_a_missing_month_has_a_row_and_a_fact(self):
        section = beds([*DELAYED[:30], *DELAYED[31:]])
        row = next(row for row in section.latest if row.period == date(2016, 4, 1))
        assert (row.value, row.words) == ("", "not held")
        assert dict(section.facts)["Missing"] == "1 month, left out of limits and rules"

    def test_types_are_those_of_the_arithmetic(self):
        found = spc_reading(DELAYED, SETTINGS)
        assert (found.variation, found.assurance) == (PointType.COMMON, Assurance.FAIL)


class TestTemplate:
    def page(self, section):
        return render_to_string("activity/line_spc.html", {"spc": section})

    def test_the_page_says_everything_without_scripts(self):
        page = self.page(beds(trajectory=TRAJECTORY, rating=Rating.RED))
        text = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        for words in (
            "this process will not reach 68",
            "trial limits",
            "Will miss",
            "Above the upper limit of 183.7",
            "Rebased: 150",
        ):
            assert words in text
        assert text.count('<th scope="row"') == 36
        assert len(page) < 30_000

    def test_identifiers_are_unique_and_what_they_name_is_there(self):
        page = self.page(beds())
        identifiers = re.findall(r'\bid="([^"]+)"', page)
        assert len(identifiers) == len(set(identifiers))
        assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(identifiers)

    def test_no_mark_stands_without_its_word(self):
        page = self.page(beds())
        marks = re.findall(r'<use href="#spc-[a-z-]+"/></svg>([^<]*)', page)
        assert marks
        assert all(marks)

    def test_a_short_series_shows_a_table_and_no_icon(self):
        page = self.page(beds(DELAYED[:5], SpcSettings(Direction.UNDER)))
        assert "op-glance" not in page
        assert "<details" not in page
        assert "too short" in page
