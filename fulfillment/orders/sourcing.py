"""Sourcing: from which node, bin and lot each line of an order is sent. Pure: no Django, no clock, no database.

The nearest node that keeps its promise to this buyer and has everything; else the fewest nodes that have each line
whole; else what there is, with a sentence that names who holds the rest. Lots leave in the order of their dates
(first expired, first out); goods past their date never leave.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID

from coop.kernel.reasons import Reason
from fulfillment.orders.shortages import Shortage

MAX_WORDS = 200
# Above this many combinations the fewest nodes are sought greedily: a co-op has a handful of nodes, a network may not.
MAX_COMBINATIONS = 2000


@dataclass(frozen=True, slots=True)
class Need:
    """What a line still wants. `ordered` and `allocated` are the whole line's, for the words."""

    line_id: UUID
    sku_id: UUID
    quantity: int
    ordered: int
    allocated: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A node as one buyer sees it. `distance_m` is None when nobody knows where the buyer is."""

    node_id: UUID
    name: str
    reach_m: int
    distance_m: float | None = None
    is_open: bool = True
    in_use: bool = False  # something of this order already goes from here: one parcel rather than two

    @property
    def in_reach(self) -> bool:
        """Whether the node's promise holds for this buyer; an unknown buyer is nobody's neighbour and anyone's."""
        return self.distance_m is None or self.distance_m <= self.reach_m


@dataclass(slots=True)
class Shelf:
    """One row of stock. `available` falls while orders are sourced from it."""

    stock_id: UUID
    sku_id: UUID
    node_id: UUID
    bin_id: UUID
    on_hand: int
    available: int
    expires_on: dt.date | None = None
    walk_order: int = 0
    at_dock: bool = False  # arrived, not put away: on hand, but not to be picked
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """So many pieces of a line from this stock."""

    line_id: UUID
    sku_id: UUID
    stock_id: UUID
    node_id: UUID
    bin_id: UUID
    quantity: int


@dataclass(slots=True)
class Sourced:
    """What is promised, and for each line that is not wholly promised, why."""

    parts: list[Part] = field(default_factory=list)
    shortages: dict[UUID, Reason] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """Pieces of a SKU at a node that only orders of one claim may be promised. `pieces` falls while they are sourced."""

    claim: UUID
    node_id: UUID
    sku_id: UUID
    pieces: int


class Pool:
    """The stock that one run of sourcing draws from, by SKU and node, and what of it is kept for whom."""

    def __init__(self, shelves: Iterable[Shelf], kept: Iterable[Kept] = ()) -> None:
        self._shelves: dict[UUID, dict[UUID, list[Shelf]]] = defaultdict(lambda: defaultdict(list))
        self._free: dict[tuple[UUID, UUID], int] = defaultdict(int)
        self._dock: dict[tuple[UUID, UUID], int] = defaultdict(int)
        self._kept: dict[tuple[UUID, UUID], list[Kept]] = defaultdict(list)
        self.used: dict[tuple[UUID, UUID, UUID], int] = defaultdict(int)  # claim, node, SKU
        for shelf in shelves:
            self._shelves[shelf.sku_id][shelf.node_id].append(shelf)
            if _pickable(shelf):
                self._free[shelf.sku_id, shelf.node_id] += shelf.available
            elif shelf.at_dock:
                self._dock[shelf.sku_id, shelf.node_id] += shelf.available
        for mark in kept:
            self._kept[mark.sku_id, mark.node_id].append(mark)

    def share(self, claim: UUID | None = None) -> Share:
        """The pool as an order of that claim (or of none) may use it."""
        return Share(self, claim)

    def free(self, sku_id: UUID, node_id: UUID, claim: UUID | None = None) -> int:
        """Pieces of the SKU that the node can still promise. What is kept for others is taken off; it may lie at the
        dock yet."""
        key = (sku_id, node_id)
        free = self._free.get(key, 0)
        if key not in self._kept:
            return free
        return max(0, min(free, free + self._dock.get(key, 0) - self.kept(sku_id, node_id, claim)))

    def kept(self, sku_id: UUID, node_id: UUID, claim: UUID | None = None) -> int:
        """Pieces that are kept for other claims than this one."""
        return sum(mark.pieces for mark in self._kept.get((sku_id, node_id), ()) if mark.claim != claim)

    def shelves(self, sku_id: UUID, node_id: UUID) -> list[Shelf]:
        """All rows of the SKU at the node, those that cannot be promised included."""
        return self._shelves[sku_id][node_id] if sku_id in self._shelves else []

    def take(
        self, sku_id: UUID, node_id: UUID, quantity: int, claim: UUID | None = None
    ) -> list[tuple[Shelf, int]]:
        """Take up to `quantity`: the earliest date first; of one date the row that has it all, else the fullest. What is
        kept for the claim is used first, and counted in `used`."""
        taken: list[tuple[Shelf, int]] = []
        left = wanted_in_all = min(quantity, self.free(sku_id, node_id, claim))
        rows = [s for s in self.shelves(sku_id, node_id) if _pickable(s) and s.available > 0]
        while left > 0:
            first = min(_date(s) for s in rows)
            wanted = left
            shelf = min((s for s in rows if _date(s) == first), key=lambda s: _turn(s, wanted))
            pieces = min(left, shelf.available)
            shelf.available -= pieces
            self._free[sku_id, node_id] -= pieces
            left -= pieces
            taken.append((shelf, pieces))
            rows.remove(shelf)
        self._use(sku_id, node_id, claim, wanted_in_all)
        return taken

    def _use(self, sku_id: UUID, node_id: UUID, claim: UUID | None, pieces: int) -> None:
        for mark in self._kept.get((sku_id, node_id), ()):
            if mark.claim == claim and (used := min(mark.pieces, pieces)):
                mark.pieces -= used
                self.used[mark.claim, node_id, sku_id] += used


@dataclass(frozen=True, slots=True)
class Share:
    """A pool seen by the orders of one claim."""

    pool: Pool
    claim: UUID | None

    def free(self, sku_id: UUID, node_id: UUID) -> int:
        return self.pool.free(sku_id, node_id, self.claim)

    def kept(self, sku_id: UUID, node_id: UUID) -> int:
        return self.pool.kept(sku_id, node_id, self.claim)

    def shelves(self, sku_id: UUID, node_id: UUID) -> list[Shelf]:
        return self.pool.shelves(sku_id, node_id)

    def take(self, sku_id: UUID, node_id: UUID, quantity: int) -> list[tuple[Shelf, int]]:
        return self.pool.take(sku_id, node_id, quantity, self.claim)


def source(
    needs: Sequence[Need],
    places: Sequence[Place],
    stock: Pool,
    *,
    hold: str | None = None,
    claim: UUID | None = None,
) -> Sourced:
    """Promise stock to `needs` and say what is short. `hold` is why the member's orders wait, if they do; `claim` lets
    them have what is kept for it."""
    sourced = Sourced()
    pool = stock.share(claim)
    if hold is not None:
        words = f"member on hold: {hold}" if hold else "member on hold"
        waits = Reason(Shortage.ON_HOLD, words).within(MAX_WORDS)
        sourced.shortages = {need.line_id: waits for need in needs}
        return sourced
    near = _ranked(needs, [p for p in places if p.is_open and p.in_reach], pool)
    chosen = _choose(needs, near, pool)
    got: dict[UUID, int] = {}
    for need in needs:
        got[need.line_id] = 0
        for place in _order_for(need, chosen, near, pool):
            if got[need.line_id] == need.quantity:
                break
            for shelf, pieces in pool.take(need.sku_id, place.node_id, need.quantity - got[need.line_id]):
                got[need.line_id] += pieces
                sourced.parts.append(
                    Part(need.line_id, need.sku_id, shelf.stock_id, shelf.node_id, shelf.bin_id, pieces)
                )
    for need in needs:
        if got[need.line_id] < need.quantity:
            sourced.shortages[need.line_id] = explain(need, got[need.line_id], places, pool)
    return sourced


def explain(need: Need, got: int, places: Sequence[Place], pool: Share) -> Reason:
    """Why the rest of a line waits, naming who has it: earlier orders, the dock, a node out of reach, its date.

    The code is that of the first cause."""
    have = need.allocated + got
    causes = list(_promised(need, got, places, pool))
    for place in places:
        causes += _causes_at(place, need, pool, some_had=have > 0)
    if not causes:
        causes.append(Reason(Shortage.NONE, "no more at any node" if have else "no stock at any node"))
    lead = f"{have} of {need.ordered}: " if have else ""
    words = lead + "; ".join(cause.words for cause in causes)
    return Reason(causes[0].code, words).within(MAX_WORDS)


def _causes_at(place: Place, need: Need, pool: Share, *, some_had: bool) -> Iterator[Reason]:
    """What there is of the SKU at one node, and why none of it can be had."""
    free = pool.free(need.sku_id, place.node_id)
    if free:
        yield from _beyond(place, free, some_had=some_had)
    elif place.in_reach and (kept := pool.kept(need.sku_id, place.node_id)):
        yield Reason(Shortage.KEPT, f"{kept} at {place.name} are kept for a drop")
    rows = pool.shelves(need.sku_id, place.node_id)
    if at_dock := sum(s.on_hand for s in rows if s.at_dock):
        yield Reason(Shortage.DOCK, f"{at_dock} arrived at {place.name} and not put away yet")
    if expired := sum(s.available for s in rows if s.expired and not s.at_dock):
        yield Reason(Shortage.EXPIRED, f"{expired} at {place.name} past their date")


def _beyond(place: Place, free: int, *, some_had: bool) -> Iterator[Reason]:
    """Free goods that no parcel to this buyer can start from."""
    if not place.in_reach:
        rest = "the rest is " if some_had else ""
        yield Reason(Shortage.ELSEWHERE, f"{rest}only at {place.name}, {_far(place)}")
    elif not place.is_open:
        yield Reason(Shortage.CLOSED, f"{free} at {place.name}, which is closed")


def _promised(need: Need, got: int, places: Sequence[Place], pool: Share) -> Iterator[Reason]:
    """What lies on shelves in reach and is others' already."""
    rows = [
        s
        for p in places
        if p.in_reach and p.is_open
        for s in pool.shelves(need.sku_id, p.node_id)
        if _pickable(s)
    ]
    others = sum(s.on_hand - s.available for s in rows) - got - need.allocated
    if others > 0:
        some_had = need.allocated + got > 0
        words = "the rest is promised" if some_had else f"all {others} on hand are promised"
        yield Reason(Shortage.PROMISED, f"{words} to earlier orders")


def _far(place: Place) -> str:
    distance = place.distance_m or 0.0
    return f"which is out of reach ({distance / 1000:.0f} km; its promise holds for {place.reach_m / 1000:.0f} km)"


def _pickable(shelf: Shelf) -> bool:
    return not shelf.at_dock and not shelf.expired


def _date(shelf: Shelf) -> dt.date:
    return shelf.expires_on or dt.date.max


def _turn(shelf: Shelf, wanted: int) -> tuple[bool, int, int, UUID]:
    """Enough in one bin before two stops; of those that are too small the fullest, of the others the first on the way."""
    short = shelf.available < wanted
    return short, -shelf.available if short else 0, shelf.walk_order, shelf.stock_id


def _ranked(needs: Sequence[Need], places: list[Place], pool: Share) -> list[Place]:
    """Nearest first. For a buyer whose place nobody knows: the node that has most of what is wanted."""

    def rank(place: Place) -> tuple[bool, float, int, str]:
        covers = sum(min(need.quantity, pool.free(need.sku_id, place.node_id)) for need in needs)
        return not place.in_use, place.distance_m or 0.0, -covers, place.name

    return sorted(places, key=rank)


def _choose(needs: Sequence[Need], near: list[Place], pool: Share) -> list[Place]:
    """The fewest places that together have every line whole which any place has whole; nearest wins a tie."""
    whole = {
        place.node_id: frozenset(n.line_id for n in needs if pool.free(n.sku_id, place.node_id) >= n.quantity)
        for place in near
    }
    wanted = frozenset().union(*whole.values()) if whole else frozenset()
    if not wanted:
        return []
    for size in range(1, len(near) + 1):
        if math.comb(len(near), size) > MAX_COMBINATIONS:
            return _greedy(wanted, near, whole)
        # combinations() keeps the order of `near`, so the first hit is among the nearest of its size.
        hits = [
            c for c in combinations(near, size) if wanted <= frozenset().union(*(whole[p.node_id] for p in c))
        ]
        if hits:
            return list(min(hits, key=lambda c: sum(near.index(p) for p in c)))
    return []


def _greedy(wanted: frozenset[UUID], near: list[Place], whole: Mapping[UUID, frozenset[UUID]]) -> list[Place]:
    chosen: list[Place] = []
    missing = set(wanted)
    while missing:
        best = max(near, key=lambda p: (len(missing & whole[p.node_id]), -near.index(p)))
        chosen.append(best)
        missing -= whole[best.node_id]
    return chosen


def _order_for(need: Need, chosen: list[Place], near: list[Place], pool: Share) -> list[Place]:
    """The places to draw a line from: one that has it whole, else those in use for this order, else the nearest."""
    ranked = [p for p in near if p in chosen] + [p for p in near if p not in chosen]
    whole = [p for p in ranked if pool.free(need.sku_id, p.node_id) >= need.quantity]
    return whole[:1] or ranked
