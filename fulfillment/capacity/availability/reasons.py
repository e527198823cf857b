"""Why slots cannot be had on a day, in words: the same in calendars, previews, search and refusals."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment.capacity.availability.reading import DayView, Reason


def in_words(view: DayView, slots: int) -> str:
    """Why so many slots of this day cannot be had; empty when they can."""
    reason = view.why_not(slots)
    if reason is None:
        return ""
    if reason == Reason.TIER:
        places = max(0, view.left)
        return ngettext("room for %(n)s more SKU", "room for %(n)s more SKUs", places) % {"n": places}
    if reason == Reason.OVER:
        return _("over")
    if reason == Reason.BLOCKED:
        return view.note or _("no slots offered")
    return _taken(view, reason)


def _taken(view: DayView, reason: Reason) -> str:
    none_left = view.left <= 0
    words = (
        _("all %(n)s taken") % {"n": view.capacity} if none_left else _("only %(n)s free") % {"n": view.left}
    )
    if view.note:
        words += f" ({view.note})"
    if view.held:
        held = _("%(n)s of them held") if none_left else _("%(n)s held")
        words += ", " + held % {"n": view.held}
        if reason == Reason.HELD and view.held_until:
            words += " " + _("until %(moment)s") % {"moment": f"{view.held_until:%-d %b %H:%M}"}
    if view.waiting:
        words += ", " + _("%(n)s on the waiting list") % {"n": view.waiting}
    return words
