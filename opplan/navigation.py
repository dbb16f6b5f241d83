"""The frame of every page: whose plan, which rooms it has, who is signed in."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from opplan.plans.queries import summary_of

ROOMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Board", "dashboards:board", ("dashboards:board",)),
    ("Initiatives", "dashboards:initiatives", ("dashboards:initiative", "initiatives:")),
    ("Activity", "activity:lines", ("activity:",)),
    ("Finance", "finance:board", ("finance:",)),
    ("Workbook", "submissions:workbook", ("submissions:",)),
    ("Settings", "dashboards:settings", ("dashboards:tolerance", "dashboards:month")),
)

PAGES: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "activity:lines": (
        (
            "Plan lines",
            "activity:lines",
            ("activity:line", "activity:build", "activity:phasing", "activity:impact", "activity:trajectory"),
        ),
        ("Catalogue", "activity:measures", ("activity:measure",)),
        ("Delayed transfers", "activity:delays", ("activity:delays",)),
        ("Recovery", "activity:recoveries", ("activity:recover",)),
        ("Imports", "activity:imports", ("activity:import",)),
        ("Variation", "activity:variation", ("activity:limits", "activity:rebase")),
    ),
    "finance:board": (
        ("Board", "finance:board", ("finance:board",)),
        (
            "Savings schemes",
            "finance:schemes",
            ("finance:scheme", "finance:pipeline", "finance:requirement", "finance:qipp"),
        ),
        ("By month", "finance:months", ("finance:month", "finance:round")),
        ("How likely", "finance:likelihood", ("finance:likelihood",)),
        (
            "Financial plan",
            "finance:plan",
            (
                "finance:budget",
                "finance:document",
                "finance:underlying",
                "finance:bridge",
                "finance:capital",
                "finance:strategy",
                "finance:impact",
                "finance:targets",
            ),
        ),
        ("Medium-term model", "finance:model", ("finance:scenario",)),
        ("Risks and rules", "finance:risks", ("finance:risk", "finance:rule")),
        ("Contracts", "finance:contracts", ("finance:contract", "finance:triangulation")),
    ),
    "submissions:workbook": (
        ("Month's workbook", "submissions:workbook", ()),
        (
            "Templates",
            "submissions:templates",
            ("submissions:template", "submissions:answers", "submissions:return", "submissions:upload"),
        ),
        ("Checks", "submissions:checks", ("submissions:checks_of", "submissions:accept")),
        ("Questions", "submissions:questions", ("submissions:question",)),
        (
            "Rounds",
            "submissions:rounds",
            (
                "submissions:round",
                "submissions:version",
                "submissions:signature",
                "submissions:difference",
                "submissions:delegation",
                "submissions:verify",
            ),
        ),
        ("Documents", "submissions:documents", ("submissions:document",)),
        ("Narrative", "submissions:narrative", ("submissions:narrative", "submissions:section")),
        ("Footprint", "submissions:footprint", ("submissions:footprint",)),
    ),
}
"""The pages of a room that has several, by the room's first address."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the header shows, worked out only when a page asks for it."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"home": reverse("accounts:plans"), "user": "", "plan": None, "plans": [], "rooms": [], "pages": []}
    scope = getattr(request, "scope", None)
    plan = scope.plan if scope else None
    here = request.resolver_match.view_name if request.resolver_match else ""
    address = {"organisation": plan.organisation.code, "year": plan.year} if plan else {}
    return {
        "home": reverse("dashboards:board", kwargs=address) if plan else reverse("accounts:plans"),
        "user": str(user),
        "plan": plan,
        "plans": [
            {
                **vars(summary),
                "current": address == {"organisation": summary.organisation_code, "year": summary.year},
                "url": reverse(
                    "dashboards:board", kwargs={"organisation": summary.organisation_code, "year": summary.year}
                ),
            }
            for summary in map(summary_of, scope.plans if scope else [])
        ],
        "rooms": _links(ROOMS, here, address) if plan else [],
        "pages": _links(_pages_of_the_room(here), here, address) if plan else [],
    }


def _pages_of_the_room(here: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The pages of the room that holds the address; none where the room is one page."""
    room = next((name for _, name, inside in ROOMS if here == name or here.startswith(inside)), "")
    return PAGES.get(room, ())


def _links(
    places: tuple[tuple[str, str, tuple[str, ...]], ...], here: str, address: dict[str, str]
) -> list[dict[str, str]]:
    links = []
    for title, name, inside in places:
        current = "page" if here == name else ("true" if here.startswith(inside) else "")
        links.append({"title": title, "url": reverse(name, kwargs=address), "current": current})
    return links
