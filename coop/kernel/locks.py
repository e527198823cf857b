"""The locking rules of the house, and the one function that locks rows.

1. Lock what you use up (capacity, stock, numbers); giving back needs no lock.
2. Lock once, late, before the check.
3. Only through `lock_rows`: it refuses outside a transaction, orders by primary key, locks its own table alone and
   evaluates at once (an unevaluated queryset locks nothing).
4. Several tables are locked in this order, left to right:
   Application, Invitation, Node, Member, CycleRun, Drop, PoolDay, Booking, WaitlistEntry, Asn, Order, OrderLine, WaveCounter, Batch,
   PickTask, Wave, Shipment, CountTask, Earmark, Stock, Invoice, Collection, Charge, InvoiceSeries, OutboxMessage. (Stock comes late: whoever picks, packs or
   counts ends in moving goods.)
5. Workers that share a queue take `skip_locked=True`: nobody waits for another's row to pick the next task.
6. Counters (PoolDay.booked, Stock.allocated) move by one conditional UPDATE whose row count is checked.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models, transaction

ModelT = TypeVar("ModelT", bound=models.Model)


def lock_rows(
    rows: models.QuerySet[ModelT], *, skip_locked: bool = False, limit: int | None = None
) -> list[ModelT]:
    """Lock the rows of `rows` FOR UPDATE in primary-key order and return them, fresh.

    Raises TransactionManagementError outside a transaction. A lock that is not had within the connection's
    `lock_timeout` (settings.LOCK_TIMEOUT_MS) surfaces as `coop.kernel.errors.Busy` through `coop.kernel.acts.act`.
    """
    connection = transaction.get_connection(rows.db)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_rows() needs a transaction")
    locked = rows.select_for_update(of=("self",), skip_locked=skip_locked)
    # A queue keeps its own order (the oldest first); SKIP LOCKED cannot deadlock, so it may.
    if not skip_locked:
        locked = locked.order_by("pk")
    return list(locked[:limit] if limit is not None else locked)


def one_at_a_time(name: str, *, timeout_ms: int = 60_000) -> None:
    """Let one transaction at a time past this line for `name` (an advisory lock, given back at its end).

    For economy, where two at once would only do the same work twice; what must be true stays a constraint. Raises
    TransactionManagementError outside a transaction.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("one_at_a_time() needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {int(timeout_ms)}")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
