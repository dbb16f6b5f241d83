"""What the page of a scheme shows of its course: where it stands, what is needed, and what its forecast follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finance.presenters.forecasts import own_forecasts, rule_rows
from finance.presenters.standing import run_rate_of, run_rate_words, standing_table
from finance.queries.forecasts import forecast_rules
from finance.queries.register import FIELDS
from opplan.accounts.roles import Capability

if TYPE_CHECKING:
    from finance.queries import FigureChanged, MonthOfSavings, SchemePosition
    from opplan.accounts.scope import Scope
    from opplan.plans.versions import ChangeEntry

LINKS = (
    (Capability.RECORD_ACTUAL, "Choose what it follows", "finance:scheme_forecast"),
    (Capability.EDIT_PLAN, "Phase the year", "finance:scheme_phasing"),
    (Capability.EDIT_PLAN, "Move the start", "finance:scheme_start"),
)


def course_of(
    scope: Scope,
    position: SchemePosition,
    months: Sequence[MonthOfSavings],
    edits: Sequence[FigureChanged],
    changes: Sequence[ChangeEntry],
) -> dict[str, Any]:
    """For the template. `edits` and `changes` are of the scheme's months and of the scheme, latest first. No query."""
    needed = "" if position.nobodys else run_rate_words(*run_rate_of(scope.plan, months, scope.month))
    return {
        "months_csv": scope.url("finance:months", {"scheme": position.reference, "download": "csv"}),
        "standing": standing_table(months, scope.month),
        "run_rate": needed,
        "rules": rule_rows(forecast_rules(position, months, scope.month)),
        "own": own_forecasts(months, edits, scope.month),
        "chosen": next((one for one in changes if one.field == FIELDS["forecast_default"]), None),
        "forecast_links": [
            (words, scope.url(name, reference=position.reference))
            for capability, words, name in LINKS
            if scope.may(capability) and (name != "finance:scheme_forecast" or not position.nobodys)
        ],
    }
