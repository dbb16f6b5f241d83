"""The reasons for which a transfer of care is delayed, as the national return lists them."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

UNMAPPED = "unmapped"


@dataclass(frozen=True)
class Reason:
    """A reason: its code in opplan (DII), as people write it (Dii), its full and short name, and whether this round's return has it."""

    code: str
    written: str
    name: str
    short_name: str
    in_use: bool


@cache
def reasons() -> dict[str, Reason]:
    """The catalogue of reasons by code, in the order of the return: activity/delay_reasons.csv."""
    with (Path(__file__).parents[1] / "delay_reasons.csv").open(newline="", encoding="utf-8") as file:
        return {
            row["code"]: Reason(
                row["code"],
                row["code"].capitalize(),
                row["name"],
                row["short_name"],
                row["active"] == "yes",
            )
            for row in csv.DictReader(file)
        }


def reason_called(code: str) -> Reason:
    """The reason of a code. One that the list does not know keeps the words that it came with ("unmapped: Awaiting transport")."""
    known = reasons().get(code)
    if known is not None:
        return known
    words = code.partition(":")[2].strip() or code
    return Reason(code, "", words, f"{words}, not on the national list", in_use=True)
