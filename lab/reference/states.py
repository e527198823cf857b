"""The page of states and kinds, as the models declare them."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from lab.reference.markdown import NOTE, table
from lab.reference.meanings import KINDS, STATES


def states_page() -> str:
    parts = [
        "# States and kinds\n",
        NOTE.strip(),
        "\nWhat each state means. The same words stand on the screens.\n",
    ]
    kinds = choice_fields()
    explained = {name: kinds[name] for name in KINDS}
    for name, values in (state_fields() | explained).items():
        _, model, field = name.split(".")
        parts.append(f"\n## {model}: {field}\n")
        meaning = (STATES | KINDS).get(name, {})
        parts.append(
            table(
                ("Value", "On screen", "Means"), ((f"`{v}`", word, meaning.get(v, "")) for v, word in values)
            )
        )
    parts.append("\n## Other kinds\n")
    rows = (
        (f"{name.split('.', 1)[1]}", _values(values, explained))
        for name, values in kinds.items()
        if name not in KINDS
    )
    parts.append(table(("Field", "Values"), rows))
    return "\n".join(parts)


def state_fields() -> dict[str, list[tuple[str, str]]]:
    """Every field of ours that holds a state, as "app.Model.field", with its values and words."""
    return {
        f"{model._meta.label}.{field.name}": [(str(value), str(word)) for value, word in field.choices]
        for model in apps.get_models()
        if model._meta.app_label in {"coop", "fulfillment", "billing"} and not _is_history(model)
        for field in model._meta.concrete_fields
        if field.choices and field.name in {"state", "standing"}
    }


def choice_fields() -> dict[str, list[tuple[str, str]]]:
    """Every other field of ours with fixed values."""
    return {
        f"{model._meta.label}.{field.name}": [(str(value), str(word)) for value, word in field.choices]
        for model in apps.get_models()
        if model._meta.app_label in {"coop", "fulfillment", "billing"} and not _is_history(model)
        for field in model._meta.concrete_fields
        if field.choices and f"{model._meta.label}.{field.name}" not in state_fields()
    }


def _is_history(model: Any) -> bool:
    return any(field.name.startswith("pgh_") for field in model._meta.concrete_fields)


def _values(values: list[tuple[str, str]], explained: dict[str, list[tuple[str, str]]]) -> str:
    """The values, or where the same ones are explained."""
    for name, known in explained.items():
        if values == known:
            _, model, field = name.split(".")
            return f"as [{model}: {field}](#{model.lower()}-{field})"
    return ", ".join(f"`{value}`" for value, _ in values)
