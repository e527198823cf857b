from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.reasons import Reason
from coop.members.services import lift_hold, place_on_hold
from coop.models import Closure, Node, OpeningHours
from coop.runtime.audit import proofs
from fulfillment.models import Allocation, Channel, Order, OrderLine, Stock
from fulfillment.orders.errors import MemberLeft, OrdersRefused
from fulfillment.orders.services import LineInput, allocate_orders, open_channel, place_orders
from tests import world

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)  # 10:00 in Berlin


@pytest.fixture(autouse=True)
def monday():
    with clock.at(MONDAY):
        yield


@pytest.fixture
def shop(member):
    return open_channel(member=member, kind="form", name="Shop")


@pytest.fixture
def mug(member):
    return world.make_sku(member, code="MUG")


def audit() -> list[str]:
    return [sentence for p in proofs() if p.room.startswith("fulfillment") for sentence in p.check()]


def place(shop: Channel, *orders):
    return place_orders(channel=shop, orders=orders)


@dataclass
class Read:
    """What an act asked of the database: statements, and rows of nodes that were made into objects."""

    statements: int
    made: dict[str, int]


def read_by(act) -> Read:
    made: Counter[str] = Counter()

    def count(sender, **_):
        if sender in (Node, Closure, OpeningHours):
            made[sender.__name__] += 1

    post_init.connect(count)
    try:
        with CaptureQueriesContext(connection) as asked:
            act()
    finally:
        post_init.disconnect(count)
    return Read(len(asked), dict(made))


def close(node, *days) -> None:
    Closure.objects.bulk_create(Closure(node=node, day=day, reason="repairs") for day in days)


def fields_of(node) -> dict[str, object]:
    return {field.attname: getattr(node, field.attname) for field in Node._meta.concrete_fields}


class TestPlacing:
    def test_places_an_order_with_its_lines(self, shop, mug):
        [order] = place(shop, world.order_input({"MUG": 2}, number="#1", note="a gift")).created
        assert (order.number, order.state, order.note) == ("#1", "waiting", "a gift")
        assert [(line.sku, line.quantity) for line in order.lines.all()] == [(mug, 2)]
        assert audit() == []

    def test_the_same_number_again_is_known_and_not_doubled(self, shop, mug):
        told = world.order_input({"MUG": 2}, number="#1")
        place(shop, told)
        placed = place(shop, told, told)
        assert (placed.created, placed.known, placed.changed) == ([], ["#1"], [])
        assert Order.objects.count() == OrderLine.objects.count() == 1

    def test_the_same_number_with_other_content_is_reported_and_left_as_it_was(self, shop, mug):
        told = world.order_input({"MUG": 2}, number="#1")
        place(shop, told)
        for other in (
            replace(told, city="Potsdam"),
            replace(told, lines=[LineInput(sku="MUG", quantity=3)]),
        ):
            placed = place(shop, other)
            assert (placed.known, placed.changed) == (["#1"], ["#1"])
        assert Order.objects.get().city == "Berlin"
        assert OrderLine.objects.get().quantity == 2

    def test_told_twice_in_one_breath_the_first_counts(self, shop, mug):
        one, other = (
            world.order_input({"MUG": 1}, number="#1"),
            world.order_input({"MUG": 5}, number="#1"),
        )
        placed = place(shop, one, other)
        assert len(placed.created) == 1
        assert placed.changed == ["#1"]
        assert OrderLine.objects.get().quantity == 1

    def test_another_channel_may_use_the_same_number(self, member, shop, mug):
        told = world.order_input({"MUG": 1}, number="#1")
        place(shop, told)
        place(open_channel(member=member, kind="csv", name="Etsy"), told)
        assert Order.objects.count() == 2

    def test_lines_of_the_same_sku_add_up_and_keep_their_value(self, shop, mug):
        lines = [
            LineInput(sku="MUG", quantity=1, unit_price=Decimal("10")),
            LineInput(sku="MUG", quantity=3, unit_price=Decimal("20")),
        ]
        place(shop, replace(world.order_input({}), lines=lines))
        line = OrderLine.objects.get()
        assert (line.quantity, line.unit_price) == (4, Decimal("17.50"))

    def test_another_members_sku_is_unknown(self, shop):
        world.make_sku(world.make_member(), code="THEIRS")
        with pytest.raises(OrdersRefused) as refused:
            place(shop, world.order_input({"THEIRS": 1}))
        assert refused.value.problems[0].field == "sku"

    def test_names_every_line_that_cannot_be_and_places_nothing(self, member, shop, mug):
        world.make_sku(member, code="OLD", is_active=False)
        lines = [
            LineInput(sku="MUG", quantity=1, row=2),
            LineInput(sku="NONE", quantity=1, row=3),
            LineInput(sku="OLD", quantity=1, row=4),
            LineInput(sku="MUG", quantity=0, row=5),
            LineInput(sku="MUG", quantity=1, unit_price=Decimal("-1"), row=6),
        ]
        good = world.order_input({"MUG": 1})
        with pytest.raises(OrdersRefused) as refused:
            place(shop, good, replace(good, number="#2", lines=lines))
        assert [(p.row, p.field, p.value) for p in refused.value.problems] == [
            (3, "sku", "NONE"),
            (4, "sku", "OLD"),
            (5, "quantity", "0"),
            (6, "unit_price", "-1"),
        ]
        assert all(p.problem and p.remedy for p in refused.value.problems)
        assert Order.objects.count() == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("number", " "),
            ("number", "x" * 65),
            ("buyer_name", ""),
            ("street", ""),
            ("city", "\x00"),
            ("buyer_email", "nobody"),
            ("country", "Germany"),
            ("placed_at", dt.datetime(2026, 11, 23)),
            ("latitude", Decimal(91)),
            ("lines", []),
        ],
    )
    def test_refuses_what_could_not_be_sent(self, shop, mug, field, value):
        with pytest.raises(OrdersRefused) as refused:
            place(shop, replace(world.order_input({"MUG": 1}), **{field: value}))
        assert field in {p.field for p in refused.value.problems} | {
            "latitude" if field == "latitude" else ""
        }
        assert Order.objects.count() == 0

    def test_a_member_that_left_places_nothing(self, member, shop, mug):
        member.standing = "closed"
        member.save(update_fields=["standing"])
        with pytest.raises(MemberLeft):
            place(shop, world.order_input({"MUG": 1}))
        assert Order.objects.count() == 0

    def test_statements_do_not_grow_with_orders(self, shop, mug, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            place(shop, *(world.order_input({"MUG": 1}) for _ in range(300)))


class TestAllocating:
    def test_promises_stock_and_says_by_when_it_ships(self, member, node, mug):
        stock = world.make_stock(mug, world.shelf_bins(node)[0], 5)
        order = world.make_order(member, {"MUG": 2})
        stock.refresh_from_db()
        assert (order.state, stock.allocated) == ("allocated", 2)
        assert order.ship_by == dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)  # 18:00, the node's closing
        [allocation] = Allocation.objects.filter(node=node, state="queued")
        assert (allocation.quantity, allocation.ship_by) == (2, order.ship_by)
        assert audit() == []

    def test_after_the_cutoff_it_is_the_next_working_day(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 5)
        with clock.at(MONDAY.replace(hour=14)):
            order = world.make_order(member, {"MUG": 2})
        assert order.ship_by == dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)

    def test_a_promise_that_has_passed_is_made_anew(self, member, node, mug):
        order = world.make_order(member, {"MUG": 1}, placed_at=MONDAY - dt.timedelta(days=20))
        world.make_stock(mug, world.shelf_bins(node)[0], 5)
        allocate_orders()
        order.refresh_from_db()
        assert order.ship_by == dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)

    def test_takes_the_nearest_node_in_reach(self, member, mug):
        near = world.make_node(latitude=Decimal("52.50"), longitude=Decimal("13.42"))
        far = world.make_node(latitude=Decimal("52.40"), longitude=Decimal("13.10"))
        for node in (far, near):
            world.make_stock(mug, world.shelf_bins(node)[0], 5)
        order = world.make_order(member, {"MUG": 1}, latitude=Decimal("52.49"), longitude=Decimal("13.43"))
        assert order.allocations.get().node == near

    def test_out_of_reach_waits_and_names_the_node(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 5)
        order = world.make_order(member, {"MUG": 1}, latitude=Decimal("48.1"), longitude=Decimal("11.6"))
        assert order.state == "waiting"
        assert f"only at {node.name}, which is out of reach" in order.lines.get().shortage
        assert audit() == []

    def test_a_partial_order_waits_and_holds_what_it_got(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 3)
        first = world.make_order(member, {"MUG": 2}, number="first")
        second = world.make_order(member, {"MUG": 3}, number="second")
        line = second.lines.get()
        assert (first.state, second.state, line.quantity_allocated) == ("allocated", "waiting", 1)
        assert line.shortage == "1 of 3: the rest is promised to earlier orders"
        assert audit() == []

    def test_new_stock_goes_to_who_waits_longest_not_to_who_asks_first(self, member, node, mug):
        old = world.make_order(member, {"MUG": 2}, placed_at=MONDAY - dt.timedelta(hours=2))
        world.make_stock(mug, world.shelf_bins(node)[0], 2)
        young = world.make_order(member, {"MUG": 2})
        old.refresh_from_db()
        assert (old.state, young.state) == ("allocated", "waiting")
        assert young.lines.get().shortage == "all 2 on hand are promised to earlier orders"

    def test_is_repeatable(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 1)
        world.make_order(member, {"MUG": 3})
        before = list(Allocation.objects.values())
        for _ in range(3):
            assert allocate_orders().pieces == 0
        assert list(Allocation.objects.values()) == before
        assert audit() == []

    def test_a_member_on_hold_waits_until_the_hold_is_lifted(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 9)
        place_on_hold(member=member, reason=Reason("unpaid", "Invoice 2026-0007 is open"))
        order = world.make_order(member, {"MUG": 3})
        assert order.state == "waiting"
        assert order.lines.get().shortage == "member on hold: Invoice 2026-0007 is open"
        assert order.lines.get().shortage_code == "on_hold"
        lift_hold(member=member)
        assert allocate_orders().complete == 1
        order.refresh_from_db()
        assert (order.state, order.lines.get().shortage) == ("allocated", "")
        assert order.lines.get().shortage_code == ""

    def test_however_a_hold_is_worded_its_orders_are_tried_again(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 9)
        place_on_hold(member=member, reason=Reason("steward", "moving"))
        order = world.make_order(member, {"MUG": 3})
        OrderLine.objects.update(shortage="gesperrt: Umzug")
        Stock.objects.update(allocated=9)  # nothing is free, and yet the line has to lose its reason
        lift_hold(member=member)
        assert allocate_orders().orders == 1
        assert order.lines.get().shortage_code == "promised"

    @pytest.mark.parametrize(
        "lie",
        [
            {"shortage": ""},
            {"shortage_code": ""},
            {"shortage_code": "because"},
            {"shortage": "", "shortage_code": "none"},
        ],
    )
    def test_words_and_code_of_a_shortage_go_together(self, member, mug, lie):
        order = world.make_order(member, {"MUG": 3})
        assert (order.lines.get().shortage, order.lines.get().shortage_code) == (
            "no stock at any node",
            "none",
        )
        with pytest.raises(IntegrityError, match="order_line_shortage_has_code"):
            order.lines.update(**lie)

    def test_goods_at_the_dock_are_not_promised(self, member, node, mug):
        world.make_stock(mug, node.bins.get(kind="receiving"), 9)
        order = world.make_order(member, {"MUG": 3})
        assert order.lines.get().shortage == f"9 arrived at {node.name} and not put away yet"

    def test_hopeless_orders_do_not_keep_others_from_their_turn(self, member, node, mug):
        world.make_sku(member, code="GONE")
        for _ in range(3):
            world.make_order(member, {"GONE": 1}, placed_at=MONDAY - dt.timedelta(days=1))
        world.make_stock(mug, world.shelf_bins(node)[0], 9)
        order = world.make_order(member, {"MUG": 1}, allocate=False)
        assert allocate_orders(limit=2).complete == 1
        order.refresh_from_db()
        assert order.state == "allocated"

    def test_goes_on_where_it_stopped(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 9)
        for _ in range(5):
            world.make_order(member, {"MUG": 1}, allocate=False)
        after, steps = None, 0
        while steps < 10:
            run = allocate_orders(limit=2, after=after)
            steps += 1
            if run.after is None:
                break
            after = run.after
        assert steps == 3
        assert not Order.objects.filter(state="waiting").exists()

    def test_other_nodes_and_old_closures_are_not_read(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 9)
        first = world.make_order(member, {"MUG": 1}, allocate=False)
        quiet = read_by(lambda: allocate_orders(order_ids=[first.pk]))
        years = [MONDAY.date() - dt.timedelta(days=days) for days in range(2, 900)]
        close(node, *years)
        copies = Node.objects.bulk_create(
            Node(**{**fields_of(node), "id": uuid7(), "slug": f"copy-{n}", "code": f"X{n}"})
            for n in range(300)
        )
        for other in copies[:20]:
            close(other, *years[:20], MONDAY.date())
        second = world.make_order(member, {"MUG": 1}, allocate=False)
        busy = read_by(lambda: allocate_orders(order_ids=[second.pk]))
        second.refresh_from_db()
        assert second.state == "allocated"
        assert busy == quiet
        assert busy.made == {"Node": 1, "OpeningHours": 5}

    def test_a_day_that_was_closed_since_the_order_still_counts_for_its_promise(self, member, node, mug):
        friday = MONDAY.replace(day=20, hour=17)
        order = world.make_order(member, {"MUG": 1}, placed_at=friday, allocate=False)
        world.make_stock(mug, world.shelf_bins(node)[0], 5)
        close(node, MONDAY.date())
        tuesday = MONDAY + dt.timedelta(days=1, hours=5)  # 15:00 in Berlin, after the cutoff
        with clock.at(tuesday):
            allocate_orders(order_ids=[order.pk])
        order.refresh_from_db()
        assert order.ship_by == dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)

    def test_closed_days_ahead_put_the_promise_off(self, member, node, mug):
        world.make_stock(mug, world.shelf_bins(node)[0], 5)
        close(node, *(MONDAY.date() + dt.timedelta(days=days) for days in range(30)))
        order = world.make_order(member, {"MUG": 1})
        assert order.ship_by == dt.datetime(2026, 12, 23, 17, 0, tzinfo=dt.UTC)

    def test_another_members_stock_is_never_promised(self, member, node, mug):
        other = world.make_member()
        world.make_stock(world.make_sku(other, code="MUG"), world.shelf_bins(node)[0], 9)
        assert world.make_order(member, {"MUG": 1}).state == "waiting"
        assert Allocation.objects.count() == 0

    def test_statements_do_not_grow_with_orders(self, member, shop, node, mug, django_assert_max_num_queries):
        world.make_stock(mug, world.shelf_bins(node)[0], 500)
        place(shop, *(world.order_input({"MUG": 1}) for _ in range(300)))
        with django_assert_max_num_queries(25):
            assert allocate_orders().complete == 300
