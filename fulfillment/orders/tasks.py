"""Allocation by the clock: what waits is looked at every minute, and after a short pick at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from celery import shared_task

from coop.kernel.errors import Busy
from coop.runtime.schedule import scheduled
from fulfillment.orders.services import allocate_orders


@scheduled("fulfillment.orders.allocate_waiting", seconds=60)
def allocate_waiting() -> None:
    """All that waits, in steps of one transaction each. Somebody else allocating just now is as good as we."""
    after = None
    while True:
        try:
            run = allocate_orders(after=after)
        except Busy:
            return
        if run.after is None:
            return
        after = run.after


@shared_task(name="fulfillment.orders.allocate_these")
def allocate_these(order_ids: Sequence[str]) -> None:
    """These orders and the older ones that want the same; if that is busy, the minute's run comes by."""
    try:
        allocate_orders(order_ids=[UUID(pk) for pk in order_ids])
    except Busy:
        return
