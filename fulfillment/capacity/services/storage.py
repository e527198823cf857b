"""Storage is work too: each occupied slot-day is written down once."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from coop import clock
from coop.acts import act
from coop.errors import Invalid
from coop.ids import derived
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


def record_missing_storage(*, node: Node) -> list[dt.date]:
    """Record today and every day of the last LOOK_BACK_DAYS of which an occupied slot is not on record. Returns the days.

    One transaction a day: a run that is stopped half-way has done the days before.
    """
    today = clock.today(node.timezone)
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
