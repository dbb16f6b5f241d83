"""Down only: imports by import-linter's contracts, foreign keys by a walk of the app registry, models by who names them."""

import re
import subprocess
import sys

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.fields.related import RelatedField

from tests.architecture.tree import ROOT, modules

FLOORS = ["plans", "accounts", "imports", "initiatives", "activity", "finance", "submissions"]
"""The floors that hold models, lowest first. A string foreign key escapes an import linter; it does not escape the registry."""

OURS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in FLOORS]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "services", "signals", "managers", "constants"}


def relations(model: type[models.Model]) -> list[RelatedField]:
    """The model's relations upward or sideways. A history row's own model and the user who wrote it are not of its floor."""
    fields = [*model._meta.get_fields(include_hidden=True), *model._meta.local_many_to_many]
    return [
        field
        for field in fields
        if isinstance(field, RelatedField) and field.name not in {"history_user", "history_relation"}
    ]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_relation_points_to_its_own_floor_or_lower(model: type[models.Model]) -> None:
    floor = FLOORS.index(model._meta.app_label)
    for field in relations(model):
        label = field.related_model._meta.app_label  # type: ignore[union-attr]
        if label in FLOORS:
            assert FLOORS.index(label) <= floor, f"{model._meta.label}.{field.name} points up, to {label}"
        else:
            assert model is get_user_model() or label in {"auth", "contenttypes"}, f"{field} points out of the house"


def test_every_model_of_ours_stands_on_a_floor() -> None:
    labels = {
        config.label
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in {"opplan", "initiatives", "activity", "finance"} and list(config.get_models())
    }
    assert labels <= set(FLOORS), f"models above the floors: {labels - set(FLOORS)}"


def historical(model: type[models.Model]) -> bool:
    return hasattr(model, "history_id") or model.__name__.startswith("Historical")


IS_A_HISTORY = {"imports.BatchChange"}
"""Written once and never changed: what a batch did, row by row."""

NOT_REPEATED = {"password", "last_login", "messages", "figures", "content", "values", "checks", "workbook"}
"""Secrets, what changes with every sign-in, what an import holds that never changes after the upload, and what a submission froze."""


@pytest.mark.parametrize(
    "model",
    [
        model
        for model in OURS
        if not historical(model) and not model._meta.auto_created and model._meta.label not in IS_A_HISTORY
    ],
    ids=lambda model: model._meta.label,
)
def test_every_model_keeps_its_history_with_who_when_and_why(model: type[models.Model]) -> None:
    kept = model.history.model  # type: ignore[attr-defined]
    names = {field.name for field in kept._meta.get_fields()}
    assert {"history_user", "history_date", "history_change_reason", "history_type"} <= names
    left_out = {field.name for field in model._meta.fields} - names
    assert left_out <= NOT_REPEATED, f"the history leaves out {left_out}"


def test_every_contract_of_the_import_linter_holds() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", modules(), ids=str)
def test_no_module_has_a_name_that_hides_what_it_is(path) -> None:  # type: ignore[no-untyped-def]
    assert not FORBIDDEN_NAMES & {*path.parts[:-1], path.stem}


VIEWS = [path for path in modules() if path.stem == "views" or "views" in path.parts or "dashboards" in path.parts]


@pytest.mark.parametrize("path", VIEWS, ids=str)
def test_views_and_dashboards_reach_the_database_through_queries_and_actions(path) -> None:  # type: ignore[no-untyped-def]
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not re.search(r"\.objects\b|\b_default_manager\b|\.save\(|\.history\.", text)


def test_the_arithmetic_knows_neither_clock_nor_dice() -> None:
    for path in modules():
        if path.parts[:2] == ("opplan", "calc"):
            text = (ROOT / path).read_text(encoding="utf-8")
            assert not re.search(r"\b(date\.today|datetime\.now|timezone\.now|import random|import time)\b", text), path
