"""Who changed what: every tracked model gets a table of its past rows, filled by triggers (also for bulk updates)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pghistory
from django.contrib.auth import get_user_model


def tracked(**options: Any) -> Any:
    """Class decorator: keep each past state of a row together with who, when and from where."""
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options
    )


def changes_of(
    row: Any, *, names: Mapping[str, str], units: Mapping[str, str] | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """The newest changes of a tracked row for `components/timeline.html`: what, at, by. Two queries.

    `names` are the fields worth telling, in words; `units` follow their values.
    """
    rows: list[Any] = list(row.events.select_related("pgh_context").order_by("-pgh_id")[: limit + 1])
    people = _people(rows)
    events = []
    for newer, older in zip(rows, [*rows[1:], None], strict=True):
        what = "Entered" if older is None else _what_changed(older, newer, names, units or {})
        if what:
            events.append(
                {"what": what, "at": newer.pgh_created_at, "by": people.get(_user_of(newer), ""), "tone": ""}
            )
    # The row beyond the limit was only fetched to compare with.
    return events[:limit]


def _what_changed(older: Any, newer: Any, names: Mapping[str, str], units: Mapping[str, str]) -> str:
    parts = []
    for name, words in names.items():
        old, new = getattr(older, name), getattr(newer, name)
        if old != new:
            unit = units.get(name, "")
            parts.append(f"{words} {_spoken(old, unit)} → {_spoken(new, unit)}")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _spoken(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else f"{value}{unit}"


def _user_of(row: Any) -> str:
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    return str(metadata.get("user") or "")


def _people(rows: list[Any]) -> dict[str, str]:
    wanted = {user for user in map(_user_of, rows) if user}
    users = get_user_model()._default_manager.filter(pk__in=wanted) if wanted else []
    return {str(user.pk): str(user) for user in users}
