"""How many slots a node offers, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.models import Closure, Node, OpeningHours, User, Zone
from fulfillment.capacity.models import PoolDay, SlotPool
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

    Shelf slots share the node's SKU places, as many as its tier allows. Those of one zone are called after it.
    """
    if zone is not None and (zone.node_id != node.pk or zone.storage_class != storage_class):
        raise Invalid(
            f"Zone {zone.code} is {zone.get_storage_class_display()}. Take a zone of this node and of the slots' class.",
            code="pool_zone",
            field="zone",
        )
    return SlotPool.objects.create(
        node=node,
        kind=kind,
        name=name or (f"zone {zone.code}" if zone else ""),
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
    closed = closed_days(pool, missing) if missing and pool.follows_hours else {}
    PoolDay.objects.bulk_create(
        [
            PoolDay(
                pool=pool,
                day=day,
                capacity=0 if day in closed else pool.slots,
                note=closed.get(day, ""),
                closed=day in closed,
            )
            for day in missing
        ],
        ignore_conflicts=True,
    )
    return len(missing)


def day_range(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included. Raises Invalid for none, or too many."""
    count = (last - first).days + 1
    if count < 1:
        raise Invalid("The last day cannot lie before the first.", code="days_order", field="last_day")
    if count > LONGEST_DAYS:
        raise Invalid(f"Take at most {LONGEST_DAYS} days at a time.", field="last_day")
    return clock.days_between(first, last)


def _assortment(node: Node) -> SlotPool | None:
    """The node's SKU places; made with the first shelf pool. A tier without a limit has none."""
    most = MOST_SKUS[node.tier]
    if most is None:
        return None
    pool, _ = SlotPool.objects.get_or_create(
        node=node, kind=SlotPool.Kind.ASSORTMENT, defaults={"slots": most}
    )
    return pool


@dataclass(frozen=True, slots=True)
class Hours:
    """When a node works: opens and closes by weekday (0 = Monday), and the days it does not, with the reason."""

    week: Mapping[int, tuple[dt.time, dt.time]]
    closures: Mapping[dt.date, str]


def hours_of(nodes: Collection[UUID]) -> dict[UUID, Hours]:
    """The hours of these nodes. Two queries."""
    week: dict[UUID, dict[int, tuple[dt.time, dt.time]]] = {node: {} for node in nodes}
    shut: dict[UUID, dict[dt.date, str]] = {node: {} for node in nodes}
    for h in OpeningHours.objects.filter(node__in=nodes):
        week[h.node_id][h.weekday] = (h.opens, h.closes)
    for closure in Closure.objects.filter(node__in=nodes):
        shut[closure.node_id][closure.day] = closure.reason
    return {node: Hours(week[node], shut[node]) for node in nodes}


def closed_days(pool: SlotPool, days: Sequence[dt.date]) -> dict[dt.date, str]:
    """Of these days those on which the node does not work for such a pool, and why."""
    return closed_on(pool, days, hours_of([pool.node_id])[pool.node_id])


def closed_on(pool: SlotPool, days: Iterable[dt.date], hours: Hours) -> dict[dt.date, str]:
    """The same by hours that are known.

    A node without hours works on all days but its closures. A dock is closed, too, when its window lies outside the
    hours of that weekday; both are times on the node's wall, so summer time changes neither.
    """
    found = {}
    for day in days:
        if why := hours.closures.get(day) or _off(pool, day, hours.week):
            found[day] = why
    return found


def _off(pool: SlotPool, day: dt.date, week: Mapping[int, tuple[dt.time, dt.time]]) -> str:
    if not week:
        return ""
    if day.weekday() not in week:
        return f"closed on {day:%A}s"
    opens, closes = week[day.weekday()]
    if pool.opens_at and pool.closes_at and (pool.closes_at <= opens or pool.opens_at >= closes):
        return f"open {opens:%H:%M}–{closes:%H:%M} on {day:%A}s"
    return ""
