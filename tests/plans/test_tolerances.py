"""Rating rules: defaults from the catalogue, a plan's own over them, and red never before green."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from opplan.accounts.models import User
from opplan.calc.rag import Tolerance as Band
from opplan.plans.actions import Overtaken, set_tolerance
from opplan.plans.models import Plan, Tolerance
from opplan.plans.queries import default_rules, tolerances

pytestmark = pytest.mark.django_db

Person = Callable[[str], User]


def test_a_plan_begins_with_the_rules_of_the_catalogue(ccg: Plan) -> None:
    assert tolerances(ccg) == {name: Band(rule.green, rule.red) for name, rule in default_rules().items()}


@pytest.mark.parametrize("rule", default_rules().values(), ids=lambda rule: rule.rule)
def test_every_rule_of_the_catalogue_has_words_a_source_and_green_before_red(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule.title
    assert rule.unit
    assert rule.source
    assert Decimal(0) <= rule.green <= rule.red


def test_savings_turn_red_where_nhs_englands_framework_has_them() -> None:
    """Below 80% of plan to date and below 90% forecast for the year: shortfalls beyond 20 and 10 per cent."""
    assert default_rules()["saving_to_date"].red == 20
    assert default_rules()["saving_forecast"].red == 10


def test_an_edited_rule_holds_for_its_plan_alone(ccg: Plan, pct: Plan, person: Person) -> None:
    set_tolerance(
        ccg, "count", green=Decimal("1.5"), red=Decimal(4), by=person("programme_office"), why="Agreed in June"
    )
    assert tolerances(ccg)["count"] == Band(Decimal("1.5"), Decimal(4))
    assert tolerances(pct)["count"] == Band(default_rules()["count"].green, default_rules()["count"].red)


def test_each_edit_leaves_who_and_why(ccg: Plan, person: Person) -> None:
    officer = person("programme_office")
    set_tolerance(ccg, "count", green=Decimal(1), red=Decimal(4), by=officer, why="Agreed in June")
    set_tolerance(ccg, "count", green=Decimal(1), red=Decimal(3), by=officer, why="Tightened in July")
    entries = Tolerance.objects.get(plan=ccg, rule="count").history.order_by("history_id")
    assert [(entry.red, entry.history_user, entry.history_change_reason) for entry in entries] == [
        (Decimal(4), officer, "Agreed in June"),
        (Decimal(3), officer, "Tightened in July"),
    ]


def test_green_and_red_may_meet_but_red_never_comes_first(ccg: Plan, person: Person) -> None:
    officer = person("programme_office")
    set_tolerance(ccg, "count", green=Decimal(5), red=Decimal(5), by=officer, why="No amber")
    with pytest.raises(ValidationError):
        set_tolerance(ccg, "count", green=Decimal(5), red=Decimal("4.99"), by=officer, why="By mistake")
    assert tolerances(ccg)["count"] == Band(Decimal(5), Decimal(5))


def test_there_is_no_rule_outside_the_catalogue(ccg: Plan, person: Person) -> None:
    with pytest.raises(ValidationError, match="no rating rule called weather"):
        set_tolerance(ccg, "weather", green=Decimal(0), red=Decimal(1), by=person("programme_office"), why="")


def test_the_second_of_two_who_saw_the_same_rule_overwrites_nothing(ccg: Plan, person: Person) -> None:
    default = default_rules()["count"]
    seen = {"seen_green": default.green, "seen_red": default.red}
    set_tolerance(ccg, "count", green=Decimal(1), red=Decimal(4), by=person("programme_office"), why="June", **seen)
    name = person("programme_office").name
    with pytest.raises(Overtaken, match=f"it is now green up to 1, red beyond 4, by {name}"):
        set_tolerance(ccg, "count", green=Decimal(2), red=Decimal(6), by=person("finance_lead"), why="July", **seen)
    assert tolerances(ccg)["count"] == Band(Decimal(1), Decimal(4))
    assert Tolerance.objects.get(plan=ccg, rule="count").history.count() == 1


def test_setting_what_already_holds_leaves_no_trace(ccg: Plan, person: Person) -> None:
    by, default = person("programme_office"), default_rules()["count"]
    set_tolerance(ccg, "count", green=default.green, red=default.red, by=by, why="As it is")
    assert not Tolerance.objects.filter(plan=ccg).exists()
    for _ in range(2):
        set_tolerance(ccg, "count", green=Decimal(1), red=Decimal(4), by=by, why="")
    entry = Tolerance.objects.get(plan=ccg, rule="count").history.get()
    assert entry.history_change_reason == "Rating rule changed"
