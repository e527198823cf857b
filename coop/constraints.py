"""From a constraint's name to the sentence a person can act on.

The sentence lives beside the constraint (`violation_error_message`, `violation_error_code`); this module only finds
it again when PostgreSQL refuses a row: what the form did not catch becomes 409 or 422, never 500.
"""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db import IntegrityError, models

from coop.errors import Conflict, DomainError, Invalid


@cache
def named_constraints() -> dict[str, models.BaseConstraint]:
    """Every named constraint of the house's own models, by name."""
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if model._meta.app_label in {"coop", "fulfillment", "billing"}
    }


def explain(error: IntegrityError) -> DomainError | None:
    """The domain error behind an IntegrityError, or None when the constraint is not one of ours."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    constraint = named_constraints().get(name)
    if constraint is None:
        return None
    message = str(constraint.violation_error_message)
    code = constraint.violation_error_code or name
    kind = Invalid if isinstance(constraint, models.CheckConstraint) else Conflict
    return kind(message, code=code)
