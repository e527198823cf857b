"""At the cutoff: goods that are late or short make a drop slip or shrink, as its owner chose."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from uuid import UUID

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Busy
from coop.models import User
from fulfillment.drops import letters
from fulfillment.drops.life.arriving import note_arrivals, receive_drop
from fulfillment.drops.life.ending import settle_drops
from fulfillment.drops.life.moving import late_legs, slip_drop
from fulfillment.drops.life.opening import open_and_close_drops
from fulfillment.drops.life.returning import drops_with_returns, take_back
from fulfillment.drops.models import Drop, DropLine, DropSale, DropStep
from fulfillment.drops.plan.earmarks import plan_earmarks
from fulfillment.drops.plan.reserving import legs_of
from fulfillment.drops.sale.fairness import PreorderedLine, share_out
from fulfillment.drops.steps import State, enter, lock_drop, require, say
from fulfillment.inventory.services import arrived_for
from fulfillment.orders.models import Order, OrderLine
from fulfillment.orders.services import Cut, cut_lines

WAITING = (State.RESERVED, State.ANNOUNCED)


def check_cutoffs() -> int:
    """Decide for every drop whose goods should be available by now and are not all there; an act each. Returns for how
    many."""
    due = Drop.objects.filter(state__in=WAITING, legs__available_from__lte=clock.now()).distinct()
    decided = 0
    for drop in due.order_by("pk"):
        with suppress(Busy):  # the next minute comes
            decided += decide_cutoff(drop=drop)
    return decided


@act
def decide_cutoff(*, drop: Drop) -> bool:
    """What happens to one drop at its cutoff. Returns whether anything did; nothing does while no leg is late."""
    drop = note_arrivals(drop=drop)
    drop = lock_drop(drop)
    now = clock.now()
    late = [leg for leg in late_legs(drop) if leg.available_from <= now] if drop.state in WAITING else []
    if not late:
        return False
    nodes = ", ".join(leg.run.cycle.node.name for leg in late)
    # Nothing came at all: what is left of the drop could not be sold.
    if drop.on_shortfall == Drop.OnShortfall.SHRINK and arrived_for(drop.claim_id):
        shrink_drop(drop=drop)
    else:
        slip_drop(drop=drop, late=late, why=f"Not all goods have come to {nodes} in time.")
    return True


@act
def shrink_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """Let a drop go on with what has arrived: its lines shrink to that. Preorders beyond it are cut by the drop's fairness
    rule, and their buyers told. Raises WrongState for a drop whose goods are not awaited."""
    drop = lock_drop(drop)
    require(drop, WAITING, "shrunk")
    take_back(drop=drop)
    drop.refresh_from_db(fields=["sold"])
    before = sum(drop.lines.values_list("quantity", flat=True))
    have = _shrink_legs(drop)
    cut = _cut_preorders(drop, have, by)
    for line in drop.lines.all():
        DropLine.objects.filter(pk=line.pk).update(quantity=have.get(line.sku_id, 0))
    plan_earmarks(drop)
    words = f"{sum(have.values())} of {before} pieces have come; the drop shrinks to them."
    step = say(drop, f"{words} {len(cut)} preorders were cut." if cut else words, by)
    letters.tell_house(step, "shrunk")
    _tell_cut(step, cut)
    if drop.state == State.RESERVED:
        enter(drop, State.ANNOUNCED, "Nothing more is awaited.", by)
    receive_drop(drop, "What there is of its goods is there.", by)
    return drop


def look_after_drops() -> None:
    """The minute's round: arrivals, cutoffs, openings and ends, sales that came to nothing, drops that are done."""
    for drop in Drop.objects.filter(state=State.ANNOUNCED).order_by("pk"):
        with suppress(Busy):
            note_arrivals(drop=drop)
    check_cutoffs()
    for drop in drops_with_returns():
        with suppress(Busy):
            take_back(drop=drop)
    open_and_close_drops()
    settle_drops()


def _shrink_legs(drop: Drop) -> dict[UUID, int]:
    """Bring each leg's lines down to what came; returns the pieces there are, by SKU."""
    here = Counter(arrived_for(drop.claim_id))
    have: Counter[UUID] = Counter()
    for leg in legs_of(drop):
        for line in leg.lines.all():
            place = (leg.run.cycle.node_id, line.sku_id)
            came = min(line.quantity, here[place])
            here[place] -= came
            have[line.sku_id] += came
            if came != line.quantity:
                line.quantity = came
                line.save(update_fields=["quantity"])
    return dict(have)


def _cut_preorders(drop: Drop, have: dict[UUID, int], by: User | None) -> dict[UUID, int]:
    """Share what there is out to the preorders; returns the pieces cut, by order."""
    turn = DropSale.objects.filter(drop=drop).exclude(order__state=Order.State.CANCELLED)
    place = {pk: (n, buyer) for n, (pk, buyer) in enumerate(
        turn.order_by("sold_at", "order").values_list("order_id", "buyer"))}  # fmt: skip
    rows = list(OrderLine.objects.filter(order__in=place))
    rows.sort(key=lambda line: (place[line.order_id][0], line.pk))
    wishes = [
        PreorderedLine(line.pk, place[line.order_id][1], line.sku_id, line.quantity - line.quantity_cancelled)
        for line in rows
    ]
    got = share_out(wishes, have, drop.fairness, seed=str(drop.pk))
    cuts = [Cut(w.line_id, w.quantity - got[w.line_id]) for w in wishes if w.quantity > got[w.line_id]]
    cut_lines(cuts=cuts, reason=f"{drop.title} came short, shared out {drop.get_fairness_display()}", by=by)
    take_back(drop=drop)
    order_of = {line.pk: line.order_id for line in rows}
    cut: Counter[UUID] = Counter()
    for c in cuts:
        cut[order_of[c.line_id]] += c.quantity
    return dict(cut)


def _tell_cut(step: DropStep, cut: dict[UUID, int]) -> None:
    orders = Order.objects.filter(pk__in=cut).select_related("drop_sale")
    letters.tell_orders(
        step,
        "cut",
        {
            order: {"cut": cut[order.pk], "left": order.drop_sale.pieces - order.drop_sale.cut}
            for order in orders
        },
    )
