"""What must hold between work and charges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection

from billing.charges import rating
from billing.charges.services import unrated_work
from coop.kernel import clock
from coop.runtime.audit import proof
from fulfillment.models import Activity


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
    """Work without a price is no violation: it waits, listed, for a rate card. Work that has a price and no charge is."""
    late = _recorded_an_hour_ago(unrated_work(limit=None).waiting)
    for one in late[:100]:
        yield f"activity {one.activity_id} ({one.kind} on {one.day}) has a price but no charge"
    if len(late) > 100:
        yield f"and {len(late) - 100} more activities with a price but no charge"


def _recorded_an_hour_ago(work: list[rating.Work]) -> list[rating.Work]:
    if not work:
        return []
    old = set(
        Activity.objects.filter(
            id__in=[one.activity_id for one in work],
            recorded_at__lt=clock.now() - dt.timedelta(hours=1),
        ).values_list("id", flat=True)
    )
    return [one for one in work if one.activity_id in old]
