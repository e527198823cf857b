"""Who gets how much when fewer pieces came than were ordered ahead. Pure, deterministic, explainable.

`first_come`: in the order of the sales, each whole while it lasts. `one_each`: round by round every buyer gets one piece
of each SKU they ordered, in the order of their first sale, then everybody a second. `lottery`: as first come, but the
order of the buyers is drawn: by the SHA-256 of the seed and the buyer, so that anybody can draw it again, and so that
several orders are no more than one lot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

FIRST_COME, ONE_EACH, LOTTERY = "first_come", "one_each", "lottery"


@dataclass(frozen=True, slots=True)
class PreorderedLine:
    """An order line: so many pieces of a SKU that a buyer ordered. Wishes come in the order of their sales."""

    line_id: UUID
    buyer: str
    sku_id: UUID
    quantity: int


def share_out(
    wishes: Sequence[PreorderedLine], have: dict[UUID, int], rule: str, *, seed: str = ""
) -> dict[UUID, int]:
    """How many pieces each line gets, by its id. Never more than is wished, nor in all than there is; and no piece is left
    that somebody still wishes for."""
    left = dict(have)
    got = {wish.line_id: 0 for wish in wishes}
    if rule == ONE_EACH:
        _in_rounds(wishes, left, got)
    else:
        order = sorted(wishes, key=lambda wish: _lot(seed, wish.buyer)) if rule == LOTTERY else wishes
        _in_turn(order, left, got, lambda wish: wish.quantity)
    return got


def _lot(seed: str, buyer: str) -> bytes:
    return hashlib.sha256(f"{seed}\x1f{buyer}".encode()).digest()


def _in_turn(
    wishes: Sequence[PreorderedLine],
    left: dict[UUID, int],
    got: dict[UUID, int],
    most: Callable[[PreorderedLine], int],
) -> None:
    for wish in wishes:
        pieces = min(most(wish), wish.quantity - got[wish.line_id], left.get(wish.sku_id, 0))
        got[wish.line_id] += pieces
        left[wish.sku_id] = left.get(wish.sku_id, 0) - pieces


def _in_rounds(wishes: Sequence[PreorderedLine], left: dict[UUID, int], got: dict[UUID, int]) -> None:
    # One buyer's lines of a SKU fill one after the other.
    lines: dict[tuple[UUID, str], list[PreorderedLine]] = {}
    for wish in wishes:
        lines.setdefault((wish.sku_id, wish.buyer), []).append(wish)
    open_lines = list(lines.values())
    while open_lines:
        still: list[list[PreorderedLine]] = []
        for queue in open_lines:
            while queue and got[queue[0].line_id] == queue[0].quantity:
                queue.pop(0)
            if queue and left.get(queue[0].sku_id, 0):
                got[queue[0].line_id] += 1
                left[queue[0].sku_id] -= 1
                still.append(queue)
        open_lines = still
