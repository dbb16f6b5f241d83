"""What may be done about a rating: put one in place of the rule's for a while, and withdraw it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from finance.models import RatingOverride, Scheme
from finance.queries.register import standing_override
from finance.queries.standing import nobodys
from opplan.calc.months import end_of, next_month
from opplan.plans.actions import require_open
from opplan.plans.attribution import record, record_deletions
from opplan.plans.versions import Version, merged
from opplan.web.formats import day, month

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

LONGEST = timedelta(days=92)
"""A rating stands in place of the rule's for three months at most, and never beyond the plan's year."""


def latest_day(plan: Plan) -> date:
    """The last day until which a rating may be put in place now."""
    reported = end_of(plan.reporting_month or plan.start)
    return min(reported + LONGEST, end_of(plan.months[-1]))


@transaction.atomic
def put_rating(scheme: Scheme, *, rating: str, reason: str, until: date, by: User, version: Version) -> RatingOverride:
    """Put a rating in place of the rule's from the month that the plan reports, or change the one that is in place.

    ValidationError by field: no reason, a day before the end of the month reported or beyond `latest_day`, a scheme that nobody is
    to deliver. Conflict where somebody else has put one in place meanwhile.
    """
    plan = require_open(scheme.plan, set())
    now = plan.reporting_month or plan.start
    problems: dict[str, str] = {}
    if nobodys(scheme.state, scheme.stage):
        problems["rating"] = "Nobody is to deliver this now, so that there is no rating to put in place."
    elif rating not in dict(RatingOverride._meta.get_field("rating").flatchoices):
        problems["rating"] = "Choose red, amber or green."
    if not reason.strip():
        problems["reason"] = "Say why. Both ratings are shown, with this reason."
    if until < end_of(now):
        problems["until"] = f"{day(until)} is past: the month reported ends on {day(end_of(now))}."
    elif until > latest_day(plan):
        problems["until"] = f"{day(until)} is too far ahead: {day(latest_day(plan))} is the last day possible."
    if problems:
        raise ValidationError(problems)
    # The scheme stays locked, so that two people never put two ratings in place for one month.
    Scheme.objects.select_for_update().get(pk=scheme.pk)
    row = standing_override(scheme, plan) or RatingOverride(scheme=scheme, since=now)
    merge = merged(row, {"rating": rating, "reason": reason.strip(), "until": until}, version)
    row = merge.row
    if row.pk is not None and not merge.changed:
        return row
    row.since, row.by = min(row.since, now), by
    return record(row, by=by, why=reason.strip())


@transaction.atomic
def withdraw_rating(scheme: Scheme, *, by: User, why: str) -> None:
    """Take a rating out of place again, with a reason. The months before the one reported keep it, as they were shown."""
    plan = require_open(scheme.plan, set())
    now = plan.reporting_month or plan.start
    if not why.strip():
        raise ValidationError({"why": "Say why it is withdrawn. Everybody who may read the plan sees it."})
    row = standing_override(scheme, plan)
    if row is None:
        raise ValidationError(f"No rating stands in place of the rule's in {month(now)} any more.")
    if row.since >= now:
        record_deletions([row], RatingOverride, by=by, why=why.strip())
        return
    row.until = end_of(next_month(now, -1))
    record(row, by=by, why=why.strip())
