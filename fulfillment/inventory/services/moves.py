"""The ledger of goods and its projection, moved together by one function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import uuid7
from coop.kernel.locks import lock_rows
from fulfillment.inventory.errors import NotEnoughStock
from fulfillment.inventory.models import Stock, StockMove
from fulfillment.inventory.services.earmarks import lock_earmarks, trim


@dataclass(frozen=True, slots=True)
class Move:
    """`quantity` pieces of a SKU go from one bin to another; no bin on one side means outside the building.

    `reason` and `source_id` name the fact: told twice, it moves once. `promised` pieces are allocated ones: the promise
    goes with them.
    """

    sku_id: UUID
    member_id: UUID
    node_id: UUID
    quantity: int
    reason: str
    source_type: str
    source_id: UUID
    from_bin_id: UUID | None = None
    to_bin_id: UUID | None = None
    lot_id: UUID | None = None
    worker_id: UUID | None = None
    promised: bool = False

    @property
    def fact(self) -> Fact:
        """What makes this move one and the same when it is told again."""
        return (str(self.reason), self.source_id)


Fact = tuple[str, UUID]
PlaceKey = tuple[UUID, UUID, UUID | None]  # SKU, bin, lot


@dataclass(slots=True)
class _Change:
    """What a batch of moves does to one place."""

    on_hand: int = 0
    allocated: int = 0
    moves: list[Move] = field(default_factory=list)


@act
def move_stock(*, moves: Sequence[Move]) -> set[Fact]:
    """Write the moves and what they do to the stock; the only writer of both. Returns the facts that were new.

    Set-based: a thousand moves cost as many statements as one. Raises NotEnoughStock when a place has fewer free
    (or promised) pieces than are taken from it; then nothing has moved.
    """
    told = {move.fact: move for move in moves}
    if not told:
        return set()
    # Free pieces that vanish may be kept for somebody: earmarks are locked before stock.
    kept = lock_earmarks({m.sku_id for m in told.values() if m.to_bin_id is None and not m.promised})
    stock = _lock_places(list(told.values()))
    new = _append(list(told.values()))
    changes = _changes(told[fact] for fact in new)
    _refuse_overdraft(stock, changes)
    _apply(stock, changes)
    trim(kept)
    return new


def _sides(move: Move) -> list[tuple[PlaceKey, int]]:
    """The places a move touches, with its sign there."""
    ends = ((move.from_bin_id, -1), (move.to_bin_id, 1))
    return [((move.sku_id, bin_id, move.lot_id), sign) for bin_id, sign in ends if bin_id is not None]


def _lock_places(moves: Sequence[Move]) -> dict[PlaceKey, Stock]:
    """Every place the moves touch, made where it is missing, locked in primary-key order."""
    wanted = {key: move for move in moves for key, _ in _sides(move)}
    ids = _find(wanted)
    missing = sorted(wanted.keys() - ids.keys(), key=str)
    if missing:
        _insert([(key, wanted[key]) for key in missing])
        ids = _find(wanted)
    locked = lock_rows(Stock.objects.filter(pk__in=ids.values()))
    return {(s.sku_id, s.bin_id, s.lot_id): s for s in locked}


def _find(places: Iterable[PlaceKey]) -> dict[PlaceKey, UUID]:
    keys = list(places)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.sku_id, s.bin_id, s.lot_id, s.id
            FROM fulfillment_stock s
            JOIN unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS w (sku_id, bin_id, lot_id)
              ON s.sku_id = w.sku_id AND s.bin_id = w.bin_id AND s.lot_id IS NOT DISTINCT FROM w.lot_id
            """,
            [list(column) for column in zip(*keys, strict=True)],
        )
        return {(sku, bin_, lot): pk for sku, bin_, lot, pk in cursor.fetchall()}


def _insert(places: Sequence[tuple[PlaceKey, Move]]) -> None:
    """Empty rows for new places; whoever comes second to the same place finds the first one's row."""
    rows = [(uuid7(), move.member_id, move.node_id, *key) for key, move in places]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fulfillment_stock (id, member_id, node_id, sku_id, bin_id, lot_id, on_hand, allocated)
            SELECT *, 0, 0 FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])
            ON CONFLICT ON CONSTRAINT stock_once_per_place DO NOTHING
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )


def _append(moves: Sequence[Move]) -> set[Fact]:
    """Add the moves to the ledger; what it already holds is left out."""
    now = clock.now()
    rows = [
        (
            uuid7(),
            m.member_id,
            m.node_id,
            m.sku_id,
            m.lot_id,
            m.from_bin_id,
            m.to_bin_id,
            m.quantity,
            str(m.reason),
            m.source_type,
            m.source_id,
            m.worker_id,
        )
        for m in moves
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fulfillment_stockmove (id, member_id, node_id, sku_id, lot_id, from_bin_id, to_bin_id,
                                               quantity, reason, source_type, source_id, worker_id, moved_at)
            SELECT *, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
                                     %s::uuid[], %s::int[], %s::text[], %s::text[], %s::uuid[], %s::uuid[])
            ON CONFLICT ON CONSTRAINT stock_move_once_per_source DO NOTHING
            RETURNING reason, source_id
            """,
            [now, *(list(column) for column in zip(*rows, strict=True))],
        )
        return {(reason, source) for reason, source in cursor.fetchall()}


def _changes(moves: Iterable[Move]) -> dict[PlaceKey, _Change]:
    changes: dict[PlaceKey, _Change] = defaultdict(_Change)
    for move in moves:
        for key, sign in _sides(move):
            change = changes[key]
            change.on_hand += sign * move.quantity
            change.allocated += sign * move.quantity if move.promised else 0
            change.moves.append(move)
    return changes


def _refuse_overdraft(stock: dict[PlaceKey, Stock], changes: dict[PlaceKey, _Change]) -> None:
    """Say which place has too little, before the CHECK would say that some place has."""
    for key, change in changes.items():
        place = stock[key]
        on_hand, allocated = place.on_hand + change.on_hand, place.allocated + change.allocated
        if on_hand >= allocated >= 0:
            continue
        named = Stock.objects.select_related("sku", "bin").get(pk=place.pk)
        asked = sum(m.quantity for m in change.moves if m.from_bin_id == key[1])
        if any(m.promised for m in change.moves):
            has = f"{named.allocated} promised pieces of {named.sku.code}"
        else:
            has = f"{named.available} free pieces of {named.sku.code}"
        raise NotEnoughStock(f"Bin {named.bin.code} has {has}, not {asked}. Count the bin, then try again.")


def _apply(stock: dict[PlaceKey, Stock], changes: dict[PlaceKey, _Change]) -> None:
    rows = [(stock[key].pk, c.on_hand, c.allocated) for key, c in changes.items() if c.on_hand or c.allocated]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_stock s
            SET on_hand = s.on_hand + d.on_hand, allocated = s.allocated + d.allocated
            FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS d (id, on_hand, allocated)
            WHERE s.id = d.id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )


__all__ = ["Fact", "Move", "StockMove", "move_stock"]
