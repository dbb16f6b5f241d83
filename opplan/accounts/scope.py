"""The scope of a request: who asks, in which plan, and what that person may do there. Unknown and forbidden are both 404."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from urllib.parse import quote, urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse

from opplan.accounts.models import User
from opplan.accounts.queries import capabilities_of, plans_open_to
from opplan.accounts.roles import Capability
from opplan.calc.months import month_number
from opplan.plans.queries import closed_months

if TYPE_CHECKING:
    from opplan.plans.models import Plan

P = ParamSpec("P")


@dataclass
class Scope:
    """One person in one plan. `month` is the month that pages show: the one in the address, else the one being reported.

    `opened` are all plans that the person may read, each with the role in which, for the switch from one to another.
    """

    user: User
    plan: Plan
    capabilities: frozenset[Capability]
    month: date
    month_asked: bool = False
    opened: Sequence[tuple[Plan, str]] = ()

    def may(self, capability: Capability) -> bool:
        return capability in self.capabilities

    @property
    def plans(self) -> list[Plan]:
        return [plan for plan, _ in self.opened]

    def plans_with(self, capability: Capability) -> list[Plan]:
        """The plans in which the person has the capability, this one or others."""
        return [plan for plan, role in self.opened if capability in capabilities_of(role)]

    @cached_property
    def closed_months(self) -> frozenset[date]:
        return closed_months(self.plan)

    @property
    def month_number(self) -> int:
        return month_number(self.month)

    def url(self, name: str, query: Mapping[str, str] | None = None, **parts: str) -> str:
        """The address of a page of this plan. A month that was asked for goes along, so that one month's figures lead to that month's."""
        places = _address(name, self.plan.organisation.code, self.plan.year, tuple(parts))
        address = places % {part: quote(value, safe="") for part, value in parts.items()}
        asked = dict(query or {}) | ({"month": f"{self.month:%Y-%m}"} if self.month_asked else {})
        return f"{address}?{urlencode(asked)}" if asked else address


@lru_cache(maxsize=512)
def _address(name: str, organisation: str, year: str, parts: tuple[str, ...]) -> str:
    """An address with places for its parts: a board has a hundred links, and reversing each one costs more than its figures."""
    places = {part: f"PLACE-OF-{part}" for part in parts}
    found = reverse(name, kwargs={"organisation": organisation, "year": year, **places}).replace("%", "%%")
    for part, place in places.items():
        found = found.replace(place, f"%({part})s")
    return found


def month_asked_for(request: HttpRequest, plan: Plan) -> date:
    """The month in the address (`?month=2016-09`), else the month being reported. 404 when it is not a month of the plan."""
    asked = request.GET.get("month")
    if not asked:
        return plan.reporting_month or plan.start
    for month in plan.months:
        if f"{month:%Y-%m}" == asked:
            return month
    raise Http404("No such month in this plan")


def needs(
    capability: Capability,
) -> Callable[[Callable[Concatenate[HttpRequest, Scope, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A view of one plan that asks for `capability`: it is handed the scope, and whoever lacks it is told that there is no such page."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Scope, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def scoped(request: HttpRequest, organisation: str, year: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            assert isinstance(request.user, User)
            plans = plans_open_to(request.user)
            asked = (organisation, year)
            plan, role = next((one for one in plans if (one[0].organisation.code, one[0].year) == asked), (None, None))
            capabilities = capabilities_of(role)
            if plan is None or capability not in capabilities:
                raise Http404("No such page")
            scope = Scope(
                request.user,
                plan,
                capabilities,
                month_asked_for(request, plan),
                month_asked="month" in request.GET,
                opened=plans,
            )
            request.scope = scope  # type: ignore[attr-defined]
            return view(request, scope, *args, **kwargs)

        scoped.capability = capability  # type: ignore[attr-defined]
        return scoped

    return decorate
