"""People, members, nodes and goods for tests: plain functions with defaults, through the services where there are any.

    maya = make_user("maya@example.com")
    member = make_member(slug="tidehouse", owner=maya)
    node = make_node(slug="kreuzberg", bins=6)
    mug = make_sku(member, code="MUG-1")
    make_staff(make_user("ines@example.com"), "operator", node)

Every builder takes any field of its model as a keyword. Numbers and names count up, so that two calls never collide.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import Client

from billing.models import Issuer, RateCard
from billing.rates.services import RateInput, save_rate_card
from coop.catalog.models import Sku
from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.members import services as members
from coop.members.models import ApiKey, Member, Membership
from coop.nodes import services as nodes
from coop.nodes.models import Bin, Node, StaffPost
from fulfillment.activity.services import Work, record
from fulfillment.capacity import services as capacity
from fulfillment.capacity.models import SlotPool
from fulfillment.drops import services as drops
from fulfillment.drops.models import CycleRun, Drop, ReplenishmentCycle
from fulfillment.inventory import services as inventory
from fulfillment.inventory.models import Stock
from fulfillment.models import Activity, Carton, Order
from fulfillment.orders import services as orders
from fulfillment.orders.services import LineInput, OrderInput
from fulfillment.picking import services as picking

PASSWORD = "a-long-test-password"
_next = count(1)

BERLIN: dict[str, Any] = {"city": "Berlin", "country": "DE", "timezone": "Europe/Berlin"}
WEEK = {day: (dt.time(8), dt.time(18)) for day in range(5)}


def make_user(email: str | None = None, password: str | None = PASSWORD, **fields: Any) -> User:
    """A person whose e-mail address is verified, so that they can sign in."""
    email = email or f"person{next(_next)}@example.com"
    user = User.objects.create_user(email, password, **{"name": email.split("@")[0].title(), **fields})
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_member(*, slug: str | None = None, owner: User | None = None, **fields: Any) -> Member:
    """A member in good standing, with its owner (one is made when none is given)."""
    slug = slug or f"member-{next(_next)}"
    name = slug.replace("-", " ").title()
    defaults: dict[str, Any] = {
        "slug": slug,
        "name": name,
        "trade": "potter",
        "email": f"hello@{slug}.example",
        "legal_name": f"{name} GmbH",
        "street": "Oranienstraße 12",
        "postcode": "10999",
        "city": "Berlin",
        "country": "DE",
    }
    member = Member.objects.create(**{**defaults, **fields})
    make_membership(member, owner or make_user(f"owner@{slug}.example"), "owner")
    return member


def make_membership(member: Member, user: User, role: str = "manager") -> Membership:
    """A person in a member's team: owner, manager or accountant."""
    return Membership.objects.create(member=member, user=user, role=role)


def make_api_key(member: Member, name: str = "shop") -> tuple[ApiKey, str]:
    """A key of that member, and the token a machine sends (`Authorization: Bearer …`)."""
    return members.create_api_key(member=member, name=name, by=None)


def make_staff(user: User, role: str, node: Node | None = None) -> StaffPost:
    """A post: picker or operator at a node, accountant or steward of the whole co-op."""
    return nodes.post_staff(user=user, role=role, node=node, by=None)


def make_node(
    *,
    slug: str | None = None,
    bins: int = 4,
    week: dict[int, tuple[dt.time, dt.time]] | None = None,
    **fields: Any,
) -> Node:
    """A node that works Monday to Friday, 8 to 18, cutoff 14:00, with `bins` ambient shelf bins and its two staging bins."""
    number = next(_next)
    slug = slug or f"node-{number}"
    defaults: dict[str, Any] = {
        "slug": slug,
        "code": f"N{number}",
        "name": slug.replace("-", " ").title(),
        "tier": Node.Tier.NEXT_DAY,
        "street": "Skalitzer Straße 1",
        "postcode": "10999",
        "latitude": Decimal("52.499000"),
        "longitude": Decimal("13.418000"),
        "area_m2": 240,
        "cutoff_at": dt.time(14),
        "reach_m": 30_000,
        **BERLIN,
    }
    node = nodes.create_node(
        details=nodes.NodeDetails(**{**defaults, **fields}),
        zones=[nodes.ZoneInput(code="A", storage_class="ambient")],
        by=None,
    )
    nodes.set_opening_hours(node=node, hours=WEEK if week is None else week, by=None)
    if bins:
        nodes.lay_out_bins(node=node, zone=node.zones.get(code="A"), aisles=1, bays=bins, levels=1, by=None)
    return node


def shelf_bins(node: Node) -> list[Bin]:
    """The node's shelf bins in walking order."""
    return list(Bin.objects.filter(node=node, kind=Bin.Kind.SHELF).order_by("walk_order"))


def make_sku(member: Member, **fields: Any) -> Sku:
    """A mug of that member: 120 × 100 × 100 mm, 400 g."""
    number = next(_next)
    defaults: dict[str, Any] = {
        "code": f"SKU-{number}",
        "title": f"Mug no. {number}",
        "length_mm": 120,
        "width_mm": 100,
        "height_mm": 100,
        "weight_g": 400,
        "value_amount": Decimal("24.00"),
    }
    return Sku.objects.create(member=member, **{**defaults, **fields})


PRICES = {
    "receive": "0.08",
    "putaway": "0.35",
    "storage": "0.22",
    "pick": "0.42",
    "pack": "1.10",
    "carton": "0.55",
    "ship": "3.90",
    "count": "0.60",
}


def make_issuer(**fields: Any) -> Issuer:
    """The co-op as a legal person: Berlin, 19 % VAT, 14 days to pay."""
    defaults: dict[str, Any] = {
        "legal_name": "Commonshelf eG",
        "street": "Lausitzer Straße 46",
        "postcode": "10999",
        "city": "Berlin",
        "vat_id": "DE123456788",
        "email": "books@commonshelf.example",
        "iban": "DE89370400440532013000",
        "vat_rate": Decimal("19.00"),
    }
    return Issuer.objects.create(**{**defaults, **fields})


def make_rate_card(
    *, member: Member | None = None, prices: dict[str, str] | None = None, **fields: Any
) -> RateCard:
    """A price for every kind of work (or for those in `prices`), in force since 2026, for everybody or for one member."""
    rates = [RateInput(kind=kind, unit_price=Decimal(price)) for kind, price in (prices or PRICES).items()]
    defaults: dict[str, Any] = {
        "name": f"{member or 'Common'} card",
        "valid_from": dt.date(2026, 1, 1),
        "rates": rates,
    }
    return save_rate_card(member=member, by=None, **{**defaults, **fields})


def make_activity(
    member: Member, node: Node, kind: str = "pick", quantity: int = 1, **fields: Any
) -> Activity:
    """One piece of work, recorded now (`day` sets another day). Its source is new each time."""
    source = fields.pop("source_id", None) or uuid7()
    with transaction.atomic():
        record(
            [
                Work(
                    kind=kind,
                    member_id=member.pk,
                    node=node,
                    quantity=quantity,
                    source_type=fields.pop("source_type", "test"),
                    source_id=source,
                    **fields,
                )
            ]
        )
    return Activity.objects.get(kind=kind, source_id=source)


def client_of(user: User) -> Client:
    """A browser in which that person is signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def make_stock(sku: Sku, bin: Bin, quantity: int) -> Stock:
    """Pieces of a SKU in a bin, by a move from outside; returns the stock row."""
    inventory.move_stock(
        moves=[
            inventory.Move(
                sku_id=sku.pk,
                member_id=sku.member_id,
                node_id=bin.node_id,
                quantity=quantity,
                reason="adjusted",
                source_type="test",
                source_id=uuid7(),
                to_bin_id=bin.pk,
            )
        ]
    )
    return Stock.objects.get(sku=sku, bin=bin, lot=None)


def make_pool(node: Node, *, slots: int = 10, storage_class: str = "ambient") -> SlotPool:
    """Shelf slots of one storage class at a node; its days open when they are booked."""
    return capacity.open_pool(node=node, storage_class=storage_class, slots=slots)


def make_pools(
    node: Node, *, slots: int = 20, docks: int = 4, picks: int = 1000
) -> tuple[SlotPool, SlotPool, SlotPool]:
    """What a drop needs of a node, each day: ambient shelf slots, dock appointments from 8 to 12, picks."""
    return (
        make_pool(node, slots=slots),
        capacity.open_pool(node=node, kind="dock", slots=docks, opens_at=dt.time(8), closes_at=dt.time(12)),
        capacity.open_pool(node=node, kind="picks", slots=picks),
    )


def make_drop(sku: Sku, node: Node, quantity: int = 20, **fields: Any) -> Drop:
    """A scheduled drop of one SKU on the node's next run that can be announced, opening when its goods are available; the
    node gets a cycle and pools if it has none."""
    if not SlotPool.objects.filter(node=node, kind="dock").exists():
        make_pools(node)
    if not CycleRun.objects.filter(cycle__node=node).exists():
        make_cycle(node)
    runs = CycleRun.objects.filter(cycle__node=node, announce_by__gt=clock.now()).select_related(
        "cycle__node"
    )
    run = fields.pop("run", None) or runs.order_by("dock_from")[0]
    defaults: dict[str, Any] = {"title": f"Drop {next(_next)}", "opens_at": run.available_from}
    legs = [drops.LegInput(run, [(sku, quantity)])]
    return drops.schedule_drop(member=sku.member, legs=legs, **{**defaults, **fields})


def bring_in(drop: Drop, quantities: dict[Sku, int] | None = None, *, close: bool = True) -> None:
    """The goods of a drop's legs come on their dock days: announced (now, if they are not), received, put away (in full,
    or so many), and the shipment closed."""
    for leg in drop.legs.select_related("run__cycle__node", "asn"):
        asn = leg.asn or drops.announce_goods(drop=drop, leg=leg)
        with clock.at(max(clock.now(), leg.run.dock_from)):
            for line in asn.lines.select_related("sku"):
                came = line.quantity_expected if quantities is None else quantities.get(line.sku, 0)
                if came:
                    inventory.receive(asn=asn, receipts=[inventory.Receiving(line.pk, came)])
                    shelf = shelf_bins(leg.run.cycle.node)[0]
                    inventory.put_away(asn=asn, stows=[inventory.Stow(line.pk, shelf.pk, came)])
            asn.refresh_from_db()
            if close and asn.state == "receiving":
                inventory.close_asn(asn=asn)
            drops.note_arrivals(drop=drop)
    drop.refresh_from_db()


def make_cycle(node: Node, *, rrule: str = "FREQ=WEEKLY;BYDAY=TU", **fields: Any) -> ReplenishmentCycle:
    """A weekly cycle, dock from 8 to 12, announced two days before, sold a day later; its runs are planned."""
    defaults: dict[str, Any] = {
        "name": f"Cycle {next(_next)}",
        "starts_on": clock.today(node.timezone),
        "dock_opens": dt.time(8),
        "dock_closes": dt.time(12),
    }
    return drops.save_cycle(node=node, rrule=rrule, **{**defaults, **fields})


def order_input(lines: dict[str, int], **fields: Any) -> OrderInput:
    """An order of a buyer in Berlin for these SKU codes, told now."""
    defaults: dict[str, Any] = {
        "number": f"#{next(_next)}",
        "placed_at": clock.now(),
        "buyer_name": "Ada Lovelace",
        "street": "Weserstraße 7",
        "postcode": "12047",
        "city": "Berlin",
    }
    parts = [LineInput(sku=code, quantity=quantity) for code, quantity in lines.items()]
    return OrderInput(lines=parts, **{**defaults, **fields})


def make_order(
    member: Member, lines: dict[str, int], *, allocate: bool = True, channel: str = "Shop", **fields: Any
) -> Order:
    """An order for these SKU codes, placed through the services and, unless told otherwise, allocated."""
    source = orders.open_channel(member=member, kind="form", name=channel)
    [order] = orders.place_orders(channel=source, orders=[order_input(lines, **fields)]).created
    if allocate:
        orders.allocate_orders(order_ids=[order.pk])
        order.refresh_from_db()
    return order


def make_allocated_order(
    member: Member,
    node: Node,
    quantities: dict[Sku, int] | None = None,
    *,
    bin: Bin | None = None,
    **fields: Any,
) -> Order:
    """An order whose every line is promised stock at that node; what it needs is put into `bin` (the first) before."""
    quantities = quantities or {make_sku(member): 1}
    place = bin or shelf_bins(node)[0]
    for sku, quantity in quantities.items():
        make_stock(sku, place, quantity)
    order = make_order(member, {sku.code: quantity for sku, quantity in quantities.items()}, **fields)
    orders.allocate_orders(order_ids=[order.pk])
    order.refresh_from_db()
    return order


def make_picked_order(
    member: Member, node: Node, picker: User, quantities: dict[Sku, int] | None = None, **fields: Any
) -> Order:
    """An allocated order, released in a wave of its own and picked by that picker: it lies in its tote at the bench."""
    order = make_allocated_order(member, node, quantities, **fields)
    walk_through(node, picker)
    order.refresh_from_db()
    return order


def walk_through(node: Node, picker: User) -> None:
    """Release all that is queued at the node and let the picker pick everything in full."""
    picking.release_wave(node=node, by=None)
    while batch := picking.claim_batch(node=node, picker=picker):
        results = [picking.PickResult(t.pk, t.quantity) for t in batch.tasks.filter(state="open")]
        picking.confirm_picks(batch=batch, results=results, by=picker)


def make_carton(code: str = "M", **fields: Any) -> Carton:
    """A carton of 300 × 200 × 150 mm that bears 10 kg."""
    defaults: dict[str, Any] = {
        "name": f"Carton {code}",
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 150,
        "tare_g": 120,
        "max_weight_g": 10_000,
    }
    return Carton.objects.get_or_create(code=code, defaults={**defaults, **fields})[0]
