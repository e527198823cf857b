"""Writing down what was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from coop.kernel import clock
from coop.models import Node
from fulfillment.activity.models import Activity


@dataclass(frozen=True)
class Work:
    """One piece of work, as its act tells it. `quantity` counts the kind's unit (`UNITS`); `node` gives the day its zone."""

    kind: str
    member_id: UUID
    node: Node
    quantity: int
    source_type: str
    source_id: UUID
    sku_id: UUID | None = None
    storage_class: str = "ambient"
    worker_id: UUID | None = None
    reference: str = ""
    day: dt.date | None = None


def record(work: Sequence[Work]) -> None:
    """Append one Activity for each piece of work, in the caller's transaction.

    Told again (the same kind and source), it is written once. Raises TransactionManagementError outside a transaction:
    work and its record commit together or not at all.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("work is recorded in the transaction that does it")
    now = clock.now()
    Activity.objects.bulk_create(
        [
            Activity(
                kind=w.kind,
                member_id=w.member_id,
                node=w.node,
                sku_id=w.sku_id,
                storage_class=w.storage_class,
                quantity=w.quantity,
                worker_id=w.worker_id,
                occurred_at=now,
                day=w.day or now.astimezone(ZoneInfo(w.node.timezone)).date(),
                source_type=w.source_type,
                source_id=w.source_id,
                reference=w.reference,
            )
            for w in work
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
