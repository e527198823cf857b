"""The limit of a node's tier: following it when the tier changes, and letting a booking past it, on record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.locks import lock_rows
from coop.models import Member, Node, User
from fulfillment.capacity.availability.asks import Ask, asked
from fulfillment.capacity.availability.opening import open_asked
from fulfillment.capacity.availability.reading import read_spans
from fulfillment.capacity.booking.bookings import book_past_list
from fulfillment.capacity.booking.checks import check_asks
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, TierOverride
from fulfillment.capacity.running.tiers import MOST_SKUS
from fulfillment.capacity.waitlist.handing_out import hand_out
from fulfillment.capacity.waitlist.scene import Scene, lock_scene


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A day on which more SKUs are booked at a node than its tier may hold."""

    day: dt.date
    booked: int
    limit: int


@act
def book_over_tier(*, member: Member, ask: Ask, reason: str, by: User) -> Booking:
    """Book though the node's tier has no room for so many SKUs. On record: how many over, who let it pass, and why.

    The places that are missing are added on those days for this booking alone. Raises Full when the slots themselves
    are not free, Invalid without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why this booking may pass the limit.", code="override_reason", field="reason")
    check_asks([ask])
    open_asked([ask])
    scene = lock_scene(lambda: asked(ask), tidy=True)
    hand_out(scene)
    over = _add_places(ask, scene)
    [booking] = book_past_list(member=member, asks=[ask], by=by)
    if over:
        TierOverride.objects.create(
            booking=booking, skus_over=over, reason=reason[:300], granted_by=by, granted_at=clock.now()
        )
    return booking


@act
def apply_tier(*, node: Node, by: User | None = None) -> list[OverLimit]:
    """After a node's tier changed: its SKU places follow. Returns the days ahead on which more are booked by now.

    Those keep what they have; nothing is added to them. Bookings from a time without a limit count from now on.
    """
    lock_rows(Node.objects.filter(pk=node.pk))
    shelves = SlotPool.objects.filter(node=node, kind=SlotPool.Kind.SHELF)
    most = MOST_SKUS[node.tier]
    if _follows(node, most):
        return _over_limit(node, most)
    places, _ = SlotPool.objects.get_or_create(
        node=node, kind=SlotPool.Kind.ASSORTMENT, defaults={"slots": most or 0}
    )
    # Every day of the node's shelves: whoever books there waits until the new limit is in force.
    lock_rows(
        PoolDay.objects.filter(Q(pool=places) | Q(pool__in=shelves), day__gte=clock.today(node.timezone))
    )
    shelves.update(assortment=None if most is None else places)
    if most is not None:
        SlotPool.objects.filter(pk=places.pk).update(slots=most)
        ahead = Booking.objects.live().filter(pool__in=shelves, last_day__gte=clock.today(node.timezone))
        ahead.filter(assortment=None).update(assortment=places)
    _recount(places, most or 0)
    return _over_limit(node, most)


def _follows(node: Node, most: int | None) -> bool:
    """Whether the node's pools have the limit of its tier already."""
    shelves = SlotPool.objects.filter(node=node, kind=SlotPool.Kind.SHELF)
    if most is None:
        return not shelves.filter(assortment__isnull=False).exists()
    return not shelves.exclude(assortment__slots=most).exists()


def _over_limit(node: Node, most: int | None) -> list[OverLimit]:
    if most is None:
        return []
    ahead = PoolDay.objects.filter(pool__node=node, pool__kind=SlotPool.Kind.ASSORTMENT, booked__gt=most)
    days = ahead.filter(day__gte=clock.today(node.timezone)).order_by("day")
    return [OverLimit(d.day, d.booked, most) for d in days]


def _add_places(ask: Ask, scene: Scene) -> int:
    """Add what is missing of the node's SKU places on each (locked) day; the most that was missing on one."""
    places = [span for span in asked(ask) if span.pool_id == ask.pool.assortment_id]
    if not places:
        return 0
    lacks = read_spans(places, now=scene.now, behind_locks=True).lacking(places)
    days = PoolDay.objects.filter(pool=ask.pool.assortment_id, day__in=[lack.day for lack in lacks])
    days.update(capacity=F("booked") + places[0].slots)
    return max((lack.asked - lack.free for lack in lacks), default=0)


def _recount(places: SlotPool, most: int) -> None:
    """The days of SKU places from what is booked and waited for: made where missing, never below what is booked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH taken AS (
              SELECT d::date AS day, sum(b.skus)::int AS n
              FROM fulfillment_booking b
              CROSS JOIN LATERAL generate_series(b.first_day, b.last_day, '1 day') d
              WHERE b.assortment_id = %(places)s AND b.state IN ('held', 'booked') AND b.skus > 0
              GROUP BY 1
            ), waiting AS (
              SELECT d::date AS day, count(*)::int AS n
              FROM fulfillment_waitlistentry w JOIN fulfillment_slotpool p ON p.id = w.pool_id
              CROSS JOIN LATERAL generate_series(w.first_day, w.last_day, '1 day') d
              WHERE p.assortment_id = %(places)s AND w.state = 'waiting'
              GROUP BY 1
            ), days AS (
              SELECT day FROM taken UNION SELECT day FROM waiting
              UNION SELECT day FROM fulfillment_poolday WHERE pool_id = %(places)s
            )
            INSERT INTO fulfillment_poolday (id, pool_id, day, capacity, booked, waiting, closed, note)
            SELECT gen_random_uuid(), %(places)s, days.day, greatest(%(most)s, coalesce(taken.n, 0)),
                   coalesce(taken.n, 0), coalesce(waiting.n, 0), false, ''
            FROM days LEFT JOIN taken USING (day) LEFT JOIN waiting USING (day)
            ON CONFLICT (pool_id, day) DO UPDATE SET capacity = excluded.capacity, booked = excluded.booked,
                                                     waiting = excluded.waiting
            """,
            {"places": places.pk, "most": most},
        )
