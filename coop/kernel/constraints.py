"""From a constraint's name to the sentence a person can act on.

The sentence lives beside the constraint (`violation_error_message`, `violation_error_code`); this module only finds
it again when PostgreSQL refuses a row: what the form did not catch becomes 409 or 422, never 500.
"""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db import IntegrityError, models

from coop.kernel.errors import Conflict, DomainError, Invalid


@cache
def named_constraints() -> dict[str, models.BaseConstraint]:
    """Every named constraint of the house's own models, by name."""
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if model._meta.app_label in {"coop", "fulfillment", "billing"}
    }


# What a hand-written trigger refuses, by the constraint name that it raises.
_of_triggers: dict[str, tuple[type[DomainError], str, str]] = {}


def name_trigger(name: str, *, kind: type[DomainError], code: str, message: str) -> None:
    """Give the refusal of a hand-written constraint trigger its error; called by the room that owns the table.

    What the trigger raises as DETAIL goes before `message`: that sentence can name the row it is about.
    """
    _of_triggers[name] = (kind, code, message)


def explain(error: IntegrityError) -> DomainError | None:
    """The domain error behind an IntegrityError, or None when the constraint is not one of ours."""
    told = getattr(error.__cause__, "diag", None)
    name = getattr(told, "constraint_name", None) or ""
    if name in _of_triggers:
        kind, code, message = _of_triggers[name]
        detail = getattr(told, "message_detail", None) or ""
        return kind(f"{detail} {message}".strip(), code=code)
    constraint = named_constraints().get(name)
    if constraint is None:
        return None
    refusal = Invalid if isinstance(constraint, models.CheckConstraint) else Conflict
    return refusal(str(constraint.violation_error_message), code=constraint.violation_error_code or name)
