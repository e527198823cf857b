"""The demo's nodes with everything that belongs to them, the cartons, the prices and the co-op as a legal person."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from billing.invoices.services import IssuerDetails, save_issuer
from billing.rates.services import RateInput, save_rate_card
from coop.kernel import clock
from coop.models import Node, User
from coop.nodes import services as nodes
from fulfillment.capacity.services import open_days, open_pool
from fulfillment.drops.services import save_cycle
from fulfillment.packing.services import CartonDetails, retire_carton, save_carton
from lab.demo.cast import CARTONS, NODES, RATES, RETIRED_CARTONS, DemoNode

_HORIZON = dt.timedelta(days=300)
_CYCLE_DAYS = {
    "kreuzberg": "TU",
    "prenzlauer-berg": "WE",
    "charlottenburg": "TU",
    "potsdam": "TH",
    "ludwigsfelde": "MO",
}


def open_nodes(by: User) -> dict[str, Node]:
    """Create the five nodes with zones, bins, carts, hours, pools and cycles; by slug."""
    return {plan.slug: _open_node(plan, by) for plan in NODES}


def _open_node(plan: DemoNode, by: User) -> Node:
    node = nodes.create_node(
        details=nodes.NodeDetails(
            slug=plan.slug, code=plan.code, name=plan.name, tier=plan.tier, timezone="Europe/Berlin",
            street=plan.street, postcode=plan.postcode, city=plan.city, country="DE",
            latitude=Decimal(plan.latitude), longitude=Decimal(plan.longitude), area_m2=plan.area_m2,
            cutoff_at=plan.cutoff, reach_m=plan.reach_m, about=plan.about,
        ),
        zones=[nodes.ZoneInput(code=code, storage_class=storage) for code, storage in plan.zones],
        by=by,
    )  # fmt: skip
    for zone in node.zones.all():
        aisles = plan.aisles if zone.storage_class == "ambient" else 1
        nodes.lay_out_bins(node=node, zone=zone, aisles=aisles, bays=6, levels=4, by=by)
        open_pool(node=node, storage_class=zone.storage_class, slots=plan.slots, slot_volume_l=240, by=by)
    # 8 to 10 and 10 to 12 at the dock, as many picks a day as the node's pickers make, a table for pop-ups.
    for name, opens in (("early", 8), ("late", 10)):
        open_pool(
            node=node, kind="dock", name=name, slots=3, opens_at=dt.time(opens), closes_at=dt.time(opens + 2),
            equipment="Pallet jack", by=by,
        )  # fmt: skip
    open_pool(node=node, kind="picks", slots=plan.area_m2 * 4, by=by)
    open_pool(node=node, kind="table", slots=2, by=by)
    for number in range(1, 3):
        nodes.add_cart(node=node, code=f"{plan.code}-C{number}", totes=12, by=by)
    week = {day: (dt.time(8), dt.time(18)) for day in range(5)}
    if plan.saturday:
        week[5] = (dt.time(10), dt.time(15))
    nodes.set_opening_hours(node=node, hours=week, by=by)
    for pool in node.slot_pools.all():
        today = clock.today(node.timezone)
        open_days(pool=pool, first=today, last=today + _HORIZON)
    save_cycle(
        node=node, name="Weekly replenishment", rrule=f"FREQ=WEEKLY;BYDAY={_CYCLE_DAYS[plan.slug]}",
        starts_on=clock.today(node.timezone), dock_opens=dt.time(8), dock_closes=dt.time(12), by=by,
    )  # fmt: skip
    return node


def stack_cartons() -> None:
    """The boxes beside every pack bench."""
    for c, n, length, w, h, t, m in CARTONS:
        details = CartonDetails(
            code=c, name=n, length_mm=length, width_mm=w, height_mm=h, tare_g=t, max_weight_g=m
        )
        carton = save_carton(details=details, by=None)
        if c in RETIRED_CARTONS:
            retire_carton(carton=carton, by=None)


def set_prices(by: User, places: dict[str, Node], first_day: dt.date) -> None:
    """The common rate card, and the issuer of the invoices."""
    save_rate_card(
        name=f"Co-op prices {first_day.year}",
        valid_from=first_day.replace(day=1),
        rates=[
            RateInput(
                kind=kind,
                unit_price=Decimal(price),
                node_id=places[slug].pk if slug else None,
                storage_class=storage,
            )
            for kind, slug, storage, price in RATES
        ],
        by=by,
    )
    issuer = IssuerDetails(
        legal_name="Commonshelf Berlin eG", street="Oranienstraße 183", postcode="10999", city="Berlin",
        country="DE", vat_id="DE136695976", email="books@commonshelf.example", iban="DE02120300000000202051",
        vat_rate=Decimal("19.00"), payment_days=14,
    )  # fmt: skip
    save_issuer(details=issuer, by=by)
