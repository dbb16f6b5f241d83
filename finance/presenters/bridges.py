"""Bridges as waterfalls with their tables. One that does not close is not drawn: both figures are said, and what is unexplained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finance.queries.bridges import BridgeHeld
from opplan.calc.money import thousands
from opplan.web import charts, formats

UNITS = {
    "outturn": "£000, spending: + spends more",
    "forecast": "£000, in-year surplus: + adds to it, − takes from it",
}


@dataclass(frozen=True)
class StepRow:
    title: str
    amount: str
    level: str
    recurs: str = ""
    basis: str = ""
    url: str = ""
    total: bool = False


@dataclass(frozen=True)
class BridgeShown:
    """A bridge ready to be shown: `figure` is None where it does not close, and `refusal` then says why."""

    key: str
    title: str
    finding: str
    figure: dict[str, Any] | None
    refusal: str
    rows: Sequence[StepRow]
    recurs: bool
    unit: str


def shown(held: BridgeHeld, key: str, title: str, url: Callable[[str], str] | None = None) -> BridgeShown:
    """A bridge with its waterfall. `url` gives the address of a step, by its reference."""
    closed = held.bridge
    figure, level = None, held.start
    if closed is not None:
        figure = charts.waterfall(
            [
                charts.Step(held.start_name, thousands(held.start), total=True),
                *(
                    charts.Step(step.title, thousands(step.amount), unowned=step.unowned and step.amount < 0)
                    for step in held.steps
                ),
                charts.Step(held.end_name, thousands(held.end), total=True),
            ],
            welcome=key == "forecast",
        )
    rows = [StepRow(held.start_name, "", formats.in_thousands(held.start), total=True)]
    for step in held.steps:
        level += step.amount
        rows.append(
            StepRow(
                step.title,
                formats.in_thousands(step.amount, signed=True),
                formats.in_thousands(level),
                {True: "Recurrent", False: "Once", None: ""}[step.recurrent],
                step.basis,
                url(step.reference) if url else "",
            )
        )
    if held.unexplained:
        rows.append(
            StepRow(
                "Not explained", formats.in_thousands(held.unexplained, signed=True), formats.in_thousands(held.end)
            )
        )
    rows.append(StepRow(held.end_name, "", formats.in_thousands(held.end), total=True))
    refusal = ""
    if closed is None:
        refusal = (
            f"The steps lead from {formats.pounds(held.start)} to {formats.pounds(held.leads_to)}, and {held.end_name} is "
            f"{formats.pounds(held.end)}: {formats.pounds(abs(held.unexplained))} is not explained, so the bridge is not drawn."
        )
    recurs = any(step.recurrent is not None for step in held.steps)
    return BridgeShown(key, title, finding(held), figure, refusal, rows, recurs, UNITS[key])


def finding(held: BridgeHeld) -> str:
    """What the bridge tells: how far the end is from the start, and its largest step."""
    change = held.end - held.start
    if not held.steps or not change:
        return f"{held.end_name} is {formats.in_words(held.end)}, as {held.start_name[:1].lower()}{held.start_name[1:]}"
    largest = max(held.steps, key=lambda step: step.amount if change > 0 else -step.amount)
    return (
        f"{held.end_name} is {formats.in_words(held.end)}, {formats.in_words(abs(change))} {'above' if change > 0 else 'below'} "
        f"{held.start_name[:1].lower()}{held.start_name[1:]}; the largest step is “{largest.title}”, {_signed(largest.amount)}"
    )


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else ''}{formats.in_words(amount)}"


def bridge_headline(bridges: Sequence[BridgeHeld]) -> str:
    """The first bridge in a sentence, or that one of them does not close."""
    broken = next((one for one in bridges if one.unexplained), None)
    if broken is not None:
        return (
            f"The bridge to {broken.end_name[:1].lower()}{broken.end_name[1:]} does not close: "
            f"{formats.in_words(abs(broken.unexplained))} is not explained"
        )
    return (
        finding(bridges[0])
        if bridges
        else "No bridge can be drawn: the plan document gives neither last year’s outturn nor steps"
    )


CSV_HEADS = ("Bridge", "Step", "Amount (GBP)", "Level after it (GBP)", "Recurrent", "Firmness", "Source")


def bridge_csv(*bridges: BridgeHeld | None) -> list[list[object]]:
    """The steps of each bridge in full pounds with where they stand; what is not explained is a row of its own."""
    rows: list[list[object]] = []
    for held in bridges:
        if held is None:
            continue
        name, level = f"{held.start_name} to {held.end_name}", held.start
        rows.append([name, held.start_name, None, level, "", "", ""])
        for step in held.steps:
            level += step.amount
            recurs = {True: "yes", False: "no", None: ""}[step.recurrent]
            rows.append([name, step.title, step.amount, level, recurs, step.basis, step.source])
        if held.unexplained:
            rows.append([name, "Not explained", held.unexplained, held.end, "", "", ""])
        rows.append([name, held.end_name, None, held.end, "", "", ""])
    return rows
