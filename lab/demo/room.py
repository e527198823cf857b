"""Who books, holds, waits and comes at the demo's nodes, so that every page of capacity has something to show."""

from __future__ import annotations

import datetime as dt

from coop.kernel import clock
from coop.models import Member, Node, User
from fulfillment.capacity import services as capacity
from fulfillment.capacity.services import Ask
from fulfillment.models import Booking, SlotPool
from lab.demo.season import World

_TERMS = {
    "shelf": [(14, 50), (3, 100)],
    "dock": [(2, 100)],
    "table": [(7, 50), (2, 100)],
    "picks": [(3, 50)],
}


def set_all_terms(world: World, by: User) -> None:
    """The same terms at every node but the hub, which keeps nothing."""
    for node in world.places.values():
        if node.tier != Node.Tier.HUB:
            for kind, terms in _TERMS.items():
                capacity.set_terms(node=node, kind=kind, terms=terms, by=by)


def fill_the_calendar(world: World, steward: User) -> None:
    """Bookings of every kind, a closed day, somebody let past the tier, a queue with an offer, a hold that runs now."""
    maya, jonas, camila = (
        world.members[slug] for slug in ("kiln-and-tide", "north-star-roasters", "ember-sauce-co")
    )
    kreuzberg, arches = world.places["kreuzberg"], world.places["charlottenburg"]
    today = clock.today(kreuzberg.timezone)
    for member in (jonas, camila):
        _book_free(member, _pool(kreuzberg, "table"), 1, today, today)
    for node, member in ((kreuzberg, jonas), (kreuzberg, maya), (arches, camila)):
        _book_free(member, _pool(node, "dock"), 1, today, today)
    _saturdays(maya, _pool(kreuzberg, "table"), today)
    _queue(maya, jonas, camila, _pool(kreuzberg, "shelf"), today + dt.timedelta(days=24))
    _offer(maya, jonas, _pool(arches, "shelf"), today + dt.timedelta(days=40))
    quiet = _next_working(today + dt.timedelta(days=61))
    operator = world.staff["kreuzberg"][0]
    capacity.close_days(node=kreuzberg, first=quiet, last=quiet, reason="The floor is oiled", by=operator)
    capacity.book_over_tier(
        member=world.members["paper-heron"],
        ask=Ask(_pool(kreuzberg, "shelf"), 1, quiet, quiet + dt.timedelta(days=6), skus=60),
        reason="Postcards: sixty motifs in one drawer, for the week before the market.",
        by=steward,
    )
    ahead = today + dt.timedelta(days=12)
    ask = Ask(_pool(kreuzberg, "table"), 1, _next_working(ahead), _next_working(ahead))
    capacity.book(member=maya, asks=[ask], hold_for=capacity.HOLD, by=_owner(maya))


def _saturdays(member: Member, pool: SlotPool, today: dt.date) -> None:
    first = today + dt.timedelta(days=(5 - today.weekday()) % 7 or 7)
    market = capacity.Series(
        pool=pool, slots=1, first_day=first, rrule="FREQ=WEEKLY;INTERVAL=2", until=first + dt.timedelta(weeks=8),
        title="Saturday market",
    )  # fmt: skip
    capacity.book_series(member=member, series=market, by=_owner(member))


def _queue(waiting: Member, first: Member, holder: Member, pool: SlotPool, day: dt.date) -> None:
    """A week that is full, with two who wait for it."""
    last = day + dt.timedelta(days=6)
    _book_free(holder, pool, None, day, last)
    for member, slots in ((first, 3), (waiting, 2)):
        capacity.join_waitlist(member=member, ask=Ask(pool, slots, day, last), by=_owner(member))


def _offer(waiting: Member, holder: Member, pool: SlotPool, day: dt.date) -> None:
    """Somebody gave a full week back, and it is the next one's turn."""
    last = day + dt.timedelta(days=6)
    booked = _book_free(holder, pool, None, day, last)
    capacity.join_waitlist(member=waiting, ask=Ask(pool, 4, day, last), by=_owner(waiting))
    if booked is not None:
        capacity.release_bookings(bookings=[booked], by=_owner(holder))


def _book_free(
    member: Member, pool: SlotPool, slots: int | None, first: dt.date, last: dt.date
) -> Booking | None:
    """Book so many slots, or all that are left (None), where there are any; a day off has none, nor has one that is over."""
    left = min(0 if day.why_not(1) else day.left for day in capacity.read([pool.pk], first, last).of(pool.pk))
    wanted = left if slots is None else slots
    if not 0 < wanted <= left:
        return None
    return capacity.book_slots(
        member=member, pool=pool, slots=wanted, first_day=first, last_day=last, by=_owner(member)
    )


def _pool(node: Node, kind: str) -> SlotPool:
    pools = SlotPool.objects.filter(node=node, kind=kind).select_related("node", "assortment")
    return pools.order_by("storage_class", "opens_at")[0]


def _owner(member: Member) -> User:
    return User.objects.get(memberships__member=member, memberships__role="owner")


def _next_working(day: dt.date) -> dt.date:
    """That day, or the Monday after a weekend."""
    return day + dt.timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
