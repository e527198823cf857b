"""Two members, two nodes, one of everything for each, and everybody who may knock.

Whatever belongs to member B says so: CANARY stands in every text of theirs, and must never reach member A.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from coop.catalog.services import StepInput, save_packing_spec
from coop.identity.models import User
from coop.jobs.models import Job
from coop.kernel import clock
from coop.members import services as members
from coop.members.models import Member
from coop.nodes import services as nodes
from coop.nodes.models import Node
from fulfillment.picking import services as picking
from tests import world
from tests.access.expectations import FIELDS, ONLY, PATHS, ROLES, WORDS, Aim, model_of, objects_of
from tests.access.routes import Route

CANARY = "Quetzalcanary"
# Somebody has a table there today, whatever day it is.
EVERY_DAY = {weekday: (time(8), time(18)) for weekday in range(7)}


@dataclass
class Cast:
    """The world of the matrix."""

    members: dict[str, Member] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    _rows: dict[tuple[str, ...], str | None] = field(default_factory=dict)

    def url(self, route: Route, aim: Aim) -> str | None:
        """The address for this aim; None when it cannot be built because there is no such row."""
        values: dict[str, str] = {}
        for param in route.params:
            if (route.name, param) in WORDS:
                values[param] = self.words[WORDS[route.name, param]]
            elif param == "member" and route.area == "portal":
                values[param] = self.members[aim.place].slug
            elif param == "node" and route.area in {"floor", "public"}:
                values[param] = self.nodes[aim.place].slug
        for param in objects_of(route):
            found = self.row(route, param, aim.objects)
            if found is None:
                return None
            values[param] = found
        return route.url(values)

    def row(self, route: Route, param: str, whose: str) -> str | None:
        """The value of a parameter: the key (or field) of a row that belongs to that member, or lies at that node.

        Those who see the whole co-op get a row of that member where there is one, else any.
        """
        label = model_of(route, param)
        if label is None:
            return None
        owner: Model = self.nodes[whose] if route.area == "floor" else self.members[whose]
        only = ONLY.get((route.name, param), {})
        name = FIELDS.get((route.name, param), "pk")
        key = (label, whose, type(owner).__name__, name, str(only))
        if key not in self._rows:
            rows: Any = apps.get_model(label)._default_manager.filter(**only)
            theirs = _of(rows, owner).first()
            if theirs is None and route.area in {"books", "network", None}:
                theirs = rows.order_by("pk").first()
            self._rows[key] = None if theirs is None else str(getattr(theirs, name))
        return self._rows[key]

    def row_of(self, label: str, whose: str) -> str | None:
        """The key of a row of any table (`coop.sku`), of that member where a row says whose it is."""
        model = apps.get_model(label)
        if not model._meta.managed:
            return None
        found = _of(model._default_manager.all(), self.members[whose]).first()
        return None if found is None else str(found.pk)


def _of(rows: Any, owner: Model) -> Any:
    path = _path(rows.model, owner)
    return rows.order_by("pk") if path is None else rows.filter(**{path: owner.pk}).order_by("pk")


def _path(model: type[Model], owner: Model) -> str | None:
    """How to get from a model to its member (or node): the shortest way along foreign keys, None when there is none."""
    if isinstance(owner, model):
        return "pk"
    if (model._meta.label, type(owner).__name__) in PATHS:
        return PATHS[model._meta.label, type(owner).__name__]
    waiting: deque[tuple[type[Model], str]] = deque([(model, "")])
    while waiting:
        at, prefix = waiting.popleft()
        keys = [f for f in at._meta.concrete_fields if f.many_to_one or f.one_to_one]
        for key in keys:
            if isinstance(owner, key.related_model):
                return prefix + key.name
        if prefix.count("__") < 2:
            waiting.extend((key.related_model, f"{prefix}{key.name}__") for key in keys)
    return None


def build() -> Cast:
    """Everybody and one of everything."""
    cast = Cast()
    cast.nodes = {
        "A": world.make_node(slug="first", code="FST", bins=6, week=EVERY_DAY),
        "B": world.make_node(slug="second", code="SND", bins=6, week=EVERY_DAY),
    }
    owners = {
        side: world.make_user(f"owner-{side.lower()}@example.com", name=f"Owner {_mark(side)}")
        for side in "AB"
    }
    for side, slug in (("A", "tidehouse"), ("B", "other-house")):
        cast.members[side] = world.make_member(
            slug=slug,
            owner=owners[side],
            name=f"House {_mark(side)}",
            story=f"Story {_mark(side)}",
            legal_name=f"Legal {_mark(side)}",
            street=f"Street {_mark(side)} 1",
            thank_you=f"Thanks {_mark(side)}",
        )
    people = _people(cast, owners)
    for side in "AB":
        _goods_and_work(cast, side, owners[side], people["picker at A"], people["operator at B"])
    # What is queued by now is under way, for somebody to pick.
    for here, worker in (("A", "picker at A"), ("B", "operator at B")):
        picking.release_wave(node=cast.nodes[here], by=None)
        assert picking.claim_batch(node=cast.nodes[here], picker=people[worker])
    _office(cast)
    _money(cast)
    for role in ROLES:
        client = world.client_of(people[role.name]) if role.name in people else Client()
        client.raise_request_exception = False
        cast.clients[role.name] = client
        cast.headers[role.name] = {}
        if role.place == "api":
            _, token = world.make_api_key(cast.members[role.home], name=f"Key {_mark(role.home)}")
            cast.headers[role.name] = {"Authorization": f"Bearer {token}"}
    for side in "AB":
        _uploads(cast, side)
        _feeds(cast, side, owners[side], people[f"operator at {side}"])
    return cast


def _feeds(cast: Cast, side: str, owner: User, operator: User) -> None:
    """A calendar's address of each member and node; the one that is knocked at is member A's."""
    from fulfillment.calendar.services import make_feed

    _, token = make_feed(member=cast.members[side], name=f"Feed {_mark(side)}", by=owner)
    make_feed(node=cast.nodes[side], name="Wall", by=operator)
    cast.words.setdefault("calendar_token", token)


def _uploads(cast: Cast, side: str) -> None:
    """A file of each kind that waits for its owner to look at it, brought in as an owner would."""
    from fulfillment.models import ColumnMapping

    client, member = cast.clients[f"owner of {side}"], cast.members[side]
    ColumnMapping.objects.create(member=member, name=f"Mapping {_mark(side)}", columns={})
    sample = client.get(reverse("portal:order-import-sample", args=[member.slug]))
    products = f"Handle,Title,Variant SKU,Variant Price\nmug,Mug {_mark(side)},IMP-1,24.00\n".encode()
    for name, content in (
        ("order", b"".join(sample) if sample.streaming else sample.content),
        ("sku", products),
    ):
        path = reverse(f"portal:{name}-import", args=[member.slug])
        answer = client.post(path, {"file": SimpleUploadedFile(f"{name}.csv", content, "text/csv")})
        assert answer.status_code == 302, f"{path}: {answer.status_code}"


def _mark(side: str) -> str:
    return CANARY if side == "B" else "plain"


def _people(cast: Cast, owners: dict[str, User]) -> dict[str, User]:
    people = {"owner of A": owners["A"], "owner of B": owners["B"]}
    for role in ROLES:
        if role.name in people or role.place in {"", "api"}:
            continue
        user = people[role.name] = world.make_user(f"{role.name.replace(' ', '-')}@example.com")
        if role.place == "portal":
            world.make_membership(cast.members[role.home], user, role.role)
        else:
            world.make_staff(user, role.role, cast.nodes[role.home] if role.place == "floor" else None)
    world.make_membership(
        cast.members["B"], world.make_user("manager-b@example.com", name=f"Manager {CANARY}"), "manager"
    )
    # Two stewards, so that the matrix may withdraw one.
    world.make_staff(world.make_user(), "steward")
    return people


def _goods_and_work(cast: Cast, side: str, owner: User, picker: User, other: User) -> None:
    """Member B's goods stand at both nodes, member A's at the first: on one shelf with those of B."""
    member = cast.members[side]
    save_packing_spec(
        member=member,
        name=f"Spec {_mark(side)}",
        steps=[StepInput(kind="wrap", instruction=f"Wrap {_mark(side)}", must_confirm=False)],
        is_default=True,
        by=owner,
    )
    members.invite_to_team(
        member=member, email=f"invited-{_mark(side)}@example.com", role="manager", by=owner
    )
    for kind in ("preview", "done"):
        Job.objects.create(
            kind="catalog.products",
            member=member,
            started_by=owner,
            title=f"Import {_mark(side)}",
            state=kind,
        )
    for here, worker in ((cast.nodes["A"], picker), (cast.nodes["B"], other)):
        mug = world.make_sku(member, code=f"MUG-{_mark(side)}-{here.code}", title=f"Mug {_mark(side)}")
        _inbound(member, here, mug, owner)
        _capacity(member, here, mug, owner)
        _parcels(member, here, mug, worker, side)


def _inbound(member: Member, node: Node, mug: Any, owner: User) -> None:
    from fulfillment.inventory.services import Place, Receiving, announce_asn, open_count, receive

    for _ in range(2):
        asn = announce_asn(
            member=member,
            node=node,
            expected_on=clock.today(node.timezone),
            lines=[(mug, 40)],
            parcels=1,
            carrier_note="",
            by=owner,
        )
    line = asn.lines.get()
    receive(asn=asn, receipts=[Receiving(asn_line_id=line.pk, quantity=20)], by=None)
    world.make_stock(mug, world.shelf_bins(node)[0], 50)
    shelf = world.shelf_bins(node)[0]
    open_count(places=[Place(node.pk, member.pk, mug.pk, shelf.pk)], reason="manual")


def _capacity(member: Member, node: Node, mug: Any, owner: User) -> None:
    from fulfillment.capacity.services import Ask, book_slots, join_waitlist, open_pool
    from fulfillment.drops.models import CycleRun
    from fulfillment.drops.services import LegInput, schedule_drop
    from fulfillment.models import SlotPool

    if not SlotPool.objects.filter(node=node).exists():
        world.make_pools(node)
    pool = SlotPool.objects.get(node=node, kind="shelf")
    today = clock.today(node.timezone)
    book_slots(
        member=member, pool=pool, slots=2, first_day=today, last_day=today + timedelta(days=7), by=owner
    )
    tables = SlotPool.objects.filter(node=node, kind="table").first() or open_pool(
        node=node, kind="table", slots=4
    )
    # In the evening today's tables are over; whoever comes today has booked before.
    with clock.at(datetime.combine(today, time(), tzinfo=node.zone)):
        book_slots(member=member, pool=tables, slots=1, first_day=today, last_day=today, by=owner)
    full = today + timedelta(days=50)
    if not pool.bookings.filter(first_day=full).exists():
        book_slots(member=world.make_member(), pool=pool, slots=20, first_day=full, last_day=full)
    join_waitlist(member=member, ask=Ask(pool, 1, full, full), by=owner)
    if not CycleRun.objects.filter(cycle__node=node).exists():
        world.make_cycle(node)
    run = CycleRun.objects.filter(cycle__node=node, announce_by__gt=clock.now()).order_by("dock_from")[0]
    schedule_drop(
        member=member,
        legs=[LegInput(run, [(mug, 5)])],
        title=f"Drop of {member.name}",
        opens_at=run.available_from,
        by=owner,
    )


def _parcels(member: Member, node: Node, mug: Any, worker: User, side: str) -> None:
    """One order at every station of its way."""
    from fulfillment.packing.services import pack, ship, start_packing

    buyer = {"buyer_name": f"Buyer {_mark(side)}", "street": f"Road {_mark(side)} 2"}
    carton = _carton()
    for station in ("shipped", "packed", "bench", "picked"):
        order = world.make_picked_order(member, node, worker, {mug: 1}, **buyer)
        if station == "picked":
            continue
        shipment = start_packing(order=order, node=node, by=worker)
        if station == "bench":
            continue
        pack(shipment=shipment, carton=carton, weight_g=520, by=worker)
        if station == "shipped":
            ship(shipments=[shipment], carrier="DHL", by=worker)
    world.make_allocated_order(member, node, {mug: 2}, **buyer)


def _carton() -> Any:
    from fulfillment.models import Carton

    return Carton.objects.first() or world.make_carton()


def _office(cast: Cast) -> None:
    """What stewards decide on: applications of A and B (each already a member once), closures, carts, invitations."""
    for side in "AB":
        applicant = world.make_user(f"applicant-{side.lower()}@example.com")
        members.apply_to_join(
            applicant=applicant, business_name=f"New {_mark(side)}", trade="potter", about="Pots.", legal_name="New GbR",
            street="Weg 1", postcode="10999", city="Berlin",
        )  # fmt: skip
        node = cast.nodes[side]
        nodes.close_on(
            node=node, days=[clock.today(node.timezone) + timedelta(days=200)], reason="Holiday", by=None
        )
        nodes.add_cart(node=node, code="CART-1", totes=12, by=None)
        members.invite_to_work(email=f"picker-{side.lower()}@example.com", role="picker", node=node, by=None)
    fresh = members.invite_to_team(
        member=cast.members["A"], email="fresh@example.com", role="manager", by=None
    )
    cast.words["invitation_token"] = members.link_of(fresh).rstrip("/").rpartition("/")[2]
    cast.words["invoice_file"] = "annex"
    cast.words["kind_of_slots"] = "shelf"
    cast.words["shelf_pool"] = str(cast.nodes["A"].slot_pools.filter(kind="shelf").earliest("pk").pk)
    cast.words["stewardship_token"] = members.invite_steward()[1]


def _money(cast: Cast) -> None:
    """Last month's invoice for each, and charges of this month."""
    from billing.charges.services import rate_activities
    from billing.invoices.services import draft_invoices, issue_month, make_documents
    from billing.models import Invoice, StripeEvent

    world.make_issuer()
    world.make_rate_card()
    last_month = clock.today("Europe/Berlin").replace(day=1) - timedelta(days=3)
    for side in "AB":
        world.make_rate_card(member=cast.members[side], name=f"Card {_mark(side)}", prices={"ship": "1.00"})
        world.make_activity(
            cast.members[side], cast.nodes["A"], "pick", 3, day=last_month, reference=f"Ref {_mark(side)}"
        )
    StripeEvent.objects.create(stripe_id="evt_matrix", type="invoice.paid", payload={})
    rate_activities()
    draft_invoices(month=last_month.replace(day=1))
    issue_month(month=last_month.replace(day=1), by=None)
    for invoice in Invoice.objects.filter(state="issued"):
        make_documents(invoice=invoice)
