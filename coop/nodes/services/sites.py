"""What changes the co-op's places: nodes, zones, bins, carts, hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from zoneinfo import available_timezones

from django.db.models import Max, ProtectedError

from coop.identity.models import User
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.nodes import edition
from coop.nodes.errors import (
    CartInUse,
    ForeignZone,
    HoursUnclear,
    LayoutTooLarge,
    NothingToLayOut,
    ZoneUnknown,
)
from coop.nodes.models import Bin, Cart, Closure, Node, OpeningHours, Zone

RECEIVING_CODE, PACKING_CODE = "RECV", "PACK"


@dataclass(frozen=True, kw_only=True)
class NodeDetails:
    """What is known of a node. Coordinates in degrees, area in m², reach in m."""

    slug: str
    code: str
    name: str
    tier: str
    timezone: str
    street: str
    postcode: str
    city: str
    country: str
    latitude: Decimal
    longitude: Decimal
    area_m2: int
    cutoff_at: dt.time
    reach_m: int
    about: str = ""
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class ZoneInput:
    """A part of a node: its code and what it is good for."""

    code: str
    storage_class: str


@act
def create_node(*, details: NodeDetails, zones: Sequence[ZoneInput], by: User | None) -> Node:
    """A new node with its zones and its two staging bins. Raises ZoneUnknown, and Conflict for a code that is taken."""
    _check_timezone(details.timezone)
    node = Node.objects.create(**asdict(details))
    Zone.objects.bulk_create(
        Zone(node=node, code=zone.code, storage_class=zone.storage_class) for zone in zones
    )
    Bin.objects.bulk_create(
        [
            Bin(node=node, code=RECEIVING_CODE, kind=Bin.Kind.RECEIVING),
            Bin(node=node, code=PACKING_CODE, kind=Bin.Kind.PACKING),
        ]
    )
    edition.renew()
    return node


@act
def change_node(*, node: Node, details: NodeDetails, by: User | None) -> Node:
    """Change what is known of a node. What was promised to orders stays promised."""
    _check_timezone(details.timezone)
    values = asdict(details)
    for name, value in values.items():
        setattr(node, name, value)
    node.save(update_fields=list(values))
    edition.renew()
    return node


@act
def add_zone(*, node: Node, zone: ZoneInput, by: User | None) -> Zone:
    """Another zone of a node. Raises Conflict when the node has one of that code."""
    return Zone.objects.create(node=node, code=zone.code, storage_class=zone.storage_class)


@act
def lay_out_bins(
    *,
    node: Node,
    zone: Zone,
    aisles: int,
    bays: int,
    levels: int,
    by: User | None,
    first_aisle: int | None = None,
) -> list[Bin]:
    """Shelf bins `aisles` × `bays` × `levels` in a zone, coded aisle-bay-level: A-03-2.

    The walk goes up one aisle and down the next, so that nobody walks back empty; it goes on after the node's
    existing bins, and so do the aisles unless `first_aisle` says otherwise. Raises Conflict when a code is taken.
    """
    if zone.node_id != node.pk:
        raise ForeignZone(f"Zone {zone.code} is not at {node.name}.")
    if min(aisles, bays, levels) < 1:
        raise NothingToLayOut("Give at least one aisle, one bay and one level.")
    if aisles * bays * levels > 20_000 or bays > 99 or levels > 9:
        raise LayoutTooLarge("At most 20,000 bins at once, 99 bays in an aisle and 9 levels in a bay.")
    lock_rows(Node.objects.filter(pk=node.pk))  # two layouts at once would number the same aisles
    last = Bin.objects.filter(node=node).aggregate(aisle=Max("aisle"), walk=Max("walk_order"))
    first = first_aisle or (last["aisle"] or 0) + 1
    walk = last["walk"] or 0
    return Bin.objects.bulk_create(
        Bin(
            node=node,
            zone=zone,
            code=bin_code(aisle, bay, level),
            aisle=aisle,
            bay=bay,
            level=level,
            walk_order=walk + turn,
        )
        for turn, (aisle, bay, level) in enumerate(_walk(first, aisles, bays, levels), start=1)
    )


def _walk(first: int, aisles: int, bays: int, levels: int) -> Iterator[tuple[int, int, int]]:
    for aisle in range(first, first + aisles):
        up = (aisle - first) % 2 == 0
        for bay in range(1, bays + 1) if up else range(bays, 0, -1):
            for level in range(1, levels + 1):
                yield aisle, bay, level


def bin_code(aisle: int, bay: int, level: int) -> str:
    """A-03-2; the 27th aisle is AA."""
    letters = ""
    while aisle:
        aisle, rest = divmod(aisle - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}-{bay:02d}-{level}"


@act
def add_cart(*, node: Node, code: str, totes: int, by: User | None) -> Cart:
    """A picking cart. Raises Conflict when the node has one of that code."""
    return Cart.objects.create(node=node, code=code, totes=totes)


@act
def remove_cart(*, cart: Cart, by: User | None) -> None:
    """Take a cart out of use. Raises CartInUse when batches were picked with it."""
    try:
        cart.delete()
    except ProtectedError as error:
        raise CartInUse(f"Cart {cart.code} stays: batches were picked with it.") from error


@act
def set_opening_hours(
    *, node: Node, hours: Mapping[int, tuple[dt.time, dt.time]], by: User | None
) -> list[OpeningHours]:
    """The node's whole week: weekday (0 = Monday) → opens, closes. A weekday that is left out is a day off.

    These three write down when the node works and nothing else; the rooms above that offer something on its days have
    acts of their own that call them, and doors call those.
    """
    for weekday, (opens, closes) in hours.items():
        if not (0 <= weekday <= 6 and opens < closes):
            raise HoursUnclear("A node opens before it closes, on a weekday from 0 (Monday) to 6.")
    lock_rows(Node.objects.filter(pk=node.pk))
    edition.renew()
    OpeningHours.objects.filter(node=node).exclude(weekday__in=hours).delete()
    return OpeningHours.objects.bulk_create(
        [
            OpeningHours(node=node, weekday=weekday, opens=opens, closes=closes)
            for weekday, (opens, closes) in sorted(hours.items())
        ],
        update_conflicts=True,
        unique_fields=["node", "weekday"],
        update_fields=["opens", "closes"],
    )


@act
def close_on(*, node: Node, days: Sequence[dt.date], reason: str, by: User | None) -> list[Closure]:
    """The node does not work on these days. Raises Conflict when one of them is closed already."""
    edition.renew()
    return Closure.objects.bulk_create(
        Closure(node=node, day=day, reason=reason) for day in sorted(set(days))
    )


@act
def reopen_on(*, node: Node, days: Sequence[dt.date], by: User | None) -> int:
    """The node works on these days after all. Returns how many of them were closed."""
    edition.renew()
    closed, _ = Closure.objects.filter(node=node, day__in=days).delete()
    return closed


def _check_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ZoneUnknown(
            f"There is no time zone “{name}”. Use a name such as Europe/Berlin.", field="timezone"
        )
