"""Storage is work too: each occupied slot-day is written down once."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.ids import derived
from coop.models import Node
from fulfillment.activity.models import Kind
from fulfillment.activity.services import Work, record
from fulfillment.capacity.models import Booking

# A worker that was down longer than this is caught up by hand, day by day (`record_storage`).
LOOK_BACK_DAYS = 62


@act
def record_storage(*, node: Node, day: dt.date) -> int:
    """Write an Activity for every booking that occupies slots at `node` on `day`: as many slot-days as slots.

    Told again, it is written once. Returns how many bookings were looked at. Raises Invalid for a day that has not
    begun at the node.
    """
    if day > clock.today(node.timezone):
        raise Invalid(f"{day:%d %b %Y} has not begun at {node.name}.", field="day")
    occupied = Booking.objects.filter(
        pool__node=node, state=Booking.State.BOOKED, first_day__lte=day, last_day__gte=day
    ).select_related("pool")
    work = [
        Work(
            kind=Kind.STORAGE,
            member_id=booking.member_id,
            node=node,
            quantity=booking.slots,
            source_type="slot_day",
            source_id=derived("storage", booking.pk, day),
            storage_class=booking.pool.storage_class,
            reference=f"{booking.slots} {booking.pool.storage_class} slots",
            day=day,
        )
        for booking in occupied
    ]
    record(work)
    return len(work)


@act
def record_overrun(*, node: Node) -> int:
    """Write an Activity for every member whose goods take more slots at `node` today than are booked for them.

    Slots taken = volume of what lies on shelves (SKU dimensions × pieces) by the shelves' storage class, less the volume
    of the slots booked, over the volume of a slot, rounded up. Once a day for a member and class, as first seen; a past
    day cannot be measured. Returns how many there were.
    """
    today = clock.today(node.timezone)
    over = _overrun(node, today)
    record(
        [
            Work(
                kind=Kind.OVERRUN,
                member_id=member,
                node=node,
                quantity=slots,
                source_type="overrun_day",
                source_id=derived("overrun", node.pk, member, storage_class, today),
                storage_class=storage_class,
                reference=f"{slots} {storage_class} slots beyond the booked",
                day=today,
            )
            for member, storage_class, slots in over
        ]
    )
    return len(over)


def record_missing_storage(*, node: Node) -> list[dt.date]:
    """Record today and every day of the last LOOK_BACK_DAYS of which an occupied slot is not on record. Returns the days.

    One transaction a day: a run that is stopped half-way has done the days before.
    """
    today = clock.today(node.timezone)
    record_overrun(node=node)
    days = _unrecorded(node, today - dt.timedelta(days=LOOK_BACK_DAYS), today)
    for day in days:
        record_storage(node=node, day=day)
    return days


def _unrecorded(node: Node, first: dt.date, last: dt.date) -> list[dt.date]:
    """Days on which more bookings occupy slots than storage activities are on record."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH occupied AS (
              SELECT d::date AS day, count(*) AS n
              FROM fulfillment_booking b
              JOIN fulfillment_slotpool p ON p.id = b.pool_id AND p.node_id = %(node)s
              CROSS JOIN LATERAL generate_series(greatest(b.first_day, %(first)s::date),
                                                 least(b.last_day, %(last)s::date), '1 day') AS d
              WHERE b.state = 'booked' AND b.first_day <= %(last)s AND b.last_day >= %(first)s
              GROUP BY 1
            ), recorded AS (
              SELECT day, count(*) AS n FROM fulfillment_activity
              WHERE node_id = %(node)s AND kind = 'storage' AND reverses_id IS NULL
                AND day BETWEEN %(first)s AND %(last)s
              GROUP BY 1
            )
            SELECT o.day FROM occupied o LEFT JOIN recorded r USING (day)
            WHERE o.n > coalesce(r.n, 0) ORDER BY 1
            """,
            {"node": node.pk, "first": first, "last": last},
        )
        return [day for (day,) in cursor.fetchall()]


# What a slot holds, in mm³; of several pools of a class the largest slots count, in the member's favour.
_OVERRUN = """
WITH slot AS (
  SELECT storage_class, max(slot_volume_l)::numeric * 1000000 AS volume
  FROM fulfillment_slotpool WHERE node_id = %(node)s AND kind = 'shelf' GROUP BY 1
), lying AS (
  SELECT s.member_id, z.storage_class,
         sum(s.on_hand * k.length_mm::numeric * k.width_mm * k.height_mm) AS volume
  FROM fulfillment_stock s
  JOIN coop_bin b ON b.id = s.bin_id AND b.kind = 'shelf'
  JOIN coop_zone z ON z.id = b.zone_id
  JOIN coop_sku k ON k.id = s.sku_id
  WHERE s.node_id = %(node)s AND s.on_hand > 0
  GROUP BY 1, 2
), booked AS (
  SELECT b.member_id, p.storage_class, sum(b.slots::numeric * p.slot_volume_l * 1000000) AS volume
  FROM fulfillment_booking b JOIN fulfillment_slotpool p ON p.id = b.pool_id
  WHERE p.node_id = %(node)s AND p.kind = 'shelf' AND b.state = 'booked'
    AND b.first_day <= %(day)s AND b.last_day >= %(day)s
  GROUP BY 1, 2
)
SELECT l.member_id, l.storage_class, ceil((l.volume - coalesce(b.volume, 0)) / slot.volume)::int
FROM lying l JOIN slot USING (storage_class) LEFT JOIN booked b USING (member_id, storage_class)
WHERE l.volume > coalesce(b.volume, 0)
ORDER BY 1, 2
"""


def _overrun(node: Node, day: dt.date) -> list[tuple[UUID, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_OVERRUN, {"node": node.pk, "day": day})
        return list(cursor.fetchall())
