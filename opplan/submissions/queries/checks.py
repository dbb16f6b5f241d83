"""The checks of a template as it stands, with what has been accepted of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opplan.submissions.checking import Accepted, Checked, checked
from opplan.submissions.models import Acceptance

if TYPE_CHECKING:
    from opplan.plans.models import Plan
    from opplan.submissions.filled import Filled


def acceptances(plan: Plan, template: str) -> Accepted:
    """The reason of each acceptance that stands, and what was found when it was given. One query."""
    rows = Acceptance.objects.filter(plan=plan, template=template, withdrawn=False)
    return {
        (code, subject): (why, found)
        for code, subject, why, found in rows.values_list("rule", "subject", "reason", "found")
    }


def checks_of(plan: Plan, template: Filled) -> list[Checked]:
    """Every check of the filled template, those that fail first. One query."""
    return checked(template, acceptances(plan, template.definition.name))
