"""Variation and assurance in words and marks, and what is said where they tell another tale than the rating."""

import itertools
import re
from pathlib import Path

import pytest
from django.template import Context, Template

from opplan.calc.rag import Rating
from opplan.calc.spc import Assurance, Finding, Improvement, PointType, Rule
from opplan.web.variation import assurance_mark, disagreement, fired, in_letters, variation_mark

SPRITE = (Path(__file__).parents[2] / "templates" / "components" / "sprite.html").read_text(encoding="utf-8")
BAD, GOOD = (Rating.RED, Rating.AMBER), (Rating.GREEN,)
COMMON, BETTER, WORSE, HIGH, LOW = PointType
PASS, FAIL, MAYBE = Assurance

# Each combination that disagrees, off plan and on it; whatever is not here agrees, and nothing is said.
OFF = {
    (COMMON, FAIL),
    (COMMON, MAYBE),
    (COMMON, PASS),
    (COMMON, None),
    (BETTER, FAIL),
    (BETTER, MAYBE),
    (BETTER, PASS),
    (BETTER, None),
    (WORSE, PASS),
}
ON = {
    (COMMON, FAIL),
    (COMMON, MAYBE),
    (BETTER, FAIL),
    (BETTER, MAYBE),
    (WORSE, FAIL),
    (WORSE, MAYBE),
    (WORSE, PASS),
    (WORSE, None),
}
EVERY = list(itertools.product(Rating, [None, *PointType], [None, *Assurance]))


@pytest.mark.parametrize(("rating", "variation", "assurance"), EVERY)
def test_rating_and_variation_disagree_in_one_sentence_or_not_at_all(rating, variation, assurance):
    said = disagreement(rating, variation, assurance, target="95%")
    differs = OFF if rating in BAD else ON if rating in GOOD else set()
    assert bool(said) == ((variation, assurance) in differs)
    if said:
        assert said.startswith(f"{rating.title()} against plan")
        assert not said.endswith(".")
        assert "{" not in said
        assert ("95%" in said) == (assurance is not None)
        assert ("improving" in said) == (variation == BETTER)
        assert ("getting worse" in said) == (variation == WORSE)


def test_each_disagreement_has_its_own_words():
    for ratings in (BAD[:1], GOOD):
        said = [
            disagreement(rating, variation, assurance) for rating, variation, assurance in EVERY if rating in ratings
        ]
        told = [words for words in said if words]
        assert len(set(told)) == len(told)


def test_red_and_common_cause_that_will_miss_is_told_as_people_say_it():
    assert (
        disagreement(Rating.RED, COMMON, FAIL, target="95%")
        == "Red against plan, but common cause: this process will not reach 95% without change"
    )


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding(Rule.SHIFT, -1, 7), "Seven months in a row below the mean"),
        (Finding(Rule.SHIFT, 1, 13), "13 months in a row above the mean"),
        (Finding(Rule.TREND, 1, 8), "Eight months in a row rising"),
        (Finding(Rule.TREND, -1, 7), "Seven months in a row falling"),
        (Finding(Rule.TWO_IN_THREE, -1, 2), "Two of three months near the lower limit"),
        (Finding(Rule.TWO_IN_THREE, 1, 3), "Three months in a row near the upper limit"),
        (Finding(Rule.OUTSIDE, 1, 1), "Above the upper limit"),
        (Finding(Rule.OUTSIDE, -1, 1), "Below the lower limit"),
    ],
)
def test_the_rule_that_fired_is_said_in_plain_words(finding, words):
    assert fired(finding) == words


def test_a_rule_says_its_limit_and_its_period_where_they_are_known():
    assert fired(Finding(Rule.OUTSIDE, 1, 1), limit="162") == "Above the upper limit of 162"
    assert fired(Finding(Rule.SHIFT, 1, 7), period="quarter") == "Seven quarters in a row above the mean"


def test_counts_are_in_letters_up_to_twelve():
    assert [in_letters(count) for count in (1, 2, 7, 12, 13)] == ["1", "two", "seven", "twelve", "13"]


@pytest.mark.parametrize(
    ("variation", "improvement", "words"),
    [
        (COMMON, Improvement.INCREASE, "Common cause"),
        (BETTER, Improvement.INCREASE, "Improving, high"),
        (BETTER, Improvement.DECREASE, "Improving, low"),
        (WORSE, Improvement.INCREASE, "Concern, low"),
        (WORSE, Improvement.DECREASE, "Concern, high"),
        (HIGH, Improvement.NEUTRAL, "Unusual, high"),
        (LOW, Improvement.NEUTRAL, "Unusual, low"),
    ],
)
def test_variation_is_high_or_low_by_the_side_that_is_better(variation, improvement, words):
    assert variation_mark(variation, improvement).words == words


def test_each_mark_is_in_the_sprite_and_no_other_spc_mark_is():
    shown = {
        mark.symbol
        for improvement in Improvement
        for mark in (variation_mark(variation, improvement) for variation in PointType)
    } | {assurance_mark(assurance).symbol for assurance in Assurance}
    assert shown == set(re.findall(r'<symbol id="(spc-[a-z-]+)"', SPRITE))


def test_what_is_not_read_has_no_mark():
    assert (variation_mark(None, Improvement.INCREASE), assurance_mark(None)) == (None, None)


class TestTag:
    def shown(self, words=True):
        marks = {"variation": variation_mark(WORSE, Improvement.DECREASE), "assurance": assurance_mark(FAIL)}
        tag = "{% spc variation assurance %}" if words else "{% spc variation assurance words=False %}"
        return Template(tag).render(Context(marks))

    def test_a_mark_stands_beside_its_word(self):
        page = self.shown()
        assert '<use href="#spc-concern-high"/></svg>Concern, high</span>' in page
        assert '<use href="#spc-fail"/></svg>Will miss</span>' in page
        assert page.count('aria-hidden="true"') == 2

    def test_a_mark_without_its_word_has_it_as_its_name(self):
        page = self.shown(words=False)
        assert 'role="img" aria-label="Concern, high"' in page
        assert "aria-hidden" not in page

    def test_there_is_nothing_where_there_is_no_mark(self):
        assert Template("{% spc nothing none %}").render(Context({"none": None})) == ""
