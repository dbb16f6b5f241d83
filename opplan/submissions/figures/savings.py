"""Named figures of the savings: the requirement in its states, and every scheme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.queries import total_position
from opplan.submissions.figures.figure import POUNDS, Figure, words_of

if TYPE_CHECKING:
    from finance.queries import RequirementPosition, SchemePosition

SAVING = "saving|save|qipp|efficienc"
AREA, SCHEMES = "Savings", "Savings schemes"
REQUIREMENT, POSITIONS, TOTAL = (
    "finance.queries.savings_requirement",
    "finance.queries.scheme_positions",
    "finance.queries.total_position",
)


def requirement_figures(held: RequirementPosition | None, schemes: Sequence[SchemePosition]) -> Iterator[Figure]:
    """What must be saved, in its states, and what the schemes come to together."""
    invented = any(one.illustrative_actuals for one in schemes)

    def of(
        name: str, label: str, value: Decimal | None, *words: str, owner: str = REQUIREMENT, made_up: bool = False
    ) -> Figure:
        return Figure(
            f"qipp.{name}",
            label,
            value,
            POUNDS,
            (SAVING, *words),
            AREA,
            owner,
            "finance:requirement",
            illustrative=made_up,
        )

    if held is not None:
        needed = held.requirement
        delivered = needed.delivered if held.reported else None
        yield of("requirement", "Savings requirement", needed.amount, "requir|need|target")
        yield of("delivered", "Savings delivered to date", delivered, "delivered|to date|so far", made_up=invented)
        yield of(
            "unidentified", "Savings with no scheme", needed.unidentified, "unidentified|no scheme|without a scheme|gap"
        )
    for state in ("identified", "earmarked"):
        mine = total_position([one for one in schemes if one.state == state])
        word = "identified" if state == "identified" else "earmark"
        yield of(state, f"Savings {state}, plan of the year", mine.planned_year, word, owner=TOTAL)
    whole = total_position(schemes)
    named = [one for one in schemes if one.counted]
    yield of(
        "forecast",
        "Savings forecast for the year",
        whole.forecast_year,
        "forecast|expect",
        owner=TOTAL,
        made_up=any(one.illustrative_forecast or one.illustrative_actuals for one in named),
    )
    yield of(
        "planned_to_date", "Savings planned to date", whole.planned_to_date, "planned", "to date|so far", owner=TOTAL
    )
    yield Figure(
        "schemes.count",
        "Savings schemes that count",
        Decimal(sum(1 for one in named if one.state != "unidentified")),
        "schemes",
        ("scheme", "in all|total|all of|has|have"),
        SCHEMES,
        POSITIONS,
        "finance:schemes",
    )


def scheme_figures(schemes: Sequence[SchemePosition]) -> Iterator[Figure]:
    """Every scheme: the plan of its year, what it has saved, and what the year is forecast to save."""
    for one in schemes:
        words = words_of(one.title)
        base = {"area": SCHEMES, "owner": POSITIONS, "page": "finance:scheme", "parts": {"reference": one.reference}}
        illustrative = one.basis == "illustrative"
        position = one.position
        made = (
            ("plan", "planned saving", position.planned_year, "plan|save|saving|worth", illustrative),
            ("to_date", "saved to date", position.to_date, "to date|so far|delivered", one.illustrative_actuals),
            (
                "forecast",
                "forecast saving",
                position.forecast_year,
                "forecast|expect",
                illustrative or one.illustrative_forecast or one.illustrative_actuals,
            ),
            ("investment", "planned investment", one.investment, "invest", illustrative),
        )
        for name, label, value, word, made_up in made:
            yield Figure(
                f"scheme.{one.reference}.{name}",
                f"{one.title}, {label}",
                value,
                POUNDS,
                (*words, word),
                illustrative=made_up,
                **base,  # type: ignore[arg-type]
            )
