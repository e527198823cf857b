"""What an ask must be, and what is said when it cannot be had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Member
from fulfillment.capacity.availability.asks import Ask
from fulfillment.capacity.availability.counters import Span
from fulfillment.capacity.availability.opening import day_range
from fulfillment.capacity.availability.reading import Lack, Reading, read, read_spans
from fulfillment.capacity.availability.reasons import in_words
from fulfillment.capacity.availability.search import nearest_that_fits
from fulfillment.capacity.errors import Full, OnHold, OverTier
from fulfillment.capacity.models import SlotPool


def check_standing(member: Member) -> None:
    """Raises OnHold when the member may book nothing new."""
    if member.standing != Member.Standing.GOOD:
        raise OnHold(
            f"{member.name} is {member.get_standing_display()} and cannot book new slots. What is booked stays booked."
        )


def check_asks(asks: Sequence[Ask]) -> None:
    """Raises Invalid for what makes no sense, and for days that are over."""
    if not asks:
        raise Invalid("Name at least one thing to book.", field="slots")
    for ask in asks:
        if ask.slots < 1:
            raise Invalid("Book at least one slot.", code="slots_zero", field="slots")
        if ask.first_day < clock.today(ask.pool.node.timezone):
            raise Invalid("This day is over at the node. Start today or later.", field="first_day")
        if ask.pool.kind == SlotPool.Kind.ASSORTMENT:
            raise Invalid("SKU places come with shelf slots; book those.", field="pool")
        day_range(ask.first_day, ask.last_day)
    _check_today(asks)


def _check_today(asks: Sequence[Ask]) -> None:
    """Raises Invalid for what is over of a day that is not: who finds slots free books them without another look."""
    for ask in asks:
        pool, first = ask.pool, ask.first_day
        if not pool.follows_hours or first != clock.today(pool.node.timezone):
            continue
        if read([pool.pk], first, first).days[pool.pk, first].is_over:
            words = _("%(what)s: over for today. Start tomorrow or later.")
            raise Invalid(words % {"what": pool.label.capitalize()}, field="first_day")


def refusal(asks: Sequence[Ask], spans: Sequence[Span], *, now: dt.datetime | None = None) -> Full | OverTier:
    """Why the counters did not move: the first pool that is short, with its days.

    It is the tier only when nothing else is short. The days are locked, and those who wait have been served.
    """
    reading = read_spans(spans, now=now, behind_locks=True)
    lacks = reading.lacking(spans)
    pools = {ask.pool.pk: ask.pool for ask in asks}
    of_slots = [lack for lack in lacks if lack.pool_id in pools]
    if lacks and not of_slots:
        return _over_tier(asks, reading, lacks)
    first = pools[of_slots[0].pool_id] if of_slots else asks[0].pool
    short = [lack for lack in of_slots if lack.pool_id == first.pk]
    return Full(
        short[0].asked if short else asks[0].slots,
        [(lack.day, lack.free) for lack in short],
        what=first,
        why=_why(reading, short),
        may_wait=all(reading.days[lack.pool_id, lack.day].may_come(lack.asked) for lack in of_slots),
    )


def _over_tier(asks: Sequence[Ask], reading: Reading, lacks: Sequence[Lack]) -> OverTier:
    places = lacks[0].pool_id
    short = [lack for lack in lacks if lack.pool_id == places]
    ask = next(ask for ask in asks if ask.pool.assortment_id == places)
    node, better = ask.pool.node, nearest_that_fits(ask)
    return OverTier(
        node.name,
        node.get_tier_display(),
        lacks[0].asked,
        [(lack.day, lack.free) for lack in short],
        _why(reading, short),
        better.node_name if better else "",
    )


def _why(reading: Reading, lacks: Sequence[Lack]) -> list[str]:
    """The words of each day, as calendars and previews say them."""
    return [in_words(reading.days[lack.pool_id, lack.day], lack.asked) for lack in lacks]
