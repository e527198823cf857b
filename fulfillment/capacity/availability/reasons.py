"""Why slots cannot be had on a day, in words."""

from __future__ import annotations

from fulfillment.capacity.availability.reading import DayView, Reason


def in_words(view: DayView, slots: int) -> str:
    """Why so many slots of this day cannot be had; empty when they can."""
    reason = view.why_not(slots)
    if reason is None:
        return ""
    if reason == Reason.TIER:
        return f"room for {max(0, view.left)} more SKUs"
    if reason == Reason.OVER:
        return "over"
    if reason == Reason.BLOCKED:
        return view.note or "no slots offered"
    return _taken(view)


def _taken(view: DayView) -> str:
    none_left = view.left <= 0
    words = f"all {view.capacity} taken" if none_left else f"only {view.left} free"
    if view.note:
        words += f" ({view.note})"
    if view.held:
        words += f", {view.held} of them held" if none_left else f", {view.held} held"
    return f"{words}, {view.waiting} on the waiting list" if view.waiting else words
