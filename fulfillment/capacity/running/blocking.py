"""How many slots are published: more, fewer, none. Fewer than are booked only by displacing bookings that are named.

Nobody is overbooked silently: without names the act refuses and says who is affected; with them exactly those bookings
lose exactly those days, free of charge, and wait for them ahead of everybody who came later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.models import Member, User
from fulfillment.capacity.availability.asks import spans_of
from fulfillment.capacity.availability.counters import Key, Span, runs
from fulfillment.capacity.availability.opening import open_days, usual_days
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.running.displacing import displace
from fulfillment.capacity.waitlist.handing_out import hand_out
from fulfillment.capacity.waitlist.scene import end_holds, lock_scene


@dataclass(frozen=True, slots=True)
class Target:
    """What a day shall have, why, and whether the node does not work then.

    With more booked than `slots` it is refused, or displaces; where it `keeps` what is booked, that stays, and the day
    offers as much. A closed day never offers more than is booked.
    """

    slots: int
    note: str = ""
    closed: bool = False
    keeps: bool = False


Targets = Mapping[Key, Target]


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking that would lose its slots on these days."""

    booking: Booking
    days: list[dt.date]

    @property
    def member(self) -> Member:
        return self.booking.member


@act
def set_capacity(
    *,
    pool: SlotPool,
    first: dt.date,
    last: dt.date,
    slots: int,
    reason: str = "",
    displacing: Collection[UUID] = (),
    by: User | None = None,
) -> int:
    """Publish so many slots on each day of the range, and say why. Returns how many days changed.

    More is offered to those who wait. Fewer than are booked raises WouldOversell, naming the days and who holds slots
    on them, unless the bookings in `displacing` make up for it: the newest of them go first, on those days only. Days on
    which the node does not work offer nothing new whatever is said here; Invalid when there is no other day.
    """
    if slots < 0:
        raise Invalid("Offer 0 slots or more.", field="slots")
    if pool.kind == SlotPool.Kind.ASSORTMENT:
        raise Invalid("SKU places follow the node's tier.", field="pool")
    if first < clock.today(pool.node.timezone):
        raise Invalid("Days that are over stay as they were.", field="first_day")
    open_days(pool=pool, first=first, last=last)
    usual = usual_days([Span(pool.pk, first, last, 0)])
    if slots and all(day.why for day in usual.values()):
        why = next(iter(usual.values())).why
        raise Invalid(
            _("The node does not work on any of these days (%(why)s).") % {"why": why}, field="first_day"
        )
    targets = {
        key: Target(slots, (day.why or reason)[:120], closed=bool(day.why)) for key, day in usual.items()
    }
    return publish_days([pool], targets, reason, displacing)


def affected_by(*, pool: SlotPool, first: dt.date, last: dt.date, slots: int) -> list[Affected]:
    """Whose bookings would go, the newest first, if so few slots were published: just enough that the rest fits."""
    days = PoolDay.objects.filter(pool=pool, day__range=(first, last), booked__gt=slots)
    excess = {(pool.pk, d.day): d.booked - slots for d in days}
    touching = Booking.objects.live().filter(pool=pool, first_day__lte=last, last_day__gte=first)
    return _cuts(list(touching.select_related("member", "pool__node")), excess)


def publish_days(
    pools: Sequence[SlotPool], targets: Targets, reason: str = "", displacing: Collection[UUID] = ()
) -> int:
    """Set the capacity of each (open) day, with everything that follows from it, in the caller's transaction.

    Returns how many days changed. Raises WouldOversell as `set_capacity` does.
    """
    if not targets:
        return 0

    def touched() -> list[Span]:
        named = Booking.objects.live().filter(pk__in=displacing)
        return [
            *(
                Span(pool.pk, begin, end, 0)
                for pool in pools
                for begin, end in runs([day for pk, day in targets if pk == pool.pk])
            ),
            *(span for booking in named for span in spans_of(booking)),
        ]

    scene = lock_scene(touched, tidy=True, bookings=displacing)
    end_holds(scene)
    excess = _excess(pools, targets)
    cuts = _cuts([row for row in scene.rows if not row.is_over], excess)
    if any(excess.values()):
        raise _would_oversell(pools, targets, excess)
    for cut in cuts:
        displace(cut.booking, cut.days, reason or "the node offers fewer slots")
    changed = _write(targets)
    hand_out(scene)
    return changed


def _excess(pools: Sequence[SlotPool], targets: Targets) -> dict[Key, int]:
    """By how much each (locked) day is booked above its target."""
    days = [day for _, day in targets]
    rows = PoolDay.objects.filter(pool__in=pools, day__range=(min(days), max(days)))
    over = {(d.pool_id, d.day): d.booked for d in rows if (d.pool_id, d.day) in targets}
    return {
        key: n - targets[key].slots
        for key, n in over.items()
        if n > targets[key].slots and not targets[key].keeps
    }


def _would_oversell(pools: Sequence[SlotPool], targets: Targets, excess: Mapping[Key, int]) -> WouldOversell:
    """Says on which days of the first pool too many are booked, and by whom."""
    still = sorted(key for key, n in excess.items() if n)
    pool = next(p for p in pools if p.pk == still[0][0])
    days = [day for pk, day in still if pk == pool.pk]
    booked = PoolDay.objects.filter(pool=pool, day__in=days).order_by("day").values_list("day", "booked")
    return WouldOversell(targets[still[0]].slots, list(booked), _holders(pool, days))


def _cuts(bookings: Sequence[Booking], excess: dict[Key, int]) -> list[Affected]:
    """Which of the bookings lose which days, the newest first, until nothing is over; `excess` counts down."""
    found = []
    for booking in sorted(bookings, key=lambda b: (b.booked_at, b.pk), reverse=True):
        lost = [day for day in booking.days if excess.get((booking.pool_id, day), 0) > 0]
        for day in lost:
            excess[booking.pool_id, day] = max(0, excess[booking.pool_id, day] - booking.slots)
        if lost:
            found.append(Affected(booking, lost))
    return found


def _write(targets: Targets) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_poolday d SET capacity = t.slots, note = t.note, closed = t.closed
            FROM (
              SELECT one.id, t.note, t.closed,
                     CASE WHEN t.closed THEN one.booked ELSE greatest(t.slots, one.booked) END AS slots
              FROM unnest(%s::uuid[], %s::date[], %s::int[], %s::text[], %s::bool[])
                AS t (pool_id, day, slots, note, closed)
              JOIN fulfillment_poolday one ON one.pool_id = t.pool_id AND one.day = t.day
            ) t
            WHERE d.id = t.id AND (d.capacity, d.note, d.closed) IS DISTINCT FROM (t.slots, t.note, t.closed)
            """,
            [
                [pool for pool, _ in targets],
                [day for _, day in targets],
                [t.slots for t in targets.values()],
                [t.note for t in targets.values()],
                [t.closed for t in targets.values()],
            ],
        )
        return int(cursor.rowcount)


def _holders(pool: SlotPool, days: list[dt.date]) -> list[tuple[str, int]]:
    """Who has booked slots in the span of these days, and how many (several bookings add up)."""
    touching = Booking.objects.live().filter(pool=pool, first_day__lte=days[-1], last_day__gte=days[0])
    held = touching.values("member__name").annotate(held=Sum("slots")).order_by("-held", "member__name")
    return [(row["member__name"], row["held"]) for row in held]
