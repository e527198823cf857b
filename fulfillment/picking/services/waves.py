"""From the pooled queue to a wave: whole orders of all members, put on carts, every stop in walking order."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet, Sum

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.models import Bin, Cart, Node, User
from fulfillment.orders.models import Allocation, Order
from fulfillment.orders.services import note_waved
from fulfillment.picking.errors import NothingToRelease
from fulfillment.picking.models import Batch, PickTask, Wave
from fulfillment.picking.routes import Bundle, Place, share_carts, turns

# A node without a cart of its own is served as if it had one of this size.
TOTES_WITHOUT_CART = 12
# What one wave takes at most when nobody says how much: more would tie the node to a plan for hours.
MOST_ORDERS = 2000
_TRIES = 3


@dataclass(frozen=True)
class Preview:
    """What a wave released now would take, and what would stay behind with the reason."""

    orders: int
    picks: int
    pieces: int
    members: int
    batches: int
    first_ship_by: dt.datetime | None
    left_out: Sequence[tuple[str, int]]  # reason, orders


def queue_of(node: Node) -> QuerySet[Allocation]:
    """The node's one pooled queue: promised goods of all members, the earliest promise first."""
    return (
        Allocation.objects.filter(node=node, state=Allocation.State.QUEUED)
        .select_related("order", "member", "sku", "bin__zone")
        .order_by(F("ship_by").asc(nulls_last=True), "id")
    )


def preview_wave(
    *, node: Node, max_orders: int | None = None, due_before: dt.datetime | None = None
) -> Preview:
    """Look at what `release_wave` would take; changes nothing."""
    ids = list(_ready_orders(node, due_before)[: max_orders or MOST_ORDERS])
    sums = Allocation.objects.filter(node=node, state=Allocation.State.QUEUED, order_id__in=ids).aggregate(
        picks=Count("id"),
        pieces=Sum("quantity"),
        members=Count("member", distinct=True),
        first=Min("ship_by"),
    )
    return Preview(
        orders=len(ids),
        picks=sums["picks"],
        pieces=sums["pieces"] or 0,
        members=sums["members"],
        batches=-(-len(ids) // _totes(node)),
        first_ship_by=sums["first"],
        left_out=_left_out(node, due_before, taken=len(ids)),
    )


@act
def release_wave(
    *, node: Node, by: User | None, max_orders: int | None = None, due_before: dt.datetime | None = None
) -> Wave:
    """Take whole orders off the queue, the earliest promise first, and lay them out as batches and stops.

    One order fills one tote, a batch as many as the node's smallest cart has places, so that any cart serves any batch.
    `due_before` takes only orders that must ship before then. Two releases at once share the queue, neither waits.
    Raises NothingToRelease.
    """
    allocations = _take(node, max_orders or MOST_ORDERS, due_before)
    if not allocations:
        raise NothingToRelease("The queue holds no whole order to release. Look at what is blocked, and why.")
    now = clock.now()
    wave = Wave.objects.create(node=node, number=_next_number(node), released_by=by, released_at=now)
    batches, tasks = _lay_out(wave, allocations, totes=_totes(node))
    Batch.objects.bulk_create(batches, batch_size=1000)
    PickTask.objects.bulk_create(tasks, batch_size=1000)
    note_waved(allocation_ids=[a.pk for a in allocations])
    return wave


def _ready_orders(node: Node, due_before: dt.datetime | None) -> QuerySet[Allocation, UUID]:
    """Orders with goods in the queue of this node, by their promise; not those that still wait for stock.

    An order that waits for stock stays whole: it is released when the rest has come.
    """
    queued = Allocation.objects.filter(node=node, state=Allocation.State.QUEUED).exclude(
        order__state__in=[Order.State.WAITING, Order.State.CANCELLED]
    )
    if due_before is not None:
        queued = queued.filter(ship_by__lt=due_before)
    return (
        queued.order_by()
        .values("order_id")
        .annotate(first=Min("ship_by"))
        .order_by(F("first").asc(nulls_last=True), "order_id")
        .values_list("order_id", flat=True)
    )


def _take(node: Node, most: int, due_before: dt.datetime | None) -> list[Allocation]:
    """Lock the next orders and read what they have in the queue. What another release holds is passed over."""
    for _ in range(_TRIES):
        ids = list(_ready_orders(node, due_before)[:most])
        if not ids:
            return []
        locked = lock_rows(
            Order.objects.filter(pk__in=ids).exclude(state__in=[Order.State.WAITING, Order.State.CANCELLED]),
            skip_locked=True,
        )
        # Read after the lock: a release that was quicker has taken its own out of the queue by now.
        allocations = list(
            Allocation.objects.filter(
                node=node, state=Allocation.State.QUEUED, order_id__in=[o.pk for o in locked]
            ).select_related("bin__zone")
        )
        if allocations:
            return allocations
    return []


def _next_number(node: Node) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fulfillment_wavecounter AS c (node_id, last) VALUES (%s, 1)
            ON CONFLICT (node_id) DO UPDATE SET last = c.last + 1 RETURNING last
            """,
            [node.pk],
        )
        row = cursor.fetchone()
    return int(row[0])


def _totes(node: Node) -> int:
    """Places on the node's smallest cart."""
    return Cart.objects.filter(node=node).aggregate(least=Min("totes"))["least"] or TOTES_WITHOUT_CART


def _lay_out(
    wave: Wave, allocations: Sequence[Allocation], *, totes: int
) -> tuple[list[Batch], list[PickTask]]:
    by_order: dict[UUID, list[Allocation]] = defaultdict(list)
    for allocation in allocations:
        by_order[allocation.order_id].append(allocation)
    places = {a.bin_id: _place(a.bin) for a in allocations}
    carts = share_carts(
        (
            Bundle(
                key=order_id,
                ship_by=min((a.ship_by for a in rows if a.ship_by), default=None),
                places=tuple(places[a.bin_id] for a in rows),
            )
            for order_id, rows in by_order.items()
        ),
        totes=totes,
    )
    batches, tasks = [], []
    for position, cart in enumerate(carts, start=1):
        batch = Batch(node_id=wave.node_id, wave=wave, position=position)
        batches.append(batch)
        tasks += _stops(batch, {b.key: tote for tote, b in enumerate(cart, start=1)}, by_order, places)
    return batches, tasks


def _stops(
    batch: Batch,
    totes: dict[object, int],
    by_order: dict[UUID, list[Allocation]],
    places: dict[UUID, Place],
) -> list[PickTask]:
    """The stops of one walk. At one bin the totes come in their order, one SKU after the other."""
    rows = [(a, tote) for order_id, tote in totes.items() for a in by_order[order_id]]  # type: ignore[index]
    turn = turns(places[a.bin_id] for a, _ in rows)
    rows.sort(key=lambda row: (turn[places[row[0].bin_id]], row[0].sku_id, row[1], row[0].pk))
    return [
        PickTask(
            node_id=batch.node_id,
            member_id=a.member_id,
            batch=batch,
            order_id=a.order_id,
            allocation=a,
            sku_id=a.sku_id,
            bin_id=a.bin_id,
            sequence=sequence,
            tote=tote,
            quantity=a.quantity,
        )
        for sequence, (a, tote) in enumerate(rows, start=1)
    ]


def _place(bin_: Bin) -> Place:
    return Place(
        zone=bin_.zone.code if bin_.zone else "",
        aisle=bin_.aisle,
        bay=bin_.bay,
        level=bin_.level,
        walk_order=bin_.walk_order,
        code=bin_.code,
    )


def _left_out(node: Node, due_before: dt.datetime | None, *, taken: int) -> list[tuple[str, int]]:
    """Orders with goods in the queue that the wave would leave there, by reason."""
    queued = Allocation.objects.filter(node=node, state=Allocation.State.QUEUED, order=OuterRef("pk"))
    orders = Order.objects.filter(Exists(queued))
    waiting = orders.filter(state=Order.State.WAITING).count()
    ready = orders.exclude(state__in=[Order.State.WAITING, Order.State.CANCELLED]).count()
    due = _ready_orders(node, due_before).count()
    reasons: Iterable[tuple[str, int]] = (
        ("wait for the rest of their goods", waiting),
        ("are due later", ready - due),
        ("are over the number you asked for", due - taken),
    )
    return [(reason, count) for reason, count in reasons if count > 0]
