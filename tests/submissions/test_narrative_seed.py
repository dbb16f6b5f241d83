"""The chapter on money of the source document of 2016/17, where it is at hand: real prose, with real numbers."""

from pathlib import Path

SEED = Path(__file__).parents[2] / "../shared/seeds/000_7948da7a48ebc329.txt"


def chapter_on_money() -> str:
    """Section 7 as it is printed."""
    text = SEED.read_text(encoding="utf-8")
    return text[text.index("7. Achieving Financial Balance") : text.index("8. Improving Quality and Outcomes")]
