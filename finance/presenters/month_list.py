"""Every month of savings as a download: figures in pounds, how firm they are, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finance.queries import MonthOfSavings, SchemePosition

MONTH_HEADS = (
    "Reference",
    "Scheme",
    "Month",
    "Planned saving, £",
    "Actual saving, £",
    "Actual is",
    "Forecast saving of its own, £",
    "Expected saving, £",
    "Planned investment, £",
    "Actual investment, £",
    "Forecast investment, £",
    "Expected investment, £",
    "Basis of the plan",
    "Source of the plan",
    "Basis of actual and forecast",
    "Source of actual and forecast",
)


def month_rows(months: Iterable[MonthOfSavings], schemes: Sequence[SchemePosition]) -> Iterable[Sequence[object]]:
    """A row a month of a scheme; not reported is empty."""
    titles = {one.reference: one.title for one in schemes}
    for one in months:
        held = one.told or one.actual_investment is not None or one.forecast_investment is not None
        yield (
            one.scheme,
            titles.get(one.scheme, ""),
            f"{one.month:%Y-%m}",
            one.planned_saving,
            one.actual_saving,
            one.status,
            one.forecast_saving,
            one.expected_saving,
            one.planned_investment,
            one.actual_investment,
            one.forecast_investment,
            one.expected_investment,
            one.planned_basis,
            one.planned_source,
            one.basis if held else "",
            one.source if held else "",
        )
