"""Who changed what: every tracked model gets a table of its past rows, filled by triggers (also for bulk updates)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.contrib.auth import get_user_model


def tracked(**options: Any) -> Any:
    """Class decorator: keep each past state of a row together with who, when and from where."""
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options
    )


@dataclass(frozen=True)
class Wording:
    """How a model's changes are told.

    `names` are the fields worth telling, in words, in this order; `units` follow their values. `entered` stands for the
    first row. A field in `instead` is told by its own words of (old, new).
    """

    names: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    entered: str = "Entered"
    instead: Mapping[str, Callable[[Any, Any], str]] = field(default_factory=dict)

    def name_of(self, field: str) -> str:
        """A field's name in words."""
        return self.names.get(field, field)

    def spoken(self, field: str, value: Any) -> str:
        """A field's value in words: 320 mm, yes, none."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "none" if value in (None, "") else f"{value}{self.units.get(field, '')}"

    def changed(self, older: Any, newer: Any) -> str:
        """What differs between two states of a row; "" when nothing worth telling does."""
        parts = []
        for name, words in self.names.items():
            old, new = getattr(older, name), getattr(newer, name)
            if old == new:
                continue
            told = self.instead.get(name)
            parts.append(
                told(old, new) if told else f"{words} {self.spoken(name, old)} → {self.spoken(name, new)}"
            )
        text = ", ".join(parts)
        return text[:1].upper() + text[1:]


def changes_of(row: Any, wording: Wording, *, limit: int = 20) -> list[dict[str, Any]]:
    """The newest changes of a tracked row for `components/timeline.html`: what, at, by. Two queries."""
    rows: list[Any] = list(row.events.select_related("pgh_context").order_by("-pgh_id")[: limit + 1])
    people = _people(rows)
    events = []
    for newer, older in zip(rows, [*rows[1:], None], strict=True):
        what = wording.entered if older is None else wording.changed(older, newer)
        if what:
            events.append(
                {"what": what, "at": newer.pgh_created_at, "by": people.get(_user_of(newer), ""), "tone": ""}
            )
    # The row beyond the limit was only fetched to compare with.
    return events[:limit]


def _user_of(row: Any) -> str:
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    return str(metadata.get("user") or "")


def _people(rows: list[Any]) -> dict[str, str]:
    wanted = {user for user in map(_user_of, rows) if user}
    users = get_user_model()._default_manager.filter(pk__in=wanted) if wanted else []
    return {str(user.pk): str(user) for user in users}
