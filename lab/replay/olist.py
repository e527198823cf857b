"""A real marketplace (Olist: many small sellers) walked through the house, day by day.

Sellers become members, products SKUs, order lines orders; everything goes in through the importers and services that
members and staff use. What the data lacks is made up as little as possible: the n-th order gets the n-th buyer's place,
and an order's day is its shipping limit.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from billing.charges.services import rate_activities
from billing.invoices.services import draft_invoices, issue_month
from billing.models import Issuer
from billing.rates.services import RateInput, save_rate_card
from coop.catalog.plan import Defaults
from coop.catalog.services import StepInput, import_products, save_packing_spec
from coop.kernel import clock
from coop.members.services import apply_to_join, approve_application
from coop.models import Bin, Member, Node, Sku, User
from coop.nodes import services as nodes
from coop.nodes.geo import distance_m
from coop.nodes.hours import is_open
from coop.nodes.services import post_staff
from coop.tables import read_table
from fulfillment.inventory.services import Receiving, Stow, announce_asn, close_asn, put_away, receive
from fulfillment.orders.mapping import OrderMapping
from fulfillment.orders.services import import_orders, plan_import
from lab.demo.places import stack_cartons
from lab.shift import Tally, allocate_all, work_off

ZONE = ZoneInfo("America/Sao_Paulo")
SITES = (
    # slug, code, city, latitude, longitude, aisles
    ("sao-paulo", "SAO", "São Paulo", "-23.550380", "-46.634027", 30),
    ("rio", "RIO", "Rio de Janeiro", "-22.906847", "-43.172896", 8),
    ("belo-horizonte", "BHZ", "Belo Horizonte", "-19.920830", "-43.937778", 10),
    ("curitiba", "CWB", "Curitiba", "-25.429722", "-49.271944", 12),
    ("brasilia", "BSB", "Brasília", "-15.793889", "-47.882778", 6),
)
PRICES = {"receive": "0.05", "putaway": "0.30", "storage": "0.15", "pick": "0.385", "pack": "0.95",
          "carton": "0.62", "ship": "3.89", "count": "1.20"}  # fmt: skip
MAPPING = OrderMapping(
    columns={
        "number": "order_id", "placed_at": "placed_at", "buyer_name": "buyer", "street": "street", "postcode": "zip",
        "city": "city", "sku": "product_id", "quantity": "units", "unit_price": "price", "latitude": "lat",
        "longitude": "lng",
    },
    time_zone="America/Sao_Paulo", country="BR", channel="Olist", decimal=".",
)  # fmt: skip
# One picker in a hundred stops finds a piece less than the books say.
SHORT_CHANCE = 0.004
Row = dict[str, str]


@dataclass
class Market:
    """The files, read and grouped."""

    lines: dict[dt.date, dict[str, list[Row]]]
    products: dict[str, Row]
    sellers: dict[str, Row]
    places: dict[str, tuple[str, str, str, str]]
    coordinates: dict[str, tuple[str, str]]

    @property
    def days(self) -> list[dt.date]:
        """The days on which something was to be shipped."""
        return sorted(self.lines)


@dataclass
class Floor:
    """The co-op that the market is served from."""

    nodes: dict[str, Node] = field(default_factory=dict)
    crew: dict[str, tuple[User, list[User]]] = field(default_factory=dict)
    bins: dict[str, list[Bin]] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    home: dict[str, Node] = field(default_factory=dict)
    skus: dict[tuple[str, str], Sku] = field(default_factory=dict)
    stocked_until: dict[str, dt.date] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(2017))
    tally: Tally = field(default_factory=Tally)


class Silent:
    """Nobody looks at the progress of each of some thirty thousand small imports; their failures count."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def total(self, rows: int) -> None: ...

    def progress(self, rows: int = 1) -> None: ...

    def created(self, rows: int = 1) -> None:
        self.tally.add("orders in", rows)

    def failure(self, **_told: object) -> None:
        self.tally.add("rows refused", 1)

    def cancelled(self) -> bool:
        return False


def read_market(folder: Path, *, most_orders: int | None = None) -> Market:
    """Read the folder's files; `most_orders` keeps the first so many orders by day."""
    rows = sorted(
        _rows(folder / "order_items_to_2017.csv.gz"), key=lambda r: (r["shipping_limit_date"], r["order_id"])
    )
    if most_orders is not None:
        kept = set(list(dict.fromkeys(r["order_id"] for r in rows))[:most_orders])
        rows = [r for r in rows if r["order_id"] in kept]
    coordinates = {
        r["geolocation_zip_code_prefix"]: (r["geolocation_lat"], r["geolocation_lng"])
        for r in _rows(folder / "zip_coordinates.csv.gz")
    }
    numbers = list(dict.fromkeys(r["order_id"] for r in rows))
    places = {
        number: _place(buyer, coordinates)
        for number, buyer in zip(numbers, _rows(folder / "customer_places.csv.gz"), strict=False)
    }
    lines: dict[dt.date, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        lines[dt.date.fromisoformat(row["shipping_limit_date"][:10])][row["seller_id"]].append(row)
    sellers = {r["seller_id"]: r for r in _rows(folder / "sellers.csv.gz")}
    products = {r["product_id"]: r for r in _rows(folder / "products.csv.gz")}
    return Market(lines, products, sellers, places, coordinates)


def open_coop(market: Market, floor: Floor) -> None:
    """Nodes, staff, prices, and every seller as a member with her SKUs."""
    first = market.days[0] - dt.timedelta(days=20)
    with clock.at(dt.datetime.combine(first, dt.time(6), tzinfo=ZONE)):
        with floor.tally.timed("opening"):
            steward = User.objects.create(email="steward@replay.example", name="Replay")
            post_staff(user=steward, role="steward", by=None)
            stack_cartons()
            for site in SITES:
                _open_site(site, floor, steward)
            _set_prices(steward, first)
        with floor.tally.timed("members and SKUs"):
            for seller in sorted({s for day in market.lines.values() for s in day}):
                _admit(seller, market, floor, steward)


def live_through(market: Market, floor: Floor) -> Iterator[tuple[dt.date, int]]:
    """Live day after day; yields each with the order lines it brought."""
    month = None
    for day in market.days:
        if month and month != day.replace(day=1):
            bill(month, floor)
        month = day.replace(day=1)
        yield day, _live(day, market, floor)
    if month:
        bill(month, floor)


def bill(month: dt.date, floor: Floor) -> None:
    """Rate what was done and issue the month's invoices, on the first of the next month."""
    after = (month + dt.timedelta(days=32)).replace(day=1)
    with clock.at(dt.datetime.combine(after, dt.time(9), tzinfo=ZONE)):
        with floor.tally.timed("rate"):
            while rated := rate_activities():
                floor.tally.add("charges", rated)
        with floor.tally.timed("invoice"):
            draft_invoices(month=month)
            issued = issue_month(month=month, by=None)
        floor.tally.add("invoices", len(issued.invoices))


def _live(day: dt.date, market: Market, floor: Floor) -> int:
    sold = market.lines[day]
    with (
        clock.at(dt.datetime.combine(day, dt.time(8), tzinfo=ZONE)),
        floor.tally.timed("receive and put away"),
    ):
        for seller in sold:
            if floor.stocked_until.get(seller, dt.date.min) <= day:
                _stock_up(seller, day, market, floor)
    with clock.at(dt.datetime.combine(day, dt.time(11), tzinfo=ZONE)):
        with floor.tally.timed("import orders"):
            for seller, rows in sold.items():
                _import(seller, rows, day, market, floor)
        allocate_all(floor.tally)
    with clock.at(dt.datetime.combine(day, dt.time(14), tzinfo=ZONE)):
        for slug, node in floor.nodes.items():
            if is_open(node, day):
                operator, pickers = floor.crew[slug]
                work_off(
                    node,
                    operator=operator,
                    pickers=pickers,
                    dice=floor.dice,
                    tally=floor.tally,
                    short_chance=SHORT_CHANCE,
                )
    return sum(len(rows) for rows in sold.values())


def _import(seller: str, rows: list[Row], day: dt.date, market: Market, floor: Floor) -> None:
    """The seller's file of the day, as her shop would export it, through the importer with a mapping."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [
            "order_id",
            "placed_at",
            "buyer",
            "street",
            "zip",
            "city",
            "product_id",
            "units",
            "price",
            "lat",
            "lng",
        ]
    )
    for row in rows:
        zip_code, city, lat, lng = market.places[row["order_id"]]
        writer.writerow(
            [row["order_id"], f"{day}T08:30:00", f"Buyer {row['order_id'][:8]}", "Rua sem nome 1", zip_code, city,
             row["product_id"], 1, row["price"], lat, lng]
        )  # fmt: skip
    member = floor.members[seller]
    table = read_table(io.BytesIO(text.getvalue().encode()), f"{seller}.csv")
    plan = plan_import(member=member, table=table, mapping=MAPPING)
    import_orders(
        member=member, plan=plan, mapping=MAPPING, skip_broken=True, report=Silent(floor.tally), by=None
    )


def _stock_up(seller: str, day: dt.date, market: Market, floor: Floor) -> None:
    """Goods for the next ninety days, announced in the morning and on their shelves before noon."""
    until = day + dt.timedelta(days=90)
    floor.stocked_until[seller] = until
    wanted: Counter[str] = Counter()
    for other, sold in market.lines.items():
        if day <= other < until and seller in sold:
            wanted.update(row["product_id"] for row in sold[seller])
    node = floor.home[seller]
    operator, pickers = floor.crew[node.slug]
    asn = announce_asn(
        member=floor.members[seller], node=node, expected_on=day, by=None,
        lines=[(floor.skus[seller, product], units) for product, units in sorted(wanted.items())],
    )  # fmt: skip
    lines = list(asn.lines.all())
    receive(asn=asn, receipts=[Receiving(line.pk, line.quantity_expected) for line in lines], by=operator)
    bins = floor.bins[node.slug]
    put_away(
        asn=asn,
        stows=[
            Stow(line.pk, bins[hash(line.sku_id) % len(bins)].pk, line.quantity_expected) for line in lines
        ],
        by=pickers[0],
    )
    close_asn(asn=asn, by=operator)
    floor.tally.add("inbound shipments", 1)


def _admit(seller: str, market: Market, floor: Floor, steward: User) -> None:
    told = market.sellers[seller]
    owner = User.objects.create(email=f"{seller[:12]}@replay.example", name=f"Seller {seller[:6]}")
    application = apply_to_join(
        applicant=owner, business_name=f"Seller {seller[:12]}", trade="marketplace seller", about="From the data.",
        legal_name=f"Seller {seller[:12]} Ltda", street="Rua sem nome 1", postcode=told["seller_zip_code_prefix"],
        city=told["seller_city"].title()[:80], country="BR",
    )  # fmt: skip
    member = approve_application(application=application, by=steward)
    save_packing_spec(
        member=member,
        name="Plain",
        is_default=True,
        steps=[StepInput("Fill the hollows and close the box")],
        by=owner,
    )
    floor.members[seller] = member
    floor.home[seller] = _nearest(told, market, floor)
    products = sorted({r["product_id"] for day in market.lines.values() for r in day.get(seller, [])})
    table = read_table(io.BytesIO(_sheet(products, market).encode()), "products.csv")
    outcome = import_products(
        member=member, table=table, by=owner,
        defaults=Defaults(length_mm=200, width_mm=150, height_mm=80, weight_g=500),
    )  # fmt: skip
    floor.tally.add("SKUs", outcome.saved.created)
    floor.skus.update({(seller, sku.code): sku for sku in Sku.objects.filter(member=member)})
    floor.tally.add("members", 1)


def _sheet(products: list[str], market: Market) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["code", "title", "length_mm", "width_mm", "height_mm", "weight_g"])
    for product in products:
        row = market.products.get(product, {})
        sides = [_times(row.get(f"product_{side}_cm", ""), 10) for side in ("length", "width", "height")]
        writer.writerow(
            [
                product,
                row.get("product_category_name") or "sem categoria",
                *sides,
                _times(row.get("product_weight_g", ""), 1),
            ]
        )
    return text.getvalue()


def _times(text: str, factor: int) -> str:
    """A figure of the data in our unit; what is missing or nothing stays empty and takes the default."""
    value = round(float(text) * factor) if text else 0
    return str(value) if value > 0 else ""


def _nearest(told: Row, market: Market, floor: Floor) -> Node:
    lat, lng = market.coordinates.get(told["seller_zip_code_prefix"], (SITES[0][3], SITES[0][4]))
    return min(
        floor.nodes.values(),
        key=lambda n: distance_m(Decimal(lat), Decimal(lng), n.latitude, n.longitude),
    )


def _open_site(site: tuple[Any, ...], floor: Floor, steward: User) -> None:
    slug, code, city, latitude, longitude, aisles = site
    node = nodes.create_node(
        details=nodes.NodeDetails(
            slug=slug, code=code, name=f"{city} hub", tier="hub", timezone="America/Sao_Paulo", street="Rua Um 1",
            postcode="01000", city=city, country="BR", latitude=Decimal(latitude), longitude=Decimal(longitude),
            area_m2=2000, cutoff_at=dt.time(13), reach_m=6_000_000,
        ),
        zones=[nodes.ZoneInput(code="A", storage_class="ambient")],
        by=steward,
    )  # fmt: skip
    nodes.lay_out_bins(node=node, zone=node.zones.get(), aisles=aisles, bays=20, levels=4, by=steward)
    nodes.add_cart(node=node, code=f"{code}-C1", totes=120, by=steward)
    nodes.add_cart(node=node, code=f"{code}-C2", totes=120, by=steward)
    nodes.set_opening_hours(node=node, hours={d: (dt.time(7), dt.time(19)) for d in range(7)}, by=steward)
    crew = [
        User.objects.create(email=f"{role}.{slug}@replay.example", name=f"{role} {code}")
        for role in ("op", "p1", "p2")
    ]
    for user, role in zip(crew, ("operator", "picker", "picker"), strict=True):
        post_staff(user=user, role=role, node=node, by=steward)
    floor.nodes[slug] = node
    floor.crew[slug] = (crew[0], crew[1:])
    floor.bins[slug] = list(Bin.objects.filter(node=node, kind="shelf").order_by("code"))


def _set_prices(steward: User, first: dt.date) -> None:
    save_rate_card(
        name="Replay", valid_from=first.replace(day=1), by=steward,
        rates=[RateInput(kind=kind, unit_price=Decimal(price)) for kind, price in PRICES.items()],
    )  # fmt: skip
    Issuer.objects.create(
        legal_name="Commonshelf Replay eG", street="Oranienstraße 183", postcode="10999", city="Berlin", country="DE",
        vat_id="DE136695976", email="books@replay.example", vat_rate=Decimal("19.00"), number_prefix="RP",
        timezone="America/Sao_Paulo",
    )  # fmt: skip


def _place(buyer: Row, coordinates: dict[str, tuple[str, str]]) -> tuple[str, str, str, str]:
    zip_code = buyer["customer_zip_code_prefix"]
    lat, lng = coordinates.get(zip_code, ("", ""))
    return zip_code, buyer["customer_city"].title(), _degrees(lat), _degrees(lng)


def _degrees(text: str) -> str:
    return f"{float(text):.6f}" if text else ""


def _rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
