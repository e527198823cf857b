"""What must hold between work and charges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection

from coop.kernel import clock
from coop.runtime.audit import proof

# What a piece of work takes back was charged (then that is its price), or has a price by a card as other work has.
_PRICED_AND_NOT_CHARGED = """
SELECT a.id, a.kind, a.day, count(*) OVER ()
  FROM fulfillment_activity a
  LEFT JOIN fulfillment_activity was ON was.id = a.reverses_id
  JOIN coop_member m ON m.id = a.member_id
 WHERE a.recorded_at < %(before)s
   AND NOT EXISTS (SELECT FROM billing_charge c WHERE c.activity_id = a.id)
   AND (EXISTS (SELECT FROM billing_charge c WHERE c.activity_id = a.reverses_id)
        OR EXISTS (
            SELECT FROM billing_rate r JOIN billing_ratecard card ON card.id = r.card_id
             WHERE coalesce(card.member_id, a.member_id) = a.member_id
               AND card.currency = m.currency
               AND coalesce(was.day, a.day) BETWEEN card.valid_from AND coalesce(card.valid_until, 'infinity')
               AND r.kind = coalesce(was.kind, a.kind)
               AND coalesce(r.node_id, a.node_id) = a.node_id
               AND r.storage_class IN ('', coalesce(was.storage_class, a.storage_class))))
 ORDER BY a.id LIMIT %(most)s
"""


@proof("each charge rates exactly one activity, and says the same as it")
def charges_match_work() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, a.id FROM billing_charge c LEFT JOIN fulfillment_activity a ON a.id = c.activity_id
                WHERE a.id IS NULL OR (c.member_id, c.node_id, c.kind, c.day, c.quantity)
                      IS DISTINCT FROM (a.member_id, a.node_id, a.kind, a.day, a.quantity)"""
        )
        for charge, activity in cursor.fetchall():
            yield f"charge {charge} does not say what activity {activity} says"
        cursor.execute(
            "SELECT activity_id, count(*) FROM billing_charge GROUP BY activity_id HAVING count(*) > 1"
        )
        for activity, count in cursor.fetchall():
            yield f"activity {activity} is charged {count} times"


@proof("a charge is its quantity times its unit price, at the price of its rate")
def amounts_are_products() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, c.amount, c.quantity, c.unit_price, r.unit_price
                 FROM billing_charge c JOIN billing_rate r ON r.id = c.rate_id
                WHERE c.amount <> c.quantity * c.unit_price OR c.unit_price <> r.unit_price"""
        )
        for charge, amount, quantity, unit_price, rate in cursor.fetchall():
            yield f"charge {charge}: {amount} for {quantity} × {unit_price}, its rate says {rate}"


@proof("a reversal goes back at the price of what it reverses")
def reversals_at_the_same_price() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT back.id, back.unit_price, was.unit_price
                 FROM fulfillment_activity a JOIN billing_charge back ON back.activity_id = a.id
                 JOIN billing_charge was ON was.activity_id = a.reverses_id
                WHERE (back.unit_price, back.currency) <> (was.unit_price, was.currency)"""
        )
        for charge, price, original in cursor.fetchall():
            yield f"charge {charge} takes back at {price} what was charged at {original}"


@proof("work older than an hour is charged, or listed as work without a price")
def work_is_charged() -> Iterator[str]:
    """Work without a price is no violation: it waits, listed, for a rate card. Work that has a price and no charge is.

    Whether it has one is asked of the rate cards here, and not of rating: what rating overlooks, it would overlook twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PRICED_AND_NOT_CHARGED, {"before": clock.now() - dt.timedelta(hours=1), "most": 100})
        late = cursor.fetchall()
    for activity, kind, day, _ in late:
        yield f"activity {activity} ({kind} on {day}) has a price but no charge"
    if late and late[0][3] > len(late):
        yield f"and {late[0][3] - len(late)} more activities with a price but no charge"
