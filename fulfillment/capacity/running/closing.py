"""When the node works, and what follows for its slots: closing days, opening them again, setting the week.

One act each, for whoever does it. Docks, picks and tables offer nothing on a day the node does not work; what is booked
there all the same stays until somebody decides, and nothing is added to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.locks import lock_rows
from coop.models import Closure, Node, User
from coop.nodes.services import close_on, reopen_on, set_opening_hours
from fulfillment.capacity.availability.counters import Key, Span
from fulfillment.capacity.availability.opening import day_range, open_spans, usual_days
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.capacity.running.blocking import Affected, Target, affected_by, publish_days


@dataclass(frozen=True, slots=True)
class StillBooked:
    """A day on which the node will not work, and that is booked all the same. `why` it does not."""

    pool: SlotPool
    day: dt.date
    booked: int
    why: str


@act
def close_days(
    *,
    node: Node,
    first: dt.date,
    last: dt.date,
    reason: str,
    displacing: Collection[UUID] = (),
    by: User | None = None,
) -> int:
    """The node does not work from `first` to `last` (holiday, maintenance). Returns how many days of pools changed.

    Docks, picks and tables offer nothing then; goods stay on their shelves. Bookings are displaced as in set_capacity:
    without their names WouldOversell. Days that are closed already keep their reason. Invalid for days that are over.
    """
    days = day_range(first, last)
    if first < clock.today(node.timezone):
        raise Invalid(_("Days that are over stay as they were."), field="first_day")
    if not reason:
        raise Invalid(_("Say why the node is closed."), field="reason")
    known = dict(Closure.objects.filter(node=node, day__in=days).values_list("day", "reason"))
    close_on(node=node, days=[day for day in days if day not in known], reason=reason, by=by)
    pools = _working_pools(node)
    open_spans([Span(pool.pk, first, last, 0) for pool in pools])
    targets = {
        (pool.pk, day): Target(0, known.get(day, reason)[:120], closed=True) for pool in pools for day in days
    }
    return publish_days(pools, targets, reason, displacing)


def affected_by_closing(*, node: Node, first: dt.date, last: dt.date) -> list[Affected]:
    """Whose bookings would go if the node did not work from `first` to `last`, pool by pool, the newest first."""
    return [
        one
        for pool in _working_pools(node)
        for one in affected_by(pool=pool, first=first, last=last, slots=0)
    ]


@act
def reopen_days(*, node: Node, first: dt.date, last: dt.date, by: User | None = None) -> int:
    """The node works after all: closures go, and what was closed offers its usual slots, to those who wait first.

    A day off by the week stays one. Returns how many days of pools changed.
    """
    days = day_range(first, last)
    reopen_on(node=node, days=days, by=by)
    pools = _working_pools(node)
    rows = PoolDay.objects.filter(pool__in=pools, day__in=days, closed=True)
    return publish_days(pools, _by_hours(pools, rows))


@act
def set_week(
    *, node: Node, hours: Mapping[int, tuple[dt.time, dt.time]], by: User | None = None
) -> list[StillBooked]:
    """The node's whole week: weekday (0 = Monday) → opens, closes; one that is left out is a day off. Slots follow it.

    Returns what `apply_hours` does. Raises HoursUnclear.
    """
    set_opening_hours(node=node, hours=hours, by=by)
    return apply_hours(node=node, by=by)


@act
def apply_hours(*, node: Node, by: User | None = None) -> list[StillBooked]:
    """Every open day after today follows the node's hours and closures, whoever changed them, and however.

    Returns the days that are booked though the node will not work then. They take nothing new; what is booked stays
    until somebody decides (`close_days` with the bookings to displace).
    """
    pools = _working_pools(node)
    ahead = PoolDay.objects.filter(pool__in=pools, day__gt=clock.today(node.timezone))
    if _by_hours(pools, ahead):
        # Once more behind the locks, so that nobody books a day in the moment of its closing.
        publish_days(pools, _by_hours(pools, lock_rows(ahead)))
    return booked_though_closed(node=node)


def booked_though_closed(*, node: Node) -> list[StillBooked]:
    """The days after today that are booked though the node does not work then, in order."""
    rows = PoolDay.objects.filter(
        pool__node=node, day__gt=clock.today(node.timezone), closed=True, booked__gt=0
    )
    found = rows.select_related("pool").order_by("day", "pool__kind", "pool__opens_at", "pool__name", "pool")
    return [StillBooked(row.pool, row.day, row.booked, row.note) for row in found]


def _by_hours(pools: Sequence[SlotPool], rows: Collection[PoolDay]) -> dict[Key, Target]:
    """What the node's hours make of these days, as far as they are not so already. What is booked stays."""
    rows = list(rows)
    if not rows:
        return {}
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    usual = usual_days([Span(pool.pk, first, last, 0) for pool in pools])
    targets: dict[Key, Target] = {}
    for row in rows:
        slots, why = usual[row.pool_id, row.day].slots, usual[row.pool_id, row.day].why[:120]
        if (row.closed, row.note) != (True, why) if why else row.closed:
            targets[row.pool_id, row.day] = Target(slots, why, closed=bool(why), keeps=True)
    return targets


def _working_pools(node: Node) -> list[SlotPool]:
    return [p for p in SlotPool.objects.filter(node=node).select_related("node") if p.follows_hours]
