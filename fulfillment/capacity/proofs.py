"""What must hold about slots at any time."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


@proof("booked slots of each day = sum of its bookings, within the day's capacity")
def booked_is_sum_of_bookings() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH taken AS (
              SELECT pool_id, first_day, last_day, slots FROM fulfillment_booking WHERE state IN ('held', 'booked')
              UNION ALL
              SELECT assortment_id, first_day, last_day, skus FROM fulfillment_booking
              WHERE state IN ('held', 'booked') AND assortment_id IS NOT NULL AND skus > 0
            ), held AS (
              SELECT t.pool_id, d::date AS day, sum(t.slots) AS slots
              FROM taken t CROSS JOIN LATERAL generate_series(t.first_day, t.last_day, '1 day') AS d
              GROUP BY 1, 2
            )
            SELECT n.code, p.kind || ' ' || p.storage_class, coalesce(pd.day, h.day), coalesce(pd.booked, 0),
                   coalesce(h.slots, 0), coalesce(pd.capacity, 0)
            FROM fulfillment_poolday pd
            FULL JOIN held h ON h.pool_id = pd.pool_id AND h.day = pd.day
            JOIN fulfillment_slotpool p ON p.id = coalesce(pd.pool_id, h.pool_id)
            JOIN coop_node n ON n.id = p.node_id
            WHERE coalesce(pd.booked, 0) <> coalesce(h.slots, 0)
               OR coalesce(pd.booked, 0) > coalesce(pd.capacity, 0)
            ORDER BY 1, 2, 3
            """
        )
        for code, storage, day, booked, held, capacity in cursor.fetchall():
            yield f"{code} {storage} {day}: counter says {booked}, bookings hold {held}, capacity is {capacity}"


@proof("storage on record lies within what was booked")
def storage_within_bookings() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH recorded AS (
              SELECT node_id, member_id, storage_class, day, sum(quantity) AS slots
              FROM fulfillment_activity WHERE kind = 'storage' GROUP BY 1, 2, 3, 4
            ), held AS (
              SELECT p.node_id, b.member_id, p.storage_class, d::date AS day, sum(b.slots) AS slots
              FROM fulfillment_booking b
              JOIN fulfillment_slotpool p ON p.id = b.pool_id
              CROSS JOIN LATERAL generate_series(b.first_day, b.last_day, '1 day') AS d
              WHERE b.state = 'booked'
              GROUP BY 1, 2, 3, 4
            )
            SELECT n.code, m.slug, r.storage_class, r.day, r.slots, coalesce(h.slots, 0)
            FROM recorded r
            LEFT JOIN held h USING (node_id, member_id, storage_class, day)
            JOIN coop_node n ON n.id = r.node_id
            JOIN coop_member m ON m.id = r.member_id
            WHERE r.slots > coalesce(h.slots, 0)
            ORDER BY 1, 2, 3, 4
            """
        )
        for code, member, storage, day, recorded, held in cursor.fetchall():
            yield f"{code} {member} {storage} {day}: {recorded} slot-days on record, {held} booked"
