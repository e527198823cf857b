"""What must hold of drops at any time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from coop.runtime.audit import proof


def _rows(statement: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield from cursor.fetchall()


@proof("what a drop sells of a SKU is what its legs bring")
def lines_are_sum_of_legs() -> Iterator[str]:
    for title, code, line, legs in _rows("""
        SELECT d.title, s.code, l.quantity, coalesce(g.pieces, 0)
        FROM fulfillment_dropline l
        JOIN fulfillment_drop d ON d.id = l.drop_id
        JOIN coop_sku s ON s.id = l.sku_id
        LEFT JOIN (SELECT leg.drop_id, ll.sku_id, sum(ll.quantity) AS pieces
                   FROM fulfillment_droplegline ll JOIN fulfillment_dropleg leg ON leg.id = ll.leg_id GROUP BY 1, 2) g
               ON g.drop_id = l.drop_id AND g.sku_id = l.sku_id
        WHERE l.quantity <> coalesce(g.pieces, 0) ORDER BY 1, 2
    """):
        yield f"{title} sells {line} of {code}, its legs bring {legs}."


@proof("sold of a drop = sum of its sales, by drop and by buyer")
def sold_is_sum_of_sales() -> Iterator[str]:
    for title, sold, lines, sales, buyers in _rows("""
        SELECT * FROM (
          SELECT d.title, d.sold,
            coalesce((SELECT sum(l.sold) FROM fulfillment_dropline l WHERE l.drop_id = d.id), 0) AS lines,
            coalesce((SELECT sum(s.pieces - s.cut) FROM fulfillment_dropsale s WHERE s.drop_id = d.id), 0) AS sales,
            coalesce((SELECT sum(b.pieces) FROM fulfillment_dropbuyer b WHERE b.drop_id = d.id), 0) AS buyers
          FROM fulfillment_drop d) t
        WHERE (sold, sold, sold) <> (lines, sales, buyers) ORDER BY title
    """):
        yield f"{title}: {sold} sold, lines say {lines}, sales {sales}, buyers {buyers}."


@proof("a sale's order is one of its member, carries the drop's claim and was for as many pieces")
def sales_have_their_orders() -> Iterator[str]:
    for title, number in _rows("""
        SELECT d.title, o.number FROM fulfillment_dropsale s
        JOIN fulfillment_drop d ON d.id = s.drop_id
        JOIN fulfillment_order o ON o.id = s.order_id
        WHERE o.claim_id IS DISTINCT FROM d.claim_id OR o.member_id <> d.member_id
           OR s.pieces <> (SELECT sum(l.quantity) FROM fulfillment_orderline l WHERE l.order_id = o.id)
        UNION ALL
        SELECT d.title, o.number FROM fulfillment_order o JOIN fulfillment_drop d ON d.claim_id = o.claim_id
        WHERE NOT EXISTS (SELECT FROM fulfillment_dropsale s WHERE s.order_id = o.id)
        ORDER BY 1, 2
    """):
        yield f"{title}: order {number} and its sale do not agree."


@proof("a drop has reserved what it waits for, and nothing is reserved or kept for one that is over")
def states_fit_reservations() -> Iterator[str]:
    for title, state, what in _rows("""
        SELECT d.title, d.state, 'a leg without bookings' FROM fulfillment_drop d
        JOIN fulfillment_dropleg g ON g.drop_id = d.id
        WHERE d.state IN ('reserved', 'announced') AND NOT EXISTS (
          SELECT FROM fulfillment_booking b WHERE b.group_id = g.bookings_id AND b.state = 'booked')
        UNION ALL
        SELECT d.title, d.state, 'something still kept' FROM fulfillment_drop d
        JOIN fulfillment_earmark e ON e.claim_id = d.claim_id
        WHERE d.state IN ('settled', 'cancelled')
        UNION ALL
        SELECT d.title, d.state, 'goods not given out' FROM fulfillment_drop d
        JOIN fulfillment_earmark e ON e.claim_id = d.claim_id
        WHERE d.state IN ('received', 'live', 'sold_out', 'closed') AND NOT e.is_open
        UNION ALL
        SELECT d.title, d.state, 'shipments that do not know of it' FROM fulfillment_drop d
        JOIN fulfillment_dropleg g ON g.drop_id = d.id JOIN fulfillment_asn a ON a.id = g.asn_id
        WHERE d.state IN ('announced', 'received', 'live') AND a.claim_id IS DISTINCT FROM d.claim_id
        ORDER BY 1, 2, 3
    """):
        yield f"{title} is {state} with {what}."


@proof("the last step of a drop led to the state it is in")
def steps_lead_to_the_state() -> Iterator[str]:
    for title, state, step in _rows("""
        SELECT d.title, d.state, coalesce(s.state, 'none') FROM fulfillment_drop d
        LEFT JOIN LATERAL (SELECT state FROM fulfillment_dropstep s WHERE s.drop_id = d.id
                           ORDER BY s.taken_at DESC, s.id DESC LIMIT 1) s ON true
        WHERE s.state IS DISTINCT FROM d.state ORDER BY 1
    """):
        yield f"{title} is {state}, but its last step led to {step}."
