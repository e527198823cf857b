"""What holds for every door and every room, read from the source: no row without the doorway, one clock, no signals,
and a friendly error for every constraint."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from coop.kernel.constraints import named_constraints

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("coop", "fulfillment", "billing")
DOORS = {"views", "api", "forms"}
# The doorway itself, and pages about the house that show no row.
NO_DOORS = {"coop/web/forms.py"}
CLOCK = "coop/kernel/clock.py"
DEFAULT_MESSAGE = models.BaseConstraint.default_violation_error_message


def sources(*floors: str) -> Iterator[tuple[str, ast.Module]]:
    for floor in floors:
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name:
                yield name, ast.parse(path.read_text(), filename=name)


def is_door(name: str) -> bool:
    """views.py, api.py, forms.py, views_portal.py, or a module in a package of such a name."""
    parts = name.removesuffix(".py").split("/")
    kinds = {part.split("_")[0] for part in (parts[-1], parts[-2])}
    return bool(kinds & DOORS) and name not in NO_DOORS


def at(name: str, node: ast.AST) -> str:
    return f"{name}:{getattr(node, 'lineno', 0)}"


def test_no_door_takes_a_row_round_the_doorway() -> None:
    found = [
        f"{at(name, node)} .{node.attr}"
        for name, tree in sources(*FLOORS)
        if is_door(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager", "_base_manager"}
        and node not in _empty_sets(tree)
    ]
    assert not found, f"take rows from the door (coop.identity.doors): {found}"


def _empty_sets(tree: ast.Module) -> list[ast.expr]:
    """`Model.objects.none()`: what a form's field starts with before it is given its rows."""
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "none"]


def test_the_doors_are_found() -> None:
    names = {name for name, _ in sources(*FLOORS) if is_door(name)}
    assert {"coop/members/views/team.py", "coop/members/forms.py", "coop/nodes/views.py"} <= names
    assert not {n for n in names if n.endswith(("services.py", "models.py"))}


def test_there_are_no_model_signals() -> None:
    found = [
        at(name, node)
        for name, tree in sources(*FLOORS, "lab")
        for node in ast.walk(tree)
        if (
            isinstance(node, ast.ImportFrom)
            and node.module in {"django.db.models.signals", "django.dispatch"}
        )
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "django.db.models"
            and "signals" in {a.name for a in node.names}
        )
    ]
    assert not found, f"no rule lives in a signal: {found}"


def test_there_is_one_clock() -> None:
    found = [
        f"{at(name, node)} {ast.unparse(node)}"
        for name, tree in sources(*FLOORS, "lab")
        if name != CLOCK
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node)
        in {
            "timezone.now",
            "datetime.now",
            "dt.datetime.now",
            "datetime.utcnow",
            "dt.date.today",
            "date.today",
            "timezone.localdate",
        }
    ]
    assert not found, f"ask coop.kernel.clock: {found}"


def test_no_field_keeps_its_own_time() -> None:
    found = [
        f"{at(name, node)} {node.arg}"
        for name, tree in sources(*FLOORS)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}
    ]
    assert not found, f"give the time as a value, from coop.kernel.clock: {found}"


def own_models() -> list[type[models.Model]]:
    """The house's tables; pghistory's shadows of them are not ours to constrain."""
    return [m for m in apps.get_models() if m._meta.app_label in FLOORS and not hasattr(m, "pgh_id")]


@pytest.mark.parametrize("model", own_models(), ids=lambda m: m._meta.label)
def test_every_constraint_has_words_of_its_own(model: type[models.Model]) -> None:
    silent = [
        c.name
        for c in model._meta.constraints
        if not c.violation_error_code or str(c.violation_error_message) in {str(DEFAULT_MESSAGE), ""}
    ]
    assert not silent


def test_constraints_of_the_house_have_names_that_differ() -> None:
    declared = [c.name for m in own_models() for c in m._meta.constraints]
    assert len(declared) == len(set(declared))
    assert set(declared) <= set(named_constraints())


def test_no_column_is_unique_without_words() -> None:
    """`unique=True` makes a constraint that no sentence belongs to. What the program itself makes up may have it."""
    made_by_us = {
        "coop.ApiKey.prefix",
        "coop.StewardInvitation.digest",
        "fulfillment.Asn.number",
        "fulfillment.CalendarFeed.digest",
        "fulfillment.Shipment.number",
        "billing.Account.code",
        "billing.StripeCustomer.stripe_id",  # made by Stripe
    }
    found = {
        f"{m._meta.label}.{f.name}"
        for m in own_models()
        for f in m._meta.local_concrete_fields
        if f.unique and not f.primary_key and not f.one_to_one
    }
    assert found <= made_by_us
