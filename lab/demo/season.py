"""Ninety days at five nodes, a day at a time: goods come, orders come, staff work, the month is billed."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Sum

from coop.kernel import clock
from coop.models import Bin, Member, Node, Sku, User
from coop.nodes.hours import is_open
from fulfillment.capacity.services import record_missing_storage
from fulfillment.inventory.services import Receiving, Stow, announce_asn, close_asn, put_away, receive
from fulfillment.models import Asn, Channel, Stock
from fulfillment.orders.services import LineInput, OrderInput, open_channel, place_orders
from lab.demo.cast import BUYERS, CREATORS, FIRST_NAMES, LAST_NAMES, STREETS, Creator
from lab.shift import Tally, allocate_all, work_off

ZONE = ZoneInfo("Europe/Berlin")
Staff = dict[str, tuple[User, list[User]]]


@dataclass
class World:
    """What the season needs at hand; `shelf` remembers where a SKU lies at a node."""

    places: dict[str, Node]
    members: dict[str, Member]
    staff: Staff
    skus: dict[str, dict[str, Sku]]
    dice: random.Random
    tally: Tally = field(default_factory=Tally)
    channels: dict[str, Channel] = field(default_factory=dict)
    shelf: dict[tuple[str, str], Bin] = field(default_factory=dict)
    free_bins: dict[tuple[str, str], list[Bin]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1000))


def moment(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of that day in Berlin, in UTC."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=ZONE).astimezone(dt.UTC)


def live_a_day(world: World, day: dt.date, *, unfinished: bool = False) -> None:
    """One day: storage, inbound, orders, and the work; an unfinished day leaves work on the floor."""
    with clock.at(moment(day, 7, 30)):
        for node in world.places.values():
            record_missing_storage(node=node)
    with clock.at(moment(day, 8, 40)):
        _take_in_goods(world, day)
    with clock.at(moment(day, 11, 50)):
        _take_orders(world, day)
        allocate_all(world.tally)
    if unfinished:
        return
    with clock.at(moment(day, 13, 5)):
        for slug, node in world.places.items():
            if is_open(node, day):
                operator, pickers = world.staff[slug]
                work_off(
                    node,
                    operator=operator,
                    pickers=pickers,
                    dice=world.dice,
                    tally=world.tally,
                    short_chance=0.004,
                )


def stock_shelves(world: World, creator: Creator, node: Node, *, weeks: float) -> Asn | None:
    """Announce, receive and put away what this creator needs at this node for so many weeks."""
    asn = announce_goods(world, creator, node, weeks=weeks)
    if asn is not None:
        unload(world, asn)
    return asn


def announce_goods(world: World, creator: Creator, node: Node, *, weeks: float) -> Asn | None:
    """Announce what is missing for `weeks` of sales; None when enough lies there."""
    member = world.members[creator.slug]
    there = dict(
        Stock.objects.filter(node=node, member=member).values_list("sku__code").annotate(n=Sum("on_hand"))
    )
    classes = {zone.storage_class for zone in node.zones.all()}
    lines = []
    for goods in creator.goods:
        if goods.storage not in classes:
            continue
        target = max(4, round(goods.weight_in_orders * creator.busy * weeks * 1.9))
        if there.get(goods.code, 0) < target * 0.45:
            lines.append((world.skus[creator.slug][goods.code], target))
    if not lines:
        return None
    return announce_asn(
        member=member, node=node, expected_on=clock.today(ZONE), lines=lines,
        parcels=1 + len(lines) // 2, carrier_note="Own van", by=None,
    )  # fmt: skip


def unload(world: World, asn: Asn) -> None:
    """Receive everything that was announced (sometimes a piece less) and put it on its shelf."""
    operator, pickers = world.staff[asn.node.slug]
    lines = list(asn.lines.select_related("sku"))
    counted = {
        line.pk: max(1, line.quantity_expected - (1 if world.dice.random() < 0.06 else 0)) for line in lines
    }
    receive(asn=asn, receipts=[Receiving(line.pk, counted[line.pk]) for line in lines], by=operator)
    put_away(
        asn=asn,
        stows=[Stow(line.pk, _bin_for(world, asn.node, line.sku).pk, counted[line.pk]) for line in lines],
        by=pickers[0],
    )
    close_asn(asn=asn, by=operator)
    world.tally.add("inbound shipments", 1)


def _bin_for(world: World, node: Node, sku: Sku) -> Bin:
    key = (node.slug, str(sku.pk))
    if key not in world.shelf:
        pool = world.free_bins.setdefault(
            (node.slug, sku.storage_class), _empty_bins(node, sku.storage_class, world.dice)
        )
        world.shelf[key] = pool.pop()
    return world.shelf[key]


def _empty_bins(node: Node, storage_class: str, dice: random.Random) -> list[Bin]:
    bins = list(
        Bin.objects.filter(node=node, kind="shelf", zone__storage_class=storage_class).order_by("code")
    )
    dice.shuffle(bins)
    return bins


def _take_in_goods(world: World, day: dt.date) -> None:
    """Each node's cycle day brings what its creators will need for three weeks."""
    weekday = {"ludwigsfelde": 0, "kreuzberg": 1, "charlottenburg": 1, "prenzlauer-berg": 2, "potsdam": 3}
    for creator in CREATORS:
        for slug in creator.nodes:
            if weekday[slug] == day.weekday():
                stock_shelves(world, creator, world.places[slug], weeks=3)


def _take_orders(world: World, day: dt.date) -> None:
    rush = 1.35 if day.weekday() in (0, 6) else 1.0
    # The weeks before Christmas are a creator's year.
    season = 1.25 if day.month in (11, 12) else 1.0
    for creator in CREATORS:
        expected = creator.busy * rush * season
        count = sum(world.dice.random() < expected / 4 for _ in range(4))
        if creator.drop and day.day == 12:
            count += round(9 * creator.busy)
        if count:
            place(world, creator, [order(world, creator, day) for _ in range(count)])


def place(world: World, creator: Creator, told: Sequence[OrderInput]) -> None:
    """Hand orders in through the creator's own shop channel."""
    channel = world.channels.get(creator.slug) or open_channel(
        member=world.members[creator.slug], kind="csv", name="Own shop"
    )
    world.channels[creator.slug] = channel
    with world.tally.timed("orders"):
        placed = place_orders(channel=channel, orders=told)
    world.tally.add("orders", len(placed.created))


def order(world: World, creator: Creator, day: dt.date) -> OrderInput:
    """One buyer's order, placed between yesterday afternoon and this noon."""
    dice = world.dice
    buyer = dice.choices(BUYERS, weights=[b.share for b in BUYERS])[0]
    chosen = dice.choices(
        creator.goods, weights=[g.weight_in_orders for g in creator.goods], k=dice.choice((1, 1, 1, 2, 2, 3))
    )
    world.numbers[creator.slug] += 1
    placed_at = moment(day, 11, 45) - dt.timedelta(minutes=dice.randrange(0, 20 * 60))
    return OrderInput(
        number=f"{creator.slug[:2].upper()}-{world.numbers[creator.slug]}",
        placed_at=placed_at,
        buyer_name=f"{dice.choice(FIRST_NAMES)} {dice.choice(LAST_NAMES)}",
        street=f"{dice.choice(STREETS)} {dice.randrange(1, 120)}",
        postcode=buyer.postcode,
        city=buyer.city,
        latitude=_near(buyer.latitude, dice),
        longitude=_near(buyer.longitude, dice),
        lines=[
            LineInput(sku=goods.code, quantity=dice.choice((1, 1, 1, 2)), unit_price=Decimal(goods.value))
            for goods in dict.fromkeys(chosen)
        ],
    )


def _near(degree: Decimal, dice: random.Random) -> Decimal:
    return degree + Decimal(dice.randrange(-600, 600)) / 100_000
