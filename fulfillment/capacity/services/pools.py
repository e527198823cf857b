"""How many slots a node offers, day by day."""

from __future__ import annotations

import datetime as dt

from django.db.models import Sum

from coop import clock
from coop.acts import act
from coop.errors import Invalid
from coop.locks import lock_rows
from coop.models import Node, User
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool

LONGEST_DAYS = 400


@act
def open_pool(
    *, node: Node, storage_class: str, slots: int, slot_volume_l: int = 60, by: User | None = None
) -> SlotPool:
    """Offer slots of a storage class at a node. Raises Conflict when the node offers that class already."""
    return SlotPool.objects.create(
        node=node, storage_class=storage_class, slots=slots, slot_volume_l=slot_volume_l
    )


@act
def open_days(*, pool: SlotPool, first: dt.date, last: dt.date) -> int:
    """Make the days from `first` to `last` bookable with the pool's usual slots; open days stay as they are.

    Returns how many days were missing. Raises Invalid for days out of order or more than LONGEST_DAYS of them.
    """
    days = day_range(first, last)
    known = set(PoolDay.objects.filter(pool=pool, day__range=(first, last)).values_list("day", flat=True))
    missing = [PoolDay(pool=pool, day=day, capacity=pool.slots) for day in days if day not in known]
    PoolDay.objects.bulk_create(missing, ignore_conflicts=True)
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


def _holders(pool: SlotPool, days: list[dt.date]) -> list[tuple[str, int]]:
    """Who has booked slots in the span of these days, and how many (several bookings add up)."""
    touching = Booking.objects.filter(
        pool=pool, state=Booking.State.BOOKED, first_day__lte=days[-1], last_day__gte=days[0]
    )
    held = touching.values("member__name").annotate(held=Sum("slots")).order_by("-held", "member__name")
    return [(row["member__name"], row["held"]) for row in held]
