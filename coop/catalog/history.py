"""Who changed a SKU, when, and what: read from the rows its triggers keep."""

from __future__ import annotations

from typing import Any

from coop.catalog.inputs import FIELDS
from coop.catalog.models import Sku
from coop.identity.models import User

_NAMES = {
    "code": "code",
    "title": "title",
    "gtin": "GTIN",
    "length_mm": "length",
    "width_mm": "width",
    "height_mm": "height",
    "weight_g": "weight",
    "value_amount": "value",
    "velocity_class": "velocity",
    "storage_class": "storage",
    "packing_spec_id": "packing spec",
    "is_active": "active",
}
_UNITS = {"length_mm": " mm", "width_mm": " mm", "height_mm": " mm", "weight_g": " g"}


def changes_of(sku: Sku, *, limit: int = 20) -> list[dict[str, Any]]:
    """The newest changes for `components/timeline.html`: what, at, by. Two queries."""
    rows: list[Any] = list(sku.events.select_related("pgh_context").order_by("-pgh_id")[: limit + 1])  # type: ignore[attr-defined]
    people = _people(rows)
    events = []
    for newer, older in zip(rows, [*rows[1:], None], strict=True):
        what = "Listed" if older is None else _what_changed(older, newer)
        if what:
            who = people.get(_user_of(newer), "")
            events.append({"what": what, "at": newer.pgh_created_at, "by": who, "tone": ""})
    # The row beyond the limit was only fetched to compare with.
    return events[:limit]


def spoken(name: str, value: Any) -> str:
    """A field's value in words: 320 mm, yes, none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value}{_UNITS.get(name, '')}" if value not in (None, "") else "none"


def name_of(field: str) -> str:
    """A field's name in words."""
    return _NAMES.get(field, field)


def _what_changed(older: Any, newer: Any) -> str:
    parts = []
    for name in ("code", *FIELDS):
        old, new = getattr(older, name), getattr(newer, name)
        if old == new:
            continue
        if name == "is_active":
            parts.append("brought back" if new else "taken out of the offer")
        elif name == "packing_spec_id":
            parts.append("packing spec changed")
        else:
            parts.append(f"{_NAMES[name]} {spoken(name, old)} → {spoken(name, new)}")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _user_of(row: Any) -> str:
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    return str(metadata.get("user") or "")


def _people(rows: list[Any]) -> dict[str, str]:
    wanted = {user for user in map(_user_of, rows) if user}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=wanted)} if wanted else {}
