"""How many slots a node offers, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Sum

from coop import clock
from coop.acts import act
from coop.errors import Invalid
from coop.locks import lock_rows
from coop.models import Closure, Node, OpeningHours, User, Zone
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.tiers import MOST_SKUS

LONGEST_DAYS = 400


@act
def open_pool(
    *,
    node: Node,
    slots: int,
    kind: str = SlotPool.Kind.SHELF,
    storage_class: str = "",
    zone: Zone | None = None,
    name: str = "",
    slot_volume_l: int = 60,
    opens_at: dt.time | None = None,
    closes_at: dt.time | None = None,
    equipment: str = "",
    by: User | None = None,
) -> SlotPool:
    """Offer slots of a kind at a node. Raises Conflict when the node has such a pool already, Invalid for what a kind lacks.

    Shelf slots share the node's SKU places, as many as its tier allows.
    """
    return SlotPool.objects.create(
        node=node,
        kind=kind,
        name=name,
        storage_class=storage_class,
        zone=zone,
        slots=slots,
        slot_volume_l=slot_volume_l,
        opens_at=opens_at,
        closes_at=closes_at,
        equipment=equipment,
        assortment=_assortment(node) if kind == SlotPool.Kind.SHELF else None,
    )


@act
def open_days(*, pool: SlotPool, first: dt.date, last: dt.date) -> int:
    """Make the days from `first` to `last` bookable with the pool's usual slots; open days stay as they are.

    Docks, picks and tables offer nothing on days the node does not work, with the reason. Returns how many days were
    missing. Raises Invalid for days out of order or more than LONGEST_DAYS of them.
    """
    days = day_range(first, last)
    known = set(PoolDay.objects.filter(pool=pool, day__range=(first, last)).values_list("day", flat=True))
    missing = [day for day in days if day not in known]
    closed = _closed(pool, missing) if missing and pool.follows_hours else {}
    PoolDay.objects.bulk_create(
        [
            PoolDay(pool=pool, day=day, capacity=0 if day in closed else pool.slots, note=closed.get(day, ""))
            for day in missing
        ],
        ignore_conflicts=True,
    )
    return len(missing)


@act
def set_capacity(*, pool: SlotPool, first: dt.date, last: dt.date, slots: int, by: User | None = None) -> int:
    """Offer so many slots on each day of the range. Returns how many days changed.

    Raises WouldOversell, naming the days and who holds slots on them, when more is booked than would be offered.
    """
    if slots < 0:
        raise Invalid("Offer 0 slots or more.", field="slots")
    if first < clock.today(pool.node.timezone):
        raise Invalid("Days that are over stay as they were.", field="first_day")
    open_days(pool=pool, first=first, last=last)
    days = lock_rows(PoolDay.objects.filter(pool=pool, day__range=(first, last)))
    over = sorted((d.day, d.booked) for d in days if d.booked > slots)
    if over:
        raise WouldOversell(slots, over, _holders(pool, [day for day, _ in over]))
    return PoolDay.objects.filter(pk__in=[d.pk for d in days if d.capacity != slots]).update(capacity=slots)


def day_range(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included. Raises Invalid for none, or too many."""
    count = (last - first).days + 1
    if count < 1:
        raise Invalid("The last day cannot lie before the first.", code="days_order", field="last_day")
    if count > LONGEST_DAYS:
        raise Invalid(f"Take at most {LONGEST_DAYS} days at a time.", field="last_day")
    return [first + dt.timedelta(days=n) for n in range(count)]


def _assortment(node: Node) -> SlotPool | None:
    """The node's SKU places; made with the first shelf pool. A tier without a limit has none."""
    most = MOST_SKUS[node.tier]
    if most is None:
        return None
    pool, _ = SlotPool.objects.get_or_create(
        node=node, kind=SlotPool.Kind.ASSORTMENT, defaults={"slots": most}
    )
    return pool


def _closed(pool: SlotPool, days: Sequence[dt.date]) -> dict[dt.date, str]:
    """Of these days those on which the node does not work, and why. A node without hours works on all others."""
    reasons = dict(Closure.objects.filter(node=pool.node_id, day__in=days).values_list("day", "reason"))
    week = set(OpeningHours.objects.filter(node=pool.node_id).values_list("weekday", flat=True))
    return {
        day: reasons.get(day, f"closed on {day:%A}s")
        for day in days
        if day in reasons or (week and day.weekday() not in week)
    }


def _holders(pool: SlotPool, days: list[dt.date]) -> list[tuple[str, int]]:
    """Who has booked slots in the span of these days, and how many (several bookings add up)."""
    touching = Booking.objects.live().filter(pool=pool, first_day__lte=days[-1], last_day__gte=days[0])
    held = touching.values("member__name").annotate(held=Sum("slots")).order_by("-held", "member__name")
    return [(row["member__name"], row["held"]) for row in held]
