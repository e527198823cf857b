"""A node's fulfilment window in one readable line. Pure."""

from __future__ import annotations

import datetime as dt

_AT_THE_DOOR = {
    "same_day": "at your door this evening",
    "next_day": "at your door tomorrow",
    "hub": "on its way the same day",
}


def window(tier: str, cutoff: dt.time) -> str:
    """Order by 14:00, at your door tomorrow."""
    return f"Order by {cutoff:%H:%M}, {_AT_THE_DOOR[tier]}"


def reach(metres: int) -> str:
    """Within 8 km; within 800 m."""
    return f"within {metres} m" if metres < 1000 else f"within {metres / 1000:.3g} km"
