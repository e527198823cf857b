"""What can go wrong with slots, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coop.errors import Conflict

_NAMED_DAYS = 5


def _say(days: Sequence[str]) -> str:
    more = len(days) - _NAMED_DAYS
    return ", ".join(days[:_NAMED_DAYS]) + (f" and {more} more days" if more > 0 else "")


class Full(Conflict):
    """The slots are not free on every day asked for. `days`: each day that lacks some, with what is free then."""

    code = "full"

    def __init__(self, asked: int, days: Sequence[tuple[dt.date, int]]) -> None:
        self.asked = asked
        self.days = list(days)
        listed = _say([f"{day:%d %b %Y} ({free} free)" for day, free in days])
        slots = "slot" if asked == 1 else "slots"
        super().__init__(
            f"Not free for {asked} {slots} on {listed}. Take fewer slots or other days.", field="slots"
        )


class WouldOversell(Conflict):
    """The capacity cannot be lowered below what is booked. `members`: who holds slots on those days, and how many."""

    code = "would_oversell"

    def __init__(
        self, slots: int, days: Sequence[tuple[dt.date, int]], members: Sequence[tuple[str, int]]
    ) -> None:
        self.days = list(days)
        self.members = list(members)
        booked = _say([f"{day:%d %b %Y} ({booked} booked)" for day, booked in days])
        who = ", ".join(f"{name} ({held} slots)" for name, held in members)
        super().__init__(
            f"{slots} slots are fewer than are booked on {booked}. Affected: {who}. Ask them to release first.",
            field="slots",
        )


class OnHold(Conflict):
    """A member whose invoices are overdue keeps what it has, but books nothing new."""

    code = "on_hold"


class NothingToRelease(Conflict):
    """The booking is released already, or its last day has come."""

    code = "nothing_to_release"
