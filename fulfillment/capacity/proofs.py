"""What must hold about slots at any time."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.kernel import clock
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


@proof("SKU places beyond a node's limit are only those that somebody holds")
def places_beyond_the_limit_are_held() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.code, d.day, d.capacity, p.slots, d.booked
            FROM fulfillment_poolday d
            JOIN fulfillment_slotpool p ON p.id = d.pool_id AND p.kind = 'assortment'
            JOIN coop_node n ON n.id = p.node_id
            WHERE d.capacity > p.slots AND d.capacity > d.booked
            ORDER BY 1, 2
            """
        )
        for code, day, capacity, limit, booked in cursor.fetchall():
            yield f"{code} {day}: {capacity} SKU places, the tier allows {limit}, {booked} are booked"


@proof("who was let past a tier's limit has a booking that needed it, and a reason")
def overrides_have_their_bookings() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.id, o.skus_over, b.skus FROM fulfillment_tieroverride o
            JOIN fulfillment_booking b ON b.id = o.booking_id
            WHERE o.reason = '' OR (b.changes = 0 AND o.skus_over > b.skus)
            """
        )
        for override, over, skus in cursor.fetchall():
            yield f"override {override}: {over} SKUs over for a booking of {skus}"


@proof("each share kept for the bill is on record as work once, and no other")
def kept_shares_are_recorded() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(k.id, a.source_id), k.quantity, a.quantity
            FROM (
              SELECT k.id, k.kind, k.quantity, b.member_id, b.id AS booking FROM fulfillment_keptshare k
              JOIN fulfillment_booking b ON b.id = k.booking_id
            ) k
            FULL JOIN (
              SELECT * FROM fulfillment_activity WHERE source_type = 'kept_share' AND reverses_id IS NULL
            ) a ON a.source_id = k.id
            WHERE (a.kind, a.quantity, a.member_id) IS DISTINCT FROM (k.kind, k.quantity::int, k.member_id)
            ORDER BY 1
            """
        )
        for share, kept, recorded in cursor.fetchall():
            yield f"kept share {share}: {kept or 'nothing'} kept, {recorded or 'nothing'} on record"


@proof("appointments on record as kept are booked and used")
def kept_appointments_were_used() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH recorded AS (
              SELECT node_id, member_id, kind, day, sum(quantity) AS n FROM fulfillment_activity
              WHERE source_type = 'booking_day' GROUP BY 1, 2, 3, 4
            ), used AS (
              SELECT p.node_id, b.member_id, p.kind, d::date AS day, sum(b.slots) AS n
              FROM fulfillment_booking b JOIN fulfillment_slotpool p ON p.id = b.pool_id AND p.kind IN ('dock', 'table')
              CROSS JOIN LATERAL generate_series(b.first_day, b.last_day, '1 day') d
              WHERE b.used_at IS NOT NULL GROUP BY 1, 2, 3, 4
            )
            SELECT n.code, m.slug, r.kind, r.day, r.n, coalesce(u.n, 0)
            FROM recorded r LEFT JOIN used u USING (node_id, member_id, kind, day)
            JOIN coop_node n ON n.id = r.node_id JOIN coop_member m ON m.id = r.member_id
            WHERE r.n > coalesce(u.n, 0) ORDER BY 1, 2, 3, 4
            """
        )
        for code, member, kind, day, recorded, used in cursor.fetchall():
            yield f"{code} {member} {kind} {day}: {recorded} on record, {used} used"


@proof("each day counts exactly those who wait for it")
def days_count_who_waits() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH wanted AS (
              SELECT w.pool_id, w.first_day, w.last_day FROM fulfillment_waitlistentry w WHERE w.state = 'waiting'
              UNION ALL
              SELECT p.assortment_id, w.first_day, w.last_day
              FROM fulfillment_waitlistentry w JOIN fulfillment_slotpool p ON p.id = w.pool_id
              WHERE w.state = 'waiting' AND p.assortment_id IS NOT NULL
            ), waiting AS (
              SELECT t.pool_id, d::date AS day, count(*) AS n
              FROM wanted t CROSS JOIN LATERAL generate_series(t.first_day, t.last_day, '1 day') d GROUP BY 1, 2
            )
            SELECT n.code, p.kind, coalesce(d.day, w.day), coalesce(d.waiting, 0), coalesce(w.n, 0)
            FROM (SELECT * FROM fulfillment_poolday WHERE waiting > 0) d
            FULL JOIN waiting w ON w.pool_id = d.pool_id AND w.day = d.day
            JOIN fulfillment_slotpool p ON p.id = coalesce(d.pool_id, w.pool_id)
            JOIN coop_node n ON n.id = p.node_id
            WHERE coalesce(d.waiting, 0) <> coalesce(w.n, 0)
            ORDER BY 1, 2, 3
            """
        )
        for code, kind, day, counted, waiting in cursor.fetchall():
            yield f"{code} {kind} {day}: the day counts {counted} who wait, {waiting} do"


@proof("an offer is a hold of what was waited for, and a taken one a booking of the same member")
def offers_are_holds() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.id, w.state, b.state FROM fulfillment_waitlistentry w
            JOIN fulfillment_booking b ON b.id = w.offer_id
            WHERE b.member_id <> w.member_id
               OR (w.state = 'offered' AND (b.state <> 'held' OR (b.pool_id, b.slots, b.first_day, b.last_day)
                   IS DISTINCT FROM (w.pool_id, w.slots, w.first_day, w.last_day)))
               OR (w.state = 'taken' AND b.state NOT IN ('booked', 'released'))
               OR (w.state = 'lapsed' AND b.state <> 'expired')
            ORDER BY 1
            """
        )
        for entry, state, offer in cursor.fetchall():
            yield f"waiting list {entry}: {state}, but what was offered is {offer}"


@proof("nobody waits for what is free")
def nobody_waits_for_what_is_free() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.code, w.id, w.slots, w.first_day, w.last_day
            FROM fulfillment_waitlistentry w
            JOIN fulfillment_slotpool p ON p.id = w.pool_id
            JOIN coop_node n ON n.id = p.node_id
            JOIN coop_member m ON m.id = w.member_id AND m.standing = 'good'
            WHERE w.state = 'waiting' AND w.first_day > (%s AT TIME ZONE n.timezone)::date
              AND NOT EXISTS (
                SELECT FROM fulfillment_poolday d WHERE d.day BETWEEN w.first_day AND w.last_day
                  AND (d.pool_id = p.id AND d.capacity - d.booked < w.slots
                       OR d.pool_id = p.assortment_id AND d.capacity - d.booked < greatest(w.skus, 1))
              )
            ORDER BY w.joined_at, w.id
            """,
            [clock.now()],
        )
        for code, entry, slots, first, last in cursor.fetchall():
            yield f"{code}: {slots} slots from {first} to {last} are free, and {entry} waits for them"


@proof("who was displaced waits since the moment of the booking")
def displaced_keep_their_place() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.id FROM fulfillment_waitlistentry w JOIN fulfillment_booking b ON b.id = w.displaced_id
            WHERE b.member_id <> w.member_id OR b.booked_at <> w.joined_at ORDER BY 1
            """
        )
        for (entry,) in cursor.fetchall():
            yield f"waiting list {entry} has not the place of the booking it lost"


# Every open day ahead of what rests when its node does, and whether the node works then: no closure, and hours of that
# weekday, which a dock's window touches. A node that has told no hours at all works every day.
_AHEAD = """
  SELECT n.code, p.kind, d.day, d.capacity, d.booked, d.closed,
         NOT EXISTS (SELECT FROM coop_closure c WHERE c.node_id = n.id AND c.day = d.day)
         AND (
           n.id NOT IN (SELECT node_id FROM coop_openinghours)
           OR EXISTS (
             SELECT FROM coop_openinghours h WHERE h.node_id = n.id AND h.weekday + 1 = extract(isodow FROM d.day)
               AND (p.kind <> 'dock' OR (p.opens_at, p.closes_at) OVERLAPS (h.opens, h.closes))
           )
         ) AS works
  FROM fulfillment_poolday d
  JOIN fulfillment_slotpool p ON p.id = d.pool_id AND p.kind NOT IN ('shelf', 'assortment')
  JOIN coop_node n ON n.id = p.node_id
  WHERE d.day > (%s AT TIME ZONE n.timezone)::date
"""


@proof("on days ahead that a node does not work it offers nothing beyond what is booked")
def days_off_offer_nothing_new() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code, kind, day, capacity, booked FROM ({_AHEAD}) d WHERE NOT works AND capacity > booked ORDER BY 1, 2, 3",  # noqa: S608 - put together from constants
            [clock.now()],
        )
        for code, kind, day, capacity, booked in cursor.fetchall():
            yield f"{code} {kind} {day}: the node does not work, {capacity} are offered and {booked} booked"


@proof("no day ahead stands closed on which its node works")
def days_that_are_worked_are_not_closed() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code, kind, day FROM ({_AHEAD}) d WHERE works AND closed ORDER BY 1, 2, 3",  # noqa: S608 - put together from constants
            [clock.now()],
        )
        for code, kind, day in cursor.fetchall():
            yield f"{code} {kind} {day}: closed, and the node works"
