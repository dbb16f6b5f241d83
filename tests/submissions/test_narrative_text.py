"""The text of the narrative: names of figures, how it is read, what in it differs from the tables, and how it changed."""

from decimal import Decimal

import pytest

from opplan.submissions.figures.figure import PER_CENT, POUNDS, Figure, words_of
from opplan.submissions.narrative.differing import Piece, counts, differing
from opplan.submissions.narrative.findings import Finding, findings, with_name
from opplan.submissions.narrative.marks import names_in, problems
from opplan.submissions.narrative.rendering import counted_words, plain, rendered

YEAR = "2016-17"


def figure(name: str, value: str | None, unit: str, *words: str, places: int = 0) -> Figure:
    held = None if value is None else Decimal(value)
    return Figure(name, name, held, unit, words, "Area", "owner", "finance:plan", places=places)


FIGURES = {
    one.name: one
    for one in (
        figure("qipp.requirement", "22400000", POUNDS, "saving|qipp", "requir|need"),
        figure("qipp.identified", "7000000", POUNDS, "saving|qipp", "identified"),
        figure("qipp.earmarked", "2100000", POUNDS, "saving|qipp", "earmark"),
        figure("qipp.unidentified", "13300000", POUNDS, "saving|qipp", "no scheme|gap"),
        figure("qipp.forecast", None, POUNDS, "saving|qipp", "forecast"),
        figure("net", "-4475000", POUNDS, "net", "investment"),
        figure("rule.surplus", "1", PER_CENT, "surplus", places=1),
        figure("rule.contingency", "0.5", PER_CENT, "contingency", places=1),
        figure("dtoc.target", "3.5", PER_CENT, "delay|dtoc", "occupied", places=1),
        figure("bcf.avoided", "1000", "admissions", "admission", "avoid"),
        figure("milestones.complete", "34", "milestones", "milestone", "complete"),
    )
}


def shown(name: str) -> str:
    return FIGURES[name].printed if name in FIGURES else name


def found(text: str) -> list[tuple[str, str, bool]]:
    """Each finding as what was typed, the figure's name, and whether they are one."""
    return [(one.typed.words, one.figure.name, one.same) for one in findings(text, FIGURES, YEAR)]


def differ(text: str) -> list[tuple[str, str]]:
    return [(typed, name) for typed, name, same in found(text) if not same]


def the_finding(text: str) -> Finding:
    [one] = findings(text, FIGURES, YEAR)
    return one


def test_an_unknown_name_is_told_with_its_line_and_the_nearest_names() -> None:
    [said] = problems("Known: {{ qipp.requirement }}.\n\nThen {{ qipp.requirment }}.", FIGURES)
    assert said.startswith("Line 3: there is no figure “qipp.requirment”. The nearest names are qipp.requirement")


def test_braces_that_are_not_closed_or_name_nothing_are_told() -> None:
    assert [said[:7] for said in problems("{{ qipp.requirement\n}} and {{ }}", FIGURES)] == ["Line 1:", "Line 2:"]


def test_names_are_found_once_in_their_order() -> None:
    assert names_in("{{b}} {{ a }} {{ b }}") == ["b", "a"]


def test_figures_stand_in_paragraphs_headings_and_lists() -> None:
    html = rendered("# Savings\n\nWe need {{ qipp.requirement }}.\n\n- **{{ qipp.earmarked }}** earmarked", shown)
    assert html == (
        "<h3>Savings</h3>\n<p>We need £22.4m.</p>\n<ul>\n<li><strong>£2.1m</strong> earmarked</li>\n</ul>\n"
    )


def test_headings_leave_no_level_out() -> None:
    html = rendered("### a\n\n# b\n\n###### c", shown)
    assert [tag for tag in ("<h3>b", "<h3>a", "<h4>c") if tag in html] == ["<h3>b", "<h3>a", "<h4>c"]


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "[a](vbscript:x)",
        "[a](//elsewhere.example)",
        "<javascript:alert(1)>",
        '[a](https://x.example "onclick=1" onclick=alert(1))',
        "![a](https://x.example/a.png)",
        "[[<script>]]",
        "{{ <script>alert(1)</script> }}",
        "```\n<script>\n```",
    ],
)
def test_nothing_that_is_typed_runs(typed: str) -> None:
    html = rendered(typed, shown).lower()
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<a href" not in html.replace('<a href="https://x.example', "")


@pytest.mark.parametrize(
    "typed", ["{% debug %}", "{{ settings.SECRET_KEY }}", "{{ 7*7 }}", "{{ ''.__class__ }}", "{# a #}"]
)
def test_text_is_never_a_template(typed: str) -> None:
    said = plain(typed, shown).strip()
    assert said == typed.replace("{{", "").replace("}}", "").strip()


def test_links_to_pages_are_links_and_a_figure_in_one_is_plain_text() -> None:
    html = rendered("[see {{ qipp.requirement }}](https://a.example/?a=1&b=2)", lambda name: rendered("x", shown))
    assert html == '<p><a href="https://a.example/?a=1&amp;b=2">see x\n</a></p>\n'


def test_anothers_number_is_shown_as_quoted() -> None:
    assert rendered("The trust says [[£30 million]].", shown) == "<p>The trust says <q>£30 million</q>.</p>\n"


def test_words_are_counted_as_they_are_read() -> None:
    assert counted_words("# Two words\n\n- {{ qipp.requirement }} of *savings* [here](https://a.example)", shown) == 6


def test_a_number_equal_to_a_figure_as_printed_is_offered_its_name() -> None:
    for typed in ("£22.4m", "£22.4 million", "£22,400,000", "22,400,000", "22.4 million", "£22m"):
        assert found(f"The savings requirement is {typed}.") == [(typed, "qipp.requirement", True)]


def test_each_number_of_a_sentence_is_told_from_the_others() -> None:
    text = "The savings requirement is £22.4m: £7.0m identified, £2.1m earmarked and £13.5m with no scheme."
    assert differ(text) == [("£13.5m", "qipp.unidentified")]
    assert len(found(text)) == 4


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("We need savings of £22.5 million.", ("£22.5 million", "qipp.requirement")),
        ("The QIPP requirement is £2.24m.", ("£2.24m", "qipp.requirement")),
        ("Net investment is £4.7m.", ("£4.7m", "net")),
        ("Delays take 3.8% of occupied bed days.", ("3.8%", "dtoc.target")),
        ("Delays take 3.8 per cent of occupied bed days.", ("3.8 per cent", "dtoc.target")),
        ("A contingency of 0.6% is held.", ("0.6%", "rule.contingency")),
        ("The plan avoids 1,100 emergency admissions.", ("1,100", "bcf.avoided")),
        ("35 milestones are complete.", ("35", "milestones.complete")),
    ],
)
def test_a_number_near_the_figure_that_its_sentence_speaks_of_is_a_finding(
    sentence: str, expected: tuple[str, str]
) -> None:
    assert differ(sentence) == [expected]


@pytest.mark.parametrize(
    "sentence",
    [
        "The savings requirement of 2015/16 was £20.5m.",
        "Last year we needed savings of £20.5m.",
        "The savings requirement is about £20 million.",
        "More than £20 million of savings are needed.",
        "The council must find savings of £270m beside the requirement.",
        "The trust puts the savings requirement at [[£21.0m]].",
        "The savings requirement is {{ qipp.requirement }}, and £9.0m is ring-fenced.",
        "The surplus of the trust is 1% and its contingency 0.5%.",
        "Savings need 17 teams, 62-day waits, NHS 111 and paper 16/20 of 31 March 2016.",
        "See [the savings requirement](https://a.example/22,500,000).",
        "The forecast of savings is £9m.",
        "Scheme PC-03 and line E.M.11 need savings.",
        "A new ward costs £21.5m.",
        "Two of 30 milestones slipped.",
        "The plan avoids 3 admissions a day.",
    ],
)
def test_what_cannot_be_known_to_differ_is_left_alone(sentence: str) -> None:
    assert differ(sentence) == []


def test_one_percent_is_not_half_of_one() -> None:
    assert found("- 1% surplus\n- 1% contingency") == [
        ("1%", "rule.surplus", True),
        ("1%", "rule.contingency", False),
    ]


def test_a_sentence_over_two_lines_is_one_sentence_and_a_finding_gives_its_line() -> None:
    one = the_finding("First.\n\nThe savings\nrequirement is £23m.")
    assert (one.line, one.sentence) == (4, "The savings requirement is £23m.")


def test_a_number_is_replaced_by_the_name_of_its_figure() -> None:
    text = "The savings requirement is £22.5m, we say."
    assert with_name(text, the_finding(text)) == "The savings requirement is {{ qipp.requirement }}, we say."


def test_a_title_tells_by_its_telling_words() -> None:
    assert words_of("In-patient beds from eight to six", "Bodies and boss") == (
        "patient",
        "bed",
        "eight",
        "six",
        "bod",
        "boss",
    )


def test_texts_differ_word_by_word() -> None:
    pieces = differing("Savings need £22.4m.\n\nSame here.", "Savings now need {{ qipp.requirement }}.\n\nSame here.")
    assert [piece for piece in pieces if piece.kind] == [
        Piece(" now", "added"),
        Piece("£22.4m", "removed"),
        Piece("{{ qipp.requirement }}", "added"),
    ]
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == "Savings need £22.4m.\n\nSame here."
    assert counts(pieces) == (3, 2)


def test_words_that_changed_together_are_shown_together() -> None:
    pieces = differing("A clinical framework joins audits.", "The first text joins audits.")
    assert pieces == [
        Piece("A clinical framework", "removed"),
        Piece("The first text", "added"),
        Piece(" joins audits."),
    ]


def test_the_longest_texts_are_compared_and_read_in_a_moment() -> None:
    before = "word " * 3_900
    after = "other " * 3_300
    assert len(differing(before, after)) > 1
    assert findings("£1,000 " * 2_800, FIGURES, YEAR) == []
    assert problems("{{ " * 6_000, FIGURES)
    rendered("[" * 10_000, shown)
    rendered("> " * 5_000, shown)
