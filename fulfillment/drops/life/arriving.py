"""A drop's goods on their way: announced for its legs, counted in at the dock, all there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import Node, Sku, User
from coop.runtime.nudges import send_after_commit
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.services import note_use
from fulfillment.drops.errors import NotItsGoods, TooLateForRun
from fulfillment.drops.life.opening import open_drop
from fulfillment.drops.models import Drop, DropLeg
from fulfillment.drops.plan.earmarks import still_missing
from fulfillment.drops.plan.reserving import legs_of
from fulfillment.drops.steps import State, enter, lock_drop, require, say
from fulfillment.inventory.models import Asn, Receipt
from fulfillment.inventory.services import announce_asn, claim_asn, open_earmarks


def next_leg(drop: Drop, *, node: Node | None = None) -> DropLeg | None:
    """The leg whose goods must be announced next (at that node), if there is one."""
    legs = (
        drop.legs.filter(asn=None)
        .select_related("run__cycle__node", "drop")
        .order_by("run__announce_by", "pk")
    )
    if node is not None:
        legs = legs.filter(run__cycle__node=node)
    return next((leg for leg in legs if missing_on(leg)), None)


def missing_on(leg: DropLeg) -> list[tuple[Sku, int]]:
    """What a leg is to bring and has not brought yet, by code."""
    left = still_missing(leg.drop)
    node_id = leg.run.cycle.node_id
    lines = leg.lines.select_related("sku").order_by("sku__code")
    return [
        (line.sku, min(line.quantity, left[node_id, line.sku_id]))
        for line in lines
        if left.get((node_id, line.sku_id), 0)
    ]


@act
def announce_goods(
    *,
    drop: Drop,
    leg: DropLeg,
    lines: Sequence[tuple[Sku, int]] | None = None,
    parcels: int = 1,
    carrier_note: str = "",
    by: User | None = None,
) -> Asn:
    """Announce what a leg has not brought yet (or `lines`, SKUs and pieces, of which some must be the leg's) for the dock
    day of its run.

    With the last leg the drop's state is announced. Raises WrongState, TooLateForRun, Invalid for lines that cannot be
    announced, and NotItsGoods when the leg is announced already, has brought all, or `lines` name nothing of it. Then
    nothing is announced.
    """
    drop = lock_drop(drop)
    leg = DropLeg.objects.select_related("run__cycle__node", "drop").get(pk=leg.pk, drop=drop)
    node = leg.run.cycle.node
    goods = missing_on(leg)
    if not goods:
        raise NotItsGoods(f"{node.name} has all the goods of {drop.title}.")
    asn = announce_asn(
        member=drop.member,
        node=node,
        expected_on=leg.run.dock_from.astimezone(node.zone).date(),
        lines=goods if lines is None else lines,
        parcels=parcels,
        carrier_note=carrier_note,
        claim_id=drop.claim_id,
        by=by,
    )
    return bring_goods(drop=drop, leg=leg, asn=asn, by=by)


@act
def bring_goods(*, drop: Drop, leg: DropLeg, asn: Asn, by: User | None = None) -> Asn:
    """Say that an announced shipment brings a leg's goods; they are kept for the drop's buyers as they arrive.

    Raises WrongState, TooLateForRun, AsnIsOver once something has arrived, and NotItsGoods for a shipment to another
    node, without anything of the leg, or a leg that has one.
    """
    drop = lock_drop(drop)
    require(drop, [State.RESERVED, State.ANNOUNCED], "announced")
    leg = DropLeg.objects.select_related("run__cycle__node").get(pk=leg.pk, drop=drop)
    if leg.asn_id is not None:
        raise NotItsGoods("The goods of this run are announced already.")
    if leg.run.announce_by < clock.now():
        raise TooLateForRun("The goods of this run had to be announced by now.", field="run")
    wanted = set(leg.lines.values_list("sku_id", flat=True))
    brings = set(asn.lines.values_list("sku_id", flat=True))
    if asn.member_id != drop.member_id or asn.node_id != leg.run.cycle.node_id or not wanted & brings:
        raise NotItsGoods(f"{asn.number} brings nothing of {drop.title} to {leg.run.cycle.node.name}.")
    leg.asn = claim_asn(asn=asn, claim_id=drop.claim_id)
    leg.save(update_fields=["asn"])
    words = f"{asn.number} to {asn.node.name} is announced."
    if drop.state == State.RESERVED and all_announced(drop):
        enter(drop, State.ANNOUNCED, words, by)
    else:
        say(drop, words, by)
    return leg.asn


@act
def note_arrivals(*, drop: Drop) -> Drop:
    """Look whether all goods of an announced drop are there by now; then it is received, and its buyers can be promised
    theirs. Nothing happens otherwise, however often one looks."""
    drop = lock_drop(drop)
    if drop.state in (State.RESERVED, State.ANNOUNCED):
        _note_dock_use(drop)
    if drop.state == State.ANNOUNCED and not still_missing(drop):
        receive_drop(drop, "All its goods are there.")
    return drop


def _note_dock_use(drop: Drop) -> None:
    """Goods that were counted in today came for today's dock appointment."""
    docks = Booking.objects.live().filter(
        group__drop_leg__drop=drop, pool__kind=SlotPool.Kind.DOCK, used_at=None, state=Booking.State.BOOKED
    )
    for booking in docks.select_related("pool__node").order_by("pk"):
        node = booking.pool.node
        today = clock.today(node.timezone)
        midnight = dt.datetime.combine(today, dt.time(), tzinfo=node.zone)
        came = Receipt.objects.filter(
            asn_line__asn__claim=drop.claim_id, asn_line__asn__node=node, received_at__gte=midnight
        )
        if booking.first_day <= today <= booking.last_day and came.exists():
            note_use(booking=booking)


def receive_drop(drop: Drop, words: str, by: User | None = None) -> None:
    """Put a locked, announced drop into received: what is kept for it can be given out from now on."""
    enter(drop, State.RECEIVED, words, by)
    open_earmarks(claim_id=drop.claim_id)
    drop.state = open_drop(drop=drop).state
    send_after_commit("fulfillment.orders.allocate_waiting")


def all_announced(drop: Drop) -> bool:
    """Whether of every leg a shipment is on its way, or all is there."""
    left = still_missing(drop)
    return all(
        leg.asn_id is not None or not any((leg.run.cycle.node_id, g.sku_id) in left for g in leg.lines.all())
        for leg in legs_of(drop)
    )
