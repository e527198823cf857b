"""Promising stock to orders: the oldest first, and no piece twice."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, UUIDField, Value
from django.db.models.functions import Coalesce

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import uuid7
from coop.kernel.locks import lock_rows
from coop.kernel.reasons import Reason
from coop.models import Bin, Closure, Member, Node, User
from coop.nodes.geo import distance_m
from coop.nodes.hours import HORIZON_DAYS, NeverOpen, Schedule
from fulfillment.inventory.models import Earmark, Stock
from fulfillment.inventory.services import lock_earmarks, promise_stock, use_earmarks
from fulfillment.orders.models import Allocation, Order, OrderLine
from fulfillment.orders.shortages import Shortage
from fulfillment.orders.sourcing import Kept, Need, Part, Place, Pool, Shelf, Sourced, source
from fulfillment.orders.states import settle

_BATCH = 2000
Cursor = tuple[dt.datetime, UUID]


@dataclass(frozen=True)
class Allocated:
    """What one run did. `orders` were looked at, `complete` of them are promised wholly now, `lines` got something;
    `after` is where the next run goes on, None when this one came to the end."""

    orders: int = 0
    complete: int = 0
    lines: int = 0
    allocations: int = 0
    pieces: int = 0
    after: Cursor | None = None


@dataclass
class _Found:
    """What a run promises, before it is written."""

    allocations: list[Allocation] = field(default_factory=list)
    got: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    shortages: dict[UUID, Reason] = field(default_factory=dict)
    ship_by: dict[UUID, dt.datetime] = field(default_factory=dict)
    used: dict[tuple[UUID, UUID, UUID], int] = field(
        default_factory=dict
    )  # of what was kept: claim, node, SKU


@act
def allocate_orders(
    *,
    order_ids: Collection[UUID] | None = None,
    limit: int = 1000,
    after: Cursor | None = None,
    by: User | None = None,
) -> Allocated:
    """Promise stock to waiting orders, the oldest first, and write on every other line why it waits.

    Named orders bring the older ones that want the same SKUs: nobody jumps the queue. Without names it takes up to
    `limit` waiting orders for which something can have changed; go on from `after`. Repeatable. Two runs at once never
    promise the same piece: both lock orders, then what is kept, then stock, in key order. What is kept for a claim goes to
    its orders alone, and to nobody before it is opened. Raises Busy when the locks are not had in time.
    """
    chosen = _candidates(limit, after) if order_ids is None else _with_elders(order_ids, limit)
    orders = _lock_orders([pk for pk, _ in chosen])
    needs = _needs([order.pk for order in orders])
    orders = [order for order in orders if order.pk in needs]
    found = _Found()
    if orders:
        _source_all(orders, needs, found, by)
        _write(found)
        settle([order.pk for order in orders])
    end = (chosen[-1][1], chosen[-1][0]) if order_ids is None and len(chosen) == limit else None
    return Allocated(
        orders=len(orders),
        complete=sum(1 for o in orders if not any(n.line_id in found.shortages for n in needs[o.pk])),
        lines=len(found.got),
        allocations=len(found.allocations),
        pieces=sum(found.got.values()),
        after=end,
    )


def _free_stock() -> Exists:
    """Whether there is stock that could still be promised, of the SKU of a line."""
    rows = Stock.objects.filter(sku=OuterRef("sku"), bin__kind=Bin.Kind.SHELF, on_hand__gt=F("allocated"))
    if not Earmark.objects.filter(quantity__gt=0).exists():
        return Exists(rows)
    # At some node more lies on shelves and at the dock than is kept there for others than the line's order.
    others = Earmark.objects.filter(sku=OuterRef("sku"), node=OuterRef("node"), quantity__gt=0)
    own = Coalesce(OuterRef(OuterRef("order__claim")), Value(UUID(int=0)), output_field=UUIDField())
    others = others.exclude(claim=own)
    kept = others.order_by().values("sku").annotate(n=Sum("quantity")).values("n")
    lying = Stock.objects.filter(
        sku=OuterRef("sku"), node=OuterRef("node"), bin__kind__in=[Bin.Kind.SHELF, Bin.Kind.RECEIVING]
    )
    free = lying.order_by().values("sku").annotate(n=Sum(F("on_hand") - F("allocated"))).values("n")
    return Exists(
        rows.annotate(kept=Coalesce(Subquery(kept), 0), free=Subquery(free)).filter(free__gt=F("kept"))
    )


def _ready() -> Q:
    """Not for a claim whose goods are not given out yet: their turn is decided first."""
    return ~Q(Exists(Earmark.objects.filter(claim=OuterRef("claim"), is_open=False)))


def _candidates(limit: int, after: Cursor | None) -> list[tuple[UUID, dt.datetime]]:
    """Waiting orders that were never looked at, or for which stock or the member's standing may have changed."""
    held = ~Q(member__standing=Member.Standing.GOOD)
    told_held = Q(shortage_code=Shortage.ON_HOLD)
    lines = OrderLine.objects.short().filter(order=OuterRef("pk"))
    hopeful = lines.filter(Q(shortage_code="") | (~held & (told_held | _free_stock())) | (held & ~told_held))
    rows = Order.objects.filter(Exists(hopeful), _ready(), state=Order.State.WAITING)
    if after is not None:
        rows = rows.filter(Q(placed_at__gt=after[0]) | Q(placed_at=after[0], pk__gt=after[1]))
    return list(rows.order_by("placed_at", "pk").values_list("pk", "placed_at")[:limit])


def _with_elders(order_ids: Collection[UUID], limit: int) -> list[tuple[UUID, dt.datetime]]:
    named = Order.objects.filter(_ready(), pk__in=order_ids, state=Order.State.WAITING)
    rows = list(named.values_list("pk", "placed_at"))
    if not rows:
        return []
    skus = OrderLine.objects.short().filter(order__in=[pk for pk, _ in rows]).values("sku")
    same = OrderLine.objects.short().filter(_free_stock(), order=OuterRef("pk"), sku__in=skus)
    elders = (
        Order.objects.filter(
            Exists(same), _ready(), state=Order.State.WAITING, placed_at__lt=max(placed for _, placed in rows)
        )
        .exclude(pk__in=[pk for pk, _ in rows])
        .order_by("placed_at", "pk")
        .values_list("pk", "placed_at")
    )
    return rows + list(elders[:limit])


def _lock_orders(ids: Sequence[UUID]) -> list[Order]:
    """The orders that still wait once we have them, the oldest first."""
    rows = Order.objects.filter(_ready(), pk__in=ids, state=Order.State.WAITING).select_related("member")
    return sorted(lock_rows(rows), key=lambda order: (order.placed_at, order.pk))


def _needs(order_ids: Sequence[UUID]) -> dict[UUID, list[Need]]:
    needs: dict[UUID, list[Need]] = defaultdict(list)
    rows = OrderLine.objects.short().filter(order_id__in=order_ids).order_by("pk")
    wanted = F("quantity") - F("quantity_cancelled")
    for order_id, pk, sku_id, ordered, allocated in rows.values_list(
        "order_id", "pk", "sku_id", wanted, "quantity_allocated"
    ):
        needs[order_id].append(Need(pk, sku_id, ordered - allocated, ordered, allocated))
    return dict(needs)


def _source_all(
    orders: Sequence[Order], needs: dict[UUID, list[Need]], found: _Found, by: User | None
) -> None:
    """Decide for each order in turn; what one takes the next does not see any more."""
    skus = {need.sku_id for order in orders for need in needs[order.pk]}
    kept = [Kept(e.claim_id, e.node_id, e.sku_id, e.quantity) for e in lock_earmarks(skus)]
    stock = _lock_stock(skus)
    nodes = _Nodes({row.node_id for row in stock}, since=min(order.placed_at for order in orders))
    shelves = [_shelf(row, nodes) for row in stock]
    in_use = _nodes_in_use([order.pk for order in orders])
    pool = Pool(shelves, kept)
    at: dict[UUID, set[UUID]] = defaultdict(set)
    for shelf in shelves:
        at[shelf.sku_id].add(shelf.node_id)
    for order in orders:
        wanted = needs[order.pk]
        places = nodes.seen_by(order, {n for need in wanted for n in at[need.sku_id]}, in_use[order.pk])
        held_back = order.member.standing != Member.Standing.GOOD
        hold = order.member.standing_reason if held_back else None
        sourced = source(wanted, places, pool, hold=hold, claim=order.claim_id)
        _note(order, sourced, nodes, found, by)
    found.used = dict(pool.used)


def _note(order: Order, sourced: Sourced, nodes: _Nodes, found: _Found, by: User | None) -> None:
    now = clock.now()
    for part in sourced.parts:
        ship_by = nodes.promise(part.node_id, order.placed_at)
        found.allocations.append(_allocation(order, part, ship_by, now, by))
        found.got[part.line_id] += part.quantity
        latest = found.ship_by.get(order.pk, order.ship_by)
        found.ship_by[order.pk] = max(latest, ship_by) if latest else ship_by
    found.shortages.update(sourced.shortages)


def _allocation(
    order: Order, part: Part, ship_by: dt.datetime, now: dt.datetime, by: User | None
) -> Allocation:
    return Allocation(
        id=uuid7(),
        member_id=order.member_id,
        order_id=order.pk,
        line_id=part.line_id,
        node_id=part.node_id,
        stock_id=part.stock_id,
        sku_id=part.sku_id,
        bin_id=part.bin_id,
        quantity=part.quantity,
        ship_by=ship_by,
        allocated_at=now,
        allocated_by=by,
    )


def _lock_stock(sku_ids: Collection[UUID]) -> list[Stock]:
    """The stock of these SKUs, locked: nobody promises or takes any of it before we are done."""
    rows = Stock.objects.filter(
        sku_id__in=sku_ids, on_hand__gt=0, bin__kind__in=[Bin.Kind.SHELF, Bin.Kind.RECEIVING]
    ).select_related("bin", "lot")
    return lock_rows(rows)


def _shelf(row: Stock, nodes: _Nodes) -> Shelf:
    expires_on = row.lot.expires_on if row.lot else None
    return Shelf(
        stock_id=row.pk,
        sku_id=row.sku_id,
        node_id=row.node_id,
        bin_id=row.bin_id,
        on_hand=row.on_hand,
        available=row.available,
        expires_on=expires_on,
        walk_order=row.bin.walk_order,
        at_dock=row.bin.kind == Bin.Kind.RECEIVING,
        expired=expires_on is not None and expires_on < nodes.today(row.node_id),
    )


def _nodes_in_use(order_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Where something of an order still lies in the queue: what comes now can go into the same parcel."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = Allocation.objects.filter(order_id__in=order_ids, state=Allocation.State.QUEUED)
    for order_id, node_id in rows.values_list("order_id", "node_id").distinct():
        found[order_id].add(node_id)
    return found


_OF_A_NODE = ("name", "timezone", "cutoff_at", "latitude", "longitude", "reach_m", "is_open")


class _Nodes:
    """The nodes that have any of the goods, their schedules and their promises, asked once for a whole run.

    Of their closures those are read that can bear on a promise: from the day of the oldest order on, as far as a promise
    looks ahead. However many nodes and years the co-op has, an order reads what its own goods need.
    """

    def __init__(self, node_ids: Collection[UUID], *, since: dt.datetime) -> None:
        # A day more at both ends: the node's own day may be another than that of UTC.
        first = since.date() - dt.timedelta(days=1)
        last = max(since, clock.now()).date() + dt.timedelta(days=HORIZON_DAYS + 1)
        closures = Prefetch("closures", Closure.objects.filter(day__range=(first, last)).only("node", "day"))
        rows = Node.objects.filter(pk__in=node_ids).only(*_OF_A_NODE)
        self._nodes = {node.pk: node for node in rows.prefetch_related("opening_hours", closures)}
        self._schedules = {pk: Schedule.of(node) for pk, node in self._nodes.items()}
        self._coordinates = {
            pk: (float(node.latitude), float(node.longitude)) for pk, node in self._nodes.items()
        }
        self._works = {pk: node.is_open and self._has_a_day(pk) for pk, node in self._nodes.items()}
        self._today = {pk: clock.today(node.timezone) for pk, node in self._nodes.items()}
        self._promises: dict[tuple[UUID, dt.datetime], dt.datetime] = {}

    def today(self, node_id: UUID) -> dt.date:
        return self._today[node_id]

    def seen_by(self, order: Order, node_ids: Iterable[UUID], in_use: Collection[UUID]) -> list[Place]:
        """These nodes as the buyer sees them."""
        return [
            Place(
                node_id=pk,
                name=self._nodes[pk].name,
                reach_m=self._nodes[pk].reach_m,
                distance_m=self._distance(order, pk),
                is_open=self._works[pk],
                in_use=pk in in_use,
            )
            for pk in sorted(node_ids)
        ]

    def promise(self, node_id: UUID, placed_at: dt.datetime) -> dt.datetime:
        """By when the node ships an order of that moment. What could not be promised in time is promised from now."""
        key = (node_id, placed_at)
        if key not in self._promises:
            schedule, now = self._schedules[node_id], clock.now()
            promise = schedule.promise(placed_at)
            self._promises[key] = promise if promise >= now else schedule.promise(now)
        return self._promises[key]

    def _distance(self, order: Order, node_id: UUID) -> float | None:
        if order.latitude is None or order.longitude is None:
            return None
        return distance_m(order.latitude, order.longitude, *self._coordinates[node_id])

    def _has_a_day(self, node_id: UUID) -> bool:
        try:
            self._schedules[node_id].promise(clock.now())
        except NeverOpen:
            return False
        return True


def _write(found: _Found) -> None:
    use_earmarks(uses=found.used)
    promise_stock(promises=[(a.stock_id, a.quantity) for a in found.allocations])
    Allocation.objects.bulk_create(found.allocations, batch_size=_BATCH)
    lines = {**dict.fromkeys(found.got, Reason("", "")), **found.shortages}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_orderline l
            SET quantity_allocated = l.quantity_allocated + d.got, shortage = d.words, shortage_code = d.code
            FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[]) AS d (id, got, code, words)
            WHERE l.id = d.id AND (d.got > 0 OR (l.shortage_code, l.shortage) <> (d.code, d.words))
            """,
            [
                list(lines),
                [found.got.get(pk, 0) for pk in lines],
                [str(why.code) for why in lines.values()],
                [why.words for why in lines.values()],
            ],
        )
        cursor.execute(
            """
            UPDATE fulfillment_order o SET ship_by = d.ship_by
            FROM unnest(%s::uuid[], %s::timestamptz[]) AS d (id, ship_by)
            WHERE o.id = d.id
            """,
            [list(found.ship_by), list(found.ship_by.values())],
        )
