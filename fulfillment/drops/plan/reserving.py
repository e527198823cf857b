"""Reserving what a drop needs, all of it or nothing, and giving it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from coop.kernel import clock
from coop.models import Node, User
from coop.nodes.hours import NeverOpen, Schedule
from fulfillment.capacity.availability.asks import all_asked, asked
from fulfillment.capacity.availability.reading import read_spans
from fulfillment.capacity.errors import Full, OverTier
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool
from fulfillment.capacity.services import Ask, book, make_group, release_bookings
from fulfillment.drops.errors import Missing, NothingFits
from fulfillment.drops.models import Drop, DropLeg
from fulfillment.drops.plan.needs import GoodsToStore, LegGoods, LegNeeds, needs_of

Kind = SlotPool.Kind
WANTED = {Kind.DOCK: "dock appointment in the run's window", Kind.PICKS: "picks"}


def reserve(
    drop: Drop, *, own: Mapping[UUID, Sequence[Ask]] | None = None, by: User | None = None
) -> list[Booking]:
    """Book for every leg of a drop what it needs from today on, in one call; each leg's bookings are a group.

    `own` replaces what is computed for a leg (by its id). Raises NothingFits naming all that is missing; then nothing
    is taken.
    """
    legs = legs_of(drop)
    needs = _needs(drop, legs)
    pools = _Pools([leg.run.cycle.node for leg in legs])
    asks: list[Ask] = []
    missing: list[Missing] = []
    for leg, need in zip(legs, needs, strict=True):
        group = leg.bookings or _group(drop, leg, by)
        wanted = (own or {}).get(leg.pk)
        found = list(wanted) if wanted is not None else _asks(leg, need, pools, missing)
        asks += [_in_group(ask, group) for ask in found]
    if missing:
        raise NothingFits(missing)
    if not asks:
        return []
    try:
        return book(member=drop.member, asks=asks, by=by)
    except (Full, OverTier) as error:
        raise NothingFits(_what_is_short(asks, error)) from error


def release_rest(drop: Drop, *, reason: str, by: User | None = None) -> None:
    """Give back every day of a drop's bookings that has not begun; the terms say what that costs."""
    rows = (
        Booking.objects.live().filter(group__drop_leg__drop=drop, used_at=None).select_related("pool__node")
    )
    ahead = [b for b in rows if b.last_day > clock.today(b.pool.node.timezone) or _later(b)]
    if ahead:
        release_bookings(bookings=ahead, reason=reason, by=by)


def legs_of(drop: Drop) -> list[DropLeg]:
    """The legs with run, cycle, node and goods, in the order they were made."""
    rows = drop.legs.select_related("run__cycle__node", "bookings", "asn").order_by("pk")
    return list(rows.prefetch_related("lines__sku"))


def goods_of(leg: DropLeg) -> list[GoodsToStore]:
    return [
        GoodsToStore(line.sku_id, line.quantity, line.sku.volume_mm3, line.sku.storage_class)
        for line in leg.lines.all()
    ]


def _later(booking: Booking) -> bool:
    return booking.first_day > clock.today(booking.pool.node.timezone)


def _needs(drop: Drop, legs: Sequence[DropLeg]) -> list[LegNeeds]:
    try:
        return needs_of(
            [LegGoods(goods_of(leg), leg.run.dock_from, Schedule.of(leg.run.cycle.node)) for leg in legs],
            opens_at=drop.opens_at,
            closes_at=drop.closes_at,
            burst_days=drop.burst_days,
            burst_picks=drop.burst_picks,
        )
    except NeverOpen as error:
        names = ", ".join(leg.run.cycle.node.name for leg in legs)
        raise NothingFits([Missing(names, "working day", 1)]) from error


def _group(drop: Drop, leg: DropLeg, by: User | None) -> BookingGroup:
    leg.bookings = make_group(member=drop.member, kind=BookingGroup.Kind.DROP, title=drop.title, by=by)
    leg.save(update_fields=["bookings"])
    return leg.bookings


def _in_group(ask: Ask, group: BookingGroup) -> Ask:
    return Ask(ask.pool, ask.slots, ask.first_day, ask.last_day, ask.skus, group)


def _asks(leg: DropLeg, need: LegNeeds, pools: _Pools, missing: list[Missing]) -> list[Ask]:
    """What one leg books, from today on; what its node does not offer at all is added to `missing`."""
    node = leg.run.cycle.node
    today = clock.today(node.timezone)
    asks: list[Ask] = []
    if need.dock_day >= today and not _in_use(leg, Kind.DOCK, today):
        opens, closes = (m.astimezone(node.zone).time() for m in (leg.run.dock_from, leg.run.dock_until))
        docks = [p for p in pools.of(node, Kind.DOCK) if _overlaps(p, opens, closes)]
        asks += _first_free(node, WANTED[Kind.DOCK], docks, 1, need.dock_day, need.dock_day, missing)
    # What lies there already keeps today's slots; tomorrow's are booked anew.
    first = today + dt.timedelta(days=1) if _in_use(leg, Kind.SHELF, today) else max(need.dock_day, today)
    if need.shelf_until >= first:
        for room in need.storage:
            shelves = pools.of(node, Kind.SHELF, room.storage_class)
            slots = {pool.pk: room.slots(pool.slot_volume_l) for pool in shelves}
            asks += _first_free(
                node, f"{room.storage_class} slots", shelves, slots, first, need.shelf_until, missing, room.skus
            )  # fmt: skip
    for day, picks in need.picks:
        if day >= today and not (day == today and _in_use(leg, Kind.PICKS, today)):
            asks += _first_free(
                node, WANTED[Kind.PICKS], pools.of(node, Kind.PICKS), picks, day, day, missing
            )
    return asks


def _in_use(leg: DropLeg, kind: str, today: dt.date) -> bool:
    """Whether the leg still has slots of a kind for today: they were booked before, and a day that has begun stays."""
    if leg.bookings_id is None:
        return False
    rows = Booking.objects.live().filter(group_id=leg.bookings_id, pool__kind=kind)
    return rows.filter(first_day__lte=today, last_day__gte=today).exists()


def _overlaps(dock: SlotPool, opens: dt.time, closes: dt.time) -> bool:
    assert dock.opens_at is not None  # noqa: S101 - slot_pool_dock_has_window
    assert dock.closes_at is not None  # noqa: S101 - slot_pool_dock_has_window
    return dock.opens_at < closes and opens < dock.closes_at


def _first_free(
    node: Node,
    what: str,
    pools: Sequence[SlotPool],
    slots: int | Mapping[UUID, int],
    first: dt.date,
    last: dt.date,
    missing: list[Missing],
    skus: int = 0,
) -> list[Ask]:
    """An ask of the first of these pools where it can be booked now; of the first of all when it cannot anywhere."""
    if not pools:
        missing.append(Missing(node.name, what, slots if isinstance(slots, int) else 0))
        return []
    asks = [
        Ask(pool, slots if isinstance(slots, int) else slots[pool.pk], first, last, skus) for pool in pools
    ]
    if len(asks) == 1:
        return asks
    reading = read_spans(all_asked(asks))
    return [next((ask for ask in asks if reading.has(asked(ask))), asks[0])]


def _what_is_short(asks: Sequence[Ask], error: Full | OverTier) -> list[Missing]:
    """Everything that is not free, not only the first; by the nodes' pools."""
    spans = all_asked(asks)
    found: dict[UUID, Missing] = {}
    names = {ask.pool.pk: (ask.pool.node.name, ask.pool.label) for ask in asks}
    names |= {a.pool.assortment_id: (a.pool.node.name, "SKU places") for a in asks if a.pool.assortment_id}
    for lack in read_spans(spans).lacking(spans):
        node, label = names[lack.pool_id]
        known = found.get(lack.pool_id)
        days = [*(known.days if known else ()), (lack.day, lack.free)]
        found[lack.pool_id] = Missing(node, label, lack.asked, days)
    # Somebody may have given it back since.
    pool = error.pool if isinstance(error, Full) and error.pool else asks[0].pool
    return list(found.values()) or [Missing(pool.node.name, pool.label, error.asked, error.days)]


class _Pools:
    """The pools of some nodes, asked once."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        rows = SlotPool.objects.filter(node__in=list(nodes)).select_related("node", "assortment__node")
        self._pools = list(rows.order_by("opens_at", "name", "pk"))

    def of(self, node: Node, kind: str, storage_class: str = "") -> list[SlotPool]:
        return [
            pool
            for pool in self._pools
            if pool.node_id == node.pk and pool.kind == kind and pool.storage_class == storage_class
        ]
