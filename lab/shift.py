"""A day's work at a node, done through the services that everybody uses: what the demo and the replay share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from coop.models import Node, User
from fulfillment.models import Allocation, Batch, Order, PickTask
from fulfillment.orders.services import allocate_orders
from fulfillment.packing.services import pack_and_ship
from fulfillment.picking.errors import NothingToRelease
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave

CARRIERS = ("Cargo bike", "DHL", "Hermes")


@dataclass
class Tally:
    """What was done, and how many seconds each stage took."""

    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, count: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + count

    def timed(self, stage: str) -> _Stopwatch:
        """`with tally.timed("picking"):` adds the time to that stage."""
        return _Stopwatch(self, stage)


class _Stopwatch:
    def __init__(self, tally: Tally, stage: str) -> None:
        self.tally, self.stage = tally, stage

    def __enter__(self) -> None:
        self.began = perf_counter()

    def __exit__(self, *exc: object) -> None:
        spent = perf_counter() - self.began
        self.tally.seconds[self.stage] = self.tally.seconds.get(self.stage, 0.0) + spent


def allocate_all(tally: Tally) -> None:
    """Promise stock to everything that waits, page after page."""
    after = None
    with tally.timed("allocate"):
        while True:
            after = allocate_orders(after=after).after
            if after is None:
                return


def count_allocated(tally: Tally) -> None:
    """Note how many order lines stock was promised to, as the books say: an import allocates what it brings by itself."""
    tally.add("lines allocated", Allocation.objects.values("line").distinct().count())


def work_off(
    node: Node,
    *,
    operator: User,
    pickers: Sequence[User],
    dice: random.Random,
    tally: Tally,
    short_chance: float = 0.0,
    keep_orders: int = 0,
) -> None:
    """Release the node's queue as a wave, walk it, pack and ship what was picked.

    `short_chance` is how often a picker finds one piece less than asked; `keep_orders` leaves so many orders queued.
    """
    queued = Allocation.objects.filter(node=node, state="queued").values("order").distinct().count()
    if queued <= keep_orders:
        return
    with tally.timed("waves"):
        try:
            release_wave(node=node, by=operator, max_orders=queued - keep_orders)
        except NothingToRelease:
            return  # what is queued waits for a part that is not there yet
    orders: set[Order] = set()
    turn = 0
    with tally.timed("pick"):
        while True:
            picker = pickers[turn % len(pickers)]
            batch = claim_batch(node=node, picker=picker)
            if batch is None:
                break
            orders |= _walk(batch, picker, dice, tally, short_chance)
            turn += 1
    tally.add("waves", 1)
    pack_off(node, sorted(orders, key=lambda o: o.pk), by=operator, dice=dice, tally=tally)


def _walk(batch: Batch, picker: User, dice: random.Random, tally: Tally, short_chance: float) -> set[Order]:
    tasks = list(PickTask.objects.filter(batch=batch, state="open").select_related("order"))
    results = [
        PickResult(t.pk, t.quantity - 1 if dice.random() < short_chance else t.quantity) for t in tasks
    ]
    done = confirm_picks(batch=batch, results=results, by=picker)
    tally.add("lines picked", len(done.picked))
    tally.add("lines short", len(done.short))
    return {t.order for t in tasks}


def pack_off(node: Node, orders: Sequence[Order], *, by: User, dice: random.Random, tally: Tally) -> None:
    """Pack and ship those of the orders whose goods for this node are all picked."""
    ids = [o.pk for o in orders]
    unready = set(
        Allocation.objects.filter(node=node, order__in=ids, state__in=["queued", "waved"]).values_list(
            "order", flat=True
        )
    )
    picked = set(
        Allocation.objects.filter(node=node, order__in=ids, state="picked").values_list("order", flat=True)
    )
    ready = [o for o in orders if o.pk in picked and o.pk not in unready]
    with tally.timed("pack and ship"):
        parcels = pack_and_ship(node=node, orders=ready, by=by, carrier=dice.choice(CARRIERS))
    tally.add("parcels shipped", len(parcels))
