"""What the stylesheet promises where a picture would be needed to see it."""

import re
from pathlib import Path

STYLES = Path(__file__).parents[2] / "opplan" / "web" / "static" / "opplan" / "opplan.css"


def test_the_bar_that_saves_does_not_stick_to_a_phone():
    """Of rules alike, the last one counts: the one for narrow and low screens must come after the one that makes the bar stick."""
    places = [found[1] for found in re.finditer(r"\.op-bar \{[^}]*position: (\w+)", STYLES.read_text(encoding="utf-8"))]
    assert places == ["sticky", "static"]


def test_on_paper_the_reason_of_a_rating_is_no_larger_than_its_table():
    paper = STYLES.read_text().split("@media print {")[1].split("\n}")[0]
    assert ".op-page .op-table--dense .op-reason { font-size: 8pt; }" in paper
