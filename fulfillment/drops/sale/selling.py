"""Selling from a drop: thousands of orders in the first minute, and not one piece too many.

A sale reads once without a lock and refuses what cannot be; writes the order; and moves the counters last, in one
statement, so that the drop's row is held for no longer than that statement and the commit take.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import current_app
from django.core.cache import cache
from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act, after_commit
from coop.kernel.errors import Busy
from coop.kernel.ids import uuid7
from coop.kernel.reasons import Reason
from coop.models import Member, User
from fulfillment.drops.errors import BuyerLimit, NotInThisDrop, NotOpen, OrderChanged, SoldOut
from fulfillment.drops.models import Drop, DropLine, DropSale
from fulfillment.drops.steps import State, enter
from fulfillment.orders.checking import KnownSku, OrderInput, check_orders
from fulfillment.orders.errors import MemberLeft, OrdersRefused
from fulfillment.orders.models import Channel, Order
from fulfillment.orders.services.placing import changed_since, insert_orders
from fulfillment.orders.shortages import Shortage

# Sales of so many seconds are allocated together.
ALLOCATE_AFTER_S = 2


@dataclass(frozen=True)
class Sold:
    """What came of it: orders that are sold now, and the numbers that were sold before and say the same."""

    created: list[Order] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    is_preorder: bool = False


class _ToldMeanwhile(Busy):
    """Somebody told the same number in the same moment, and was first."""


def sell(*, drop: Drop, orders: Sequence[OrderInput], channel: Channel, by: User | None = None) -> Sold:
    """Sell orders from a drop, all of them or none; a number that this channel told before is the same sale.

    A drop whose goods are in and whose time has come is open, whether anybody has noted it or not. Before that it sells
    from `preorders_from` on, against the goods that are planned. Raises NotOpen, SoldOut, BuyerLimit, NotInThisDrop,
    OrderChanged when a number says something else by now, OrdersRefused and MemberLeft.
    """
    try:
        return _sell(drop=drop, orders=orders, channel=channel, by=by)
    except _ToldMeanwhile:  # now it is known
        return _sell(drop=drop, orders=orders, channel=channel, by=by)


def buyer_of(order: OrderInput) -> str:
    """Who counts as one buyer: the e-mail address, whatever its case; else name and postcode."""
    if order.buyer_email:
        return order.buyer_email.strip().lower()
    return " ".join(f"{order.buyer_name} {order.postcode}".lower().split())


@act
def _sell(*, drop: Drop, orders: Sequence[OrderInput], channel: Channel, by: User | None) -> Sold:
    told = {order.number: order for order in orders}
    now = clock.now()
    scene = _look(drop.pk, channel, told.values())
    new = [order for order in told.values() if order.number not in scene.numbers]
    known = _known(drop, channel, [o for o in told.values() if o.number in scene.numbers])
    if not new:
        return Sold(known=known)
    is_preorder = _sells(scene, now)
    wanted, buyers = _refuse(scene, new)
    created = insert_orders(
        channel, new, scene.skus, claim_id=drop.claim_id, shortage=scene.coming if is_preorder else None
    )
    if len(created) < len(new):
        raise _ToldMeanwhile("This order is being sold already. Ask again in a moment.")
    left = _count(drop.pk, scene, created, told, wanted, buyers, is_preorder, now)
    if not is_preorder:
        _follow(drop.pk, scene, left, by)
        after_commit(lambda: _allocate_soon(drop.pk))
    return Sold(created=created, known=known, is_preorder=is_preorder)


@dataclass(frozen=True)
class _LineLeft:
    sku_id: UUID
    left: int


@dataclass(frozen=True)
class _Scene:
    """A drop as one unlocked read found it."""

    title: str
    state: str
    standing: str
    opens_at: dt.datetime
    closes_at: dt.datetime | None
    preorders_from: dt.datetime | None
    buyer_limit: int | None
    picks_left: int
    lines: Mapping[str, _LineLeft]
    skus: Mapping[str, KnownSku]
    numbers: set[str]
    bought: Mapping[str, int]
    available_from: dt.datetime
    zone: ZoneInfo

    @property
    def coming(self) -> Reason:
        """Why a preorder waits."""
        day = f"{self.available_from.astimezone(self.zone):%d %b %Y}"
        return Reason(Shortage.COMING, f"the goods of {self.title} come on {day}").within(200)


_LOOK = """
SELECT d.title, d.state, m.standing, d.opens_at, d.closes_at, d.preorders_from, d.buyer_limit, d.burst_picks - d.sold,
  (SELECT json_agg(json_build_array(s.code, s.id, s.is_active, l.quantity - l.sold))
   FROM fulfillment_dropline l JOIN coop_sku s ON s.id = l.sku_id WHERE l.drop_id = d.id),
  ARRAY(SELECT o.number FROM fulfillment_order o
        WHERE o.member_id = d.member_id AND o.channel_id = %(channel)s AND o.number = ANY(%(numbers)s)),
  (SELECT json_object_agg(b.buyer, b.pieces) FROM fulfillment_dropbuyer b
   WHERE b.drop_id = d.id AND b.buyer = ANY(%(buyers)s)),
  leg.available_from, leg.timezone
FROM fulfillment_drop d JOIN coop_member m ON m.id = d.member_id
CROSS JOIN LATERAL (
  SELECT g.available_from, n.timezone FROM fulfillment_dropleg g
  JOIN fulfillment_cyclerun r ON r.id = g.run_id JOIN fulfillment_replenishmentcycle c ON c.id = r.cycle_id
  JOIN coop_node n ON n.id = c.node_id WHERE g.drop_id = d.id ORDER BY g.available_from DESC LIMIT 1
) leg
WHERE d.id = %(drop)s AND d.member_id = %(member)s
"""


def _look(drop_id: UUID, channel: Channel, orders: Any) -> _Scene:
    given: dict[str, Any] = {
        "drop": drop_id,
        "member": channel.member_id,
        "channel": channel.pk,
        "numbers": [order.number for order in orders],
        "buyers": [buyer_of(order) for order in orders],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, given)
        row = cursor.fetchone()
    if row is None:
        raise NotOpen("There is no such drop of yours.")
    title, state, standing, opens_at, closes_at, preorders_from, limit, picks_left, *rest = row
    lines, numbers, bought, available_from, zone = rest
    return _Scene(
        title=title,
        state=state,
        standing=standing,
        opens_at=opens_at,
        closes_at=closes_at,
        preorders_from=preorders_from,
        buyer_limit=limit,
        picks_left=picks_left,
        lines={code: _LineLeft(UUID(pk), left) for code, pk, _, left in lines or []},
        skus={code: KnownSku(id=UUID(pk), is_active=active) for code, pk, active, _ in lines or []},
        numbers=set(numbers),
        bought=bought or {},
        available_from=available_from,
        zone=ZoneInfo(zone),
    )


def _sells(scene: _Scene, now: dt.datetime) -> bool:
    """Whether a sale now is a preorder. Raises NotOpen when the drop does not sell now."""
    if scene.standing == Member.Standing.CLOSED:
        raise MemberLeft("This member has left the co-op; its orders are not taken any more.")
    if scene.state == State.SOLD_OUT:
        raise SoldOut(f"{scene.title} is sold out.")
    over = scene.closes_at is not None and scene.closes_at <= now
    if scene.state in (State.CLOSED, State.SETTLED, State.CANCELLED) or over:
        raise NotOpen(f"{scene.title} is over.")
    if scene.state == State.LIVE or (scene.state == State.RECEIVED and scene.opens_at <= now):
        return False
    if scene.state == State.PLANNED or scene.preorders_from is None:
        raise NotOpen(f"{scene.title} opens {scene.opens_at.astimezone(scene.zone):%a %d %b %Y %H:%M:%S %Z}.")
    if now < scene.preorders_from:
        begin = scene.preorders_from.astimezone(scene.zone)
        raise NotOpen(f"{scene.title} can be ordered ahead from {begin:%a %d %b %Y %H:%M:%S %Z}.")
    return True


def _refuse(scene: _Scene, new: Sequence[OrderInput]) -> tuple[Counter[UUID], Counter[str]]:
    """Refuse what can be seen without a lock; returns the pieces wanted, by SKU and by buyer."""
    wanted: Counter[UUID] = Counter()
    buyers: Counter[str] = Counter()
    for order in new:
        for code, quantity in order.quantities.items():
            if code not in scene.lines:
                raise NotInThisDrop(f"{scene.title} does not sell {code[:60]}.", field="lines")
            wanted[scene.lines[code].sku_id] += quantity
            buyers[buyer_of(order)] += quantity
    if problems := check_orders(new, scene.skus):
        raise OrdersRefused(problems)
    for code, line in scene.lines.items():
        if wanted[line.sku_id] > line.left:
            raise SoldOut(_too_few(scene.title, code, line.left), field="lines")
    if sum(wanted.values()) > scene.picks_left:
        raise SoldOut(f"{scene.title} is sold out: the picks reserved for it are used up.", field="lines")
    if scene.buyer_limit is not None:
        for buyer, pieces in buyers.items():
            if pieces + scene.bought.get(buyer, 0) > scene.buyer_limit:
                raise BuyerLimit(_too_many(scene))
    return +wanted, buyers


def _too_few(title: str, code: str, left: int) -> str:
    return f"{title} is sold out of {code}." if left <= 0 else f"{title} has only {left} of {code} left."


def _too_many(scene: _Scene) -> str:
    pieces = "piece" if scene.buyer_limit == 1 else "pieces"
    return f"One buyer may have {scene.buyer_limit} {pieces} of {scene.title}."


# The drop's row first: it is where sales stand in line, so that their lines cannot be locked crosswise.
_COUNT = """
WITH locked AS (
  SELECT id, state, sold, burst_picks, buyer_limit FROM fulfillment_drop
  WHERE id = %(drop)s AND state = ANY(%(states)s) FOR NO KEY UPDATE
), lines AS (
  UPDATE fulfillment_dropline l SET sold = l.sold + w.pieces
  FROM locked, unnest(%(skus)s::uuid[], %(pieces)s::int[]) AS w (sku_id, pieces)
  WHERE l.drop_id = locked.id AND l.sku_id = w.sku_id AND l.sold + w.pieces <= l.quantity
  RETURNING l.quantity - l.sold AS remaining
), sales AS (
  INSERT INTO fulfillment_dropsale (order_id, drop_id, buyer, pieces, cut, is_preorder, sold_at)
  SELECT s.order_id, locked.id, s.buyer, s.pieces, 0, %(preorder)s, %(now)s
  FROM locked, unnest(%(orders)s::uuid[], %(order_buyers)s::text[], %(order_pieces)s::int[])
               AS s (order_id, buyer, pieces)
  RETURNING 1
), buyers AS (
  INSERT INTO fulfillment_dropbuyer AS b (id, drop_id, buyer, pieces)
  SELECT w.id, locked.id, w.buyer, w.pieces
  FROM locked, unnest(%(ids)s::uuid[], %(buyers)s::text[], %(buyer_pieces)s::int[]) AS w (id, buyer, pieces)
  ON CONFLICT ON CONSTRAINT drop_buyer_once DO UPDATE SET pieces = b.pieces + EXCLUDED.pieces
  WHERE %(limit)s::int IS NULL OR b.pieces + EXCLUDED.pieces <= %(limit)s
  RETURNING 1
), counted AS (
  UPDATE fulfillment_drop d SET sold = d.sold + %(all)s
  FROM locked WHERE d.id = locked.id AND d.sold + %(all)s <= d.burst_picks
  RETURNING d.burst_picks - d.sold AS remaining
)
SELECT (SELECT state FROM locked), (SELECT count(*) FROM lines), (SELECT max(remaining) FROM lines),
       (SELECT count(*) FROM sales), (SELECT count(*) FROM buyers), (SELECT remaining FROM counted)
"""


def _count(
    drop_id: UUID,
    scene: _Scene,
    created: Sequence[Order],
    told: Mapping[str, OrderInput],
    wanted: Mapping[UUID, int],
    buyers: Mapping[str, int],
    is_preorder: bool,
    now: dt.datetime,
) -> tuple[int, int]:
    """Move the counters and note the sales, or raise; returns the picks left, and the pieces left of the lines sold."""
    states = (
        (State.RESERVED, State.ANNOUNCED, State.RECEIVED) if is_preorder else (State.RECEIVED, State.LIVE)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "drop": drop_id,
                "states": [str(state) for state in states],
                "skus": list(wanted),
                "pieces": list(wanted.values()),
                "orders": [order.pk for order in created],
                "order_buyers": [buyer_of(told[order.number]) for order in created],
                "order_pieces": [sum(told[order.number].quantities.values()) for order in created],
                "ids": [uuid7() for _ in buyers],
                "buyers": list(buyers),
                "buyer_pieces": list(buyers.values()),
                "limit": scene.buyer_limit,
                "all": sum(wanted.values()),
                "preorder": is_preorder,
                "now": now,
            },
        )
        [(state, lines, pieces_left, _, counted_buyers, picks_left)] = cursor.fetchall()
    if state is None:
        raise SoldOut(f"{scene.title} was sold out a moment ago.")
    if lines < len(wanted) or picks_left is None:
        raise SoldOut(f"{scene.title} was sold out a moment ago.", field="lines")
    if counted_buyers < len(buyers):
        raise BuyerLimit(_too_many(scene))
    return picks_left, pieces_left


def _follow(drop_id: UUID, scene: _Scene, left: tuple[int, int], by: User | None) -> None:
    """What a sale changes beside the counters, rarely: the first one opens the drop, the last one ends it."""
    picks_left, pieces_left = left
    # The row is ours since the counters moved.
    if scene.state == State.RECEIVED:
        drop = Drop.objects.get(pk=drop_id)
        if drop.state == State.RECEIVED:
            enter(drop, State.LIVE, "Open: the first piece is sold.", by)
    if picks_left == 0 or (pieces_left == 0 and not _pieces_left(drop_id)):
        what = "The last piece is sold." if picks_left else "The picks reserved for it are used up."
        enter(Drop.objects.get(pk=drop_id), State.SOLD_OUT, what, by)


def _pieces_left(drop_id: UUID) -> bool:
    return any(line.sold < line.quantity for line in DropLine.objects.filter(drop=drop_id))


def _known(drop: Drop, channel: Channel, repeated: Sequence[OrderInput]) -> list[str]:
    """The numbers of sales that are told again. Raises OrderChanged when one is no sale of this drop, or says otherwise."""
    if not repeated:
        return []
    numbers = [order.number for order in repeated]
    sales = DropSale.objects.filter(drop=drop, order__channel=channel, order__number__in=numbers)
    mine = set(sales.values_list("order__number", flat=True))
    for number in [*(set(numbers) - mine), *changed_since(channel, repeated)]:
        raise OrderChanged(
            f"Order {number} is known and is another order, or says something else. Use a new number.",
            field="number",
        )
    return numbers


def _allocate_soon(drop_id: UUID) -> None:
    """Wake one allocator for all sales of the next moment; it takes what waits in batches."""
    if cache.add(f"drop-allocation:{drop_id}", 1, timeout=ALLOCATE_AFTER_S):
        current_app.send_task("fulfillment.orders.allocate_waiting", countdown=ALLOCATE_AFTER_S)
