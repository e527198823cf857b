"""What happened to an order. Each room above tells its own part in its `story.py`; none of them is known here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from coop.kernel.rooms import discover_in_rooms
from fulfillment.orders.models import Allocation, LineCut, Order

Event = dict[str, Any]
Teller = Callable[[Order], Iterable[Event]]

_tellers: list[Teller] = []


def tells(teller: Teller) -> Teller:
    """Register a function that tells what its room did for an order, in any order of time."""
    _tellers.append(teller)
    return teller


def event(what: str, at: dt.datetime, *, by: Any = "", tone: str = "") -> Event:
    """One line of the story, for `components/timeline.html`."""
    return {"what": what, "at": at, "by": by, "tone": tone}


def timeline(order: Order) -> list[Event]:
    """What happened to an order, the first thing first: {"what", "at", "by", "tone"}."""
    discover_in_rooms("story")
    return sorted((told for teller in _tellers for told in teller(order)), key=lambda told: told["at"])


def pieces(quantity: int) -> str:
    """So many pieces, in words."""
    return f"{quantity:,} piece" + ("" if quantity == 1 else "s")


@tells
def placed_and_cancelled(order: Order) -> Iterator[Event]:
    """Its two ends, as far as they are the owner's."""
    yield event(f"Placed through {order.channel}", order.placed_at)
    if order.cancelled_at:
        yield event("Cancelled; what was promised is free again", order.cancelled_at, tone="warn")


@tells
def promised(order: Order) -> Iterator[Event]:
    """What a run of allocating promised at one node, as one."""
    sums: Counter[tuple[dt.datetime, str]] = Counter()
    rows = Allocation.objects.filter(order=order).select_related("node")
    for row in rows.order_by("allocated_at", "pk"):
        sums[row.allocated_at, row.node.name] += row.quantity
    for (at, node), quantity in sums.items():
        yield event(f"{pieces(quantity)} promised at {node}", at)


@tells
def cut(order: Order) -> Iterator[Event]:
    """Pieces given up so that the rest could go, each time as one."""
    times: dict[dt.datetime, list[LineCut]] = {}
    for row in order.cuts.select_related("line__sku", "cut_by"):
        times.setdefault(row.cut_at, []).append(row)
    for at, rows in times.items():
        goods = ", ".join(f"{row.quantity:,} × {row.line.sku.code}" for row in rows)
        why = "; ".join(dict.fromkeys(row.why for row in rows))
        yield event(f"Sent without {goods} ({why})", at, by=rows[0].cut_by or "", tone="warn")
