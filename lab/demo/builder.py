"""Building the demo co-op: the cast, ninety days of season, and a morning that is under way."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

from stdnum import ean

from billing.charges.services import rate_activities
from billing.invoices.services import draft_invoices, issue_month, make_documents
from billing.models import Invoice
from coop.catalog.services import SkuInput, StepInput, save_packing_spec, save_skus
from coop.kernel import clock
from coop.members.services import MemberDetails, apply_to_join, approve_application, change_member
from coop.models import Member, Node, Sku, User
from coop.nodes.services import post_staff
from fulfillment.calendar.services import make_feed
from fulfillment.capacity.services import book_slots
from fulfillment.drops.services import LegInput, schedule_drop
from fulfillment.models import Batch, CycleRun, PickTask
from fulfillment.orders.services import LineInput
from fulfillment.packing.services import start_packing
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from lab.demo import season
from lab.demo.cast import CREATORS, Creator
from lab.demo.imports import hand_in
from lab.demo.payments import collect
from lab.demo.people import gather_team, hire, person
from lab.demo.places import open_nodes, set_prices, stack_cartons
from lab.demo.room import fill_the_calendar, set_all_terms
from lab.demo.season import World, moment
from lab.shift import allocate_all

DAYS = 90
SEED = 20260101
Say = Callable[[int, int, str], None]


def build(say: Say, *, days: int = DAYS) -> World:
    """Build everything; `say(done, total, what)` hears of each step. Deterministic but for ids and the calendar."""
    today = clock.today(season.ZONE)
    first = today - dt.timedelta(days=days)
    total = days + 3
    say(0, total, "opening five nodes")
    with clock.at(moment(first, 6)):
        world = _found(first)
    for number in range(days):
        day = first + dt.timedelta(days=number)
        say(number + 1, total, f"{day:%d %B}")
        season.live_a_day(world, day)
        if day.day == 1:
            _bill_last_month(day)
    say(days + 1, total, "this morning")
    _this_morning(world, today)
    say(days + 2, total, "rating")
    while rate_activities():
        pass
    say(days + 2, total, "payments")
    collect()
    say(total, total, "done")
    return world


def _found(first: dt.date) -> World:
    steward = person("steward", "Johanna Weiss")
    post_staff(user=steward, role="steward", by=None)
    places = open_nodes(steward)
    stack_cartons()
    set_prices(steward, places, first)
    world = World(places=places, members={}, staff=hire(steward, places), skus={}, dice=random.Random(SEED))
    for creator in CREATORS:
        _join(world, creator, steward, first)
    gather_team(world.members["kiln-and-tide"], steward)
    return world


def _join(world: World, creator: Creator, steward: User, first: dt.date) -> None:
    owner = person(creator.owner.split()[0].lower(), creator.owner)
    street, postcode, city = creator.address
    application = apply_to_join(
        applicant=owner, business_name=creator.name, trade=creator.trade, about=creator.story,
        legal_name=creator.name if creator.vat_id else f"{creator.owner} ({creator.name})",
        street=street, postcode=postcode, city=city, country=creator.country, vat_id=creator.vat_id,
        parcels_a_month=round(creator.busy * 40),
    )  # fmt: skip
    member = approve_application(application=application, by=steward, note="Welcome to the shelf.")
    member = change_member(member=member, details=_details(member, creator), by=owner)
    world.members[creator.slug] = member
    _list_skus(world, creator, member, owner)
    for slug in creator.nodes:
        node = world.places[slug]
        _book(creator, member, owner, node, first)
        season.stock_shelves(world, creator, node, weeks=4)


def _details(member: Member, creator: Creator) -> MemberDetails:
    names = MemberDetails.__dataclass_fields__
    return MemberDetails(**{name: getattr(member, name) for name in names} | {"thank_you": creator.thanks})


def _list_skus(world: World, creator: Creator, member: Member, owner: User) -> None:
    save_packing_spec(
        member=member, name="House style", is_default=True, by=owner,
        steps=[StepInput(instruction=text, kind=_kind(text)) for text in creator.spec],
    )  # fmt: skip
    save_skus(
        member=member,
        skus=[
            SkuInput(
                code=g.code, title=g.title, gtin=_gtin(creator, position), length_mm=g.size[0], width_mm=g.size[1],
                height_mm=g.size[2], weight_g=g.weight_g, value_amount=Decimal(g.value),
                velocity_class=g.velocity, storage_class=g.storage,
            )
            for position, g in enumerate(creator.goods)
        ],
        by=owner,
    )  # fmt: skip
    world.skus[creator.slug] = {sku.code: sku for sku in Sku.objects.filter(member=member)}


def _gtin(creator: Creator, position: int) -> str:
    # GS1 keeps 200–299 for use inside a company, so these can never be somebody's real articles.
    body = f"20{CREATORS.index(creator):04d}{position:06d}"
    return body + ean.calc_check_digit(body)


def _kind(text: str) -> str:
    words = {"wrap": "wrap", "fill": "fill", "shred": "fill", "card": "insert", "inside": "insert", "fold": "fold",
             "check": "check", "count": "check", "weigh": "check", "close": "seal", "sealed": "seal", "tape": "seal"}  # fmt: skip
    return next((kind for word, kind in words.items() if word in text.lower()), "other")


def _book(creator: Creator, member: Member, owner: User, node: Node, first: dt.date) -> None:
    last = clock.today(node.timezone) + dt.timedelta(days=150)
    for pool in node.slot_pools.all():
        goods = [g for g in creator.goods if g.storage == pool.storage_class]
        if goods:
            book_slots(
                member=member,
                pool=pool,
                slots=max(1, len(goods) - 1),
                first_day=first,
                last_day=last,
                by=owner,
            )


def _bill_last_month(day: dt.date) -> None:
    """On the first of a month the accountant issues the one before."""
    with clock.at(moment(day, 16)):
        while rate_activities():
            pass
        month = (day - dt.timedelta(days=1)).replace(day=1)
        draft_invoices(month=month)
        issue_month(month=month, by=User.objects.get(email__startswith="accountant@"))
        for invoice in Invoice.objects.filter(state="issued", documents=None):
            make_documents(invoice=invoice)


def _this_morning(world: World, today: dt.date) -> None:
    """Orders that wait, a wave under way, a parcel on the bench, goods at the dock, an applicant, drops ahead."""
    season.live_a_day(world, today, unfinished=True)
    node = world.places["kreuzberg"]
    operator, pickers = world.staff["kreuzberg"]
    steward = User.objects.get(email__startswith="steward@")
    now = min(clock.now(), moment(today, 12, 30))
    with clock.at(now):
        _rush(world, today)
        allocate_all(world.tally)
        release_wave(node=node, by=operator, max_orders=16)
        done = _walk(claim_batch(node=node, picker=pickers[1]), pickers[1], leave=0)
        # The picker whose login is printed finds a walk under way.
        _walk(claim_batch(node=node, picker=pickers[0]), pickers[0], leave=2)
        if done:
            start_packing(order=done[0].order, node=node, by=pickers[1])
    with clock.at(moment(today, 6)):
        _ahead(world, today)
        _applicant()
        set_all_terms(world, steward)
    fill_the_calendar(world, steward)
    maya = world.members[CREATORS[0].slug]
    owner = User.objects.get(memberships__member=maya, memberships__role="owner")
    make_feed(member=maya, name="The studio's calendar", by=owner)
    make_feed(node=node, name="The screen at the dock", by=operator)
    hand_in(maya, owner)


def _rush(world: World, today: dt.date) -> None:
    """Enough orders near the demo's node that its board has something to show; one that cannot be had."""
    for creator in (c for c in CREATORS if "kreuzberg" in c.nodes):
        season.place(world, creator, [season.order(world, creator, today) for _ in range(4)])
    maya = CREATORS[0]
    big = season.order(world, maya, today)
    wanted = LineInput(sku="TEA-SET", quantity=40, unit_price=Decimal("119.00"))
    season.place(
        world, maya, [type(big)(**{f: getattr(big, f) for f in big.__slots__} | {"lines": [wanted]})]
    )


def _walk(batch: Batch | None, picker: User, *, leave: int) -> list[PickTask]:
    """Pick all of a batch but the last few stops."""
    if batch is None:
        return []
    tasks = list(
        PickTask.objects.filter(batch=batch, state="open").order_by("sequence").select_related("order")
    )
    now_picked = tasks[: len(tasks) - leave]
    if now_picked:
        confirm_picks(batch=batch, results=[PickResult(t.pk, t.quantity) for t in now_picked], by=picker)
    return now_picked if not leave else []


def _ahead(world: World, today: dt.date) -> None:
    for creator in CREATORS:
        if creator.drop:
            node = world.places[creator.nodes[0]]
            run = (
                CycleRun.objects.filter(
                    cycle__node=node, announce_by__gt=moment(today + dt.timedelta(days=2), 6)
                )
                .order_by("dock_from")
                .first()
            )
            if run is None:
                continue
            sku = next(iter(world.skus[creator.slug].values()))
            schedule_drop(
                member=world.members[creator.slug], legs=[LegInput(run, [(sku, 60)])], title=creator.drop,
                opens_at=run.available_from + dt.timedelta(hours=9), by=None,
            )  # fmt: skip
    for creator in CREATORS[:3]:
        season.announce_goods(world, creator, world.places[creator.nodes[0]], weeks=9)


def _applicant() -> None:
    apply_to_join(
        applicant=person("applicant", "Sofia Marchetti"), business_name="Marchetti Linocuts", trade="printmaker",
        about="Linocut cards and wrapping paper; about 60 parcels a month, mostly to Berlin and Leipzig.",
        legal_name="Sofia Marchetti", street="Kiefholzstraße 9", postcode="12435", city="Berlin", parcels_a_month=60,
    )  # fmt: skip
