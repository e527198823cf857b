"""A drop's way from planned to settled: every step has its guard, and what is refused changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from coop.kernel import clock
from coop.models import Node, OutboxMessage, Sku
from fulfillment.capacity.booking.terms import set_terms
from fulfillment.capacity.models import Booking
from fulfillment.drops.errors import BeingSent, NotItsGoods, TooLateForRun, WrongState
from fulfillment.drops.models import CycleRun, Drop, DropStep
from fulfillment.drops.services import (
    DropInput,
    LegInput,
    announce_goods,
    bring_goods,
    cancel_drop,
    close_drop,
    note_arrivals,
    open_drop,
    plan_drop,
    reschedule_drop,
    reserve_drop,
    schedule_drop,
    sell,
    settle_drop,
    shrink_drop,
    slip_drop,
)
from fulfillment.inventory.errors import AsnIsOver
from fulfillment.inventory.services import announce_asn, make_claim
from fulfillment.models import Activity, Asn, Earmark, Order, Stock
from fulfillment.orders.services import allocate_orders, open_channel
from tests import world
from tests.fulfillment.drops_kit import MARCH, audit

pytestmark = pytest.mark.node(bins=2)

STATES = [state.value for state in Drop.State]
LEGAL = {
    "planned": {"reserved", "cancelled"},
    "reserved": {"planned", "announced", "cancelled"},
    "announced": {"planned", "reserved", "received", "cancelled"},
    "received": {"planned", "reserved", "live", "sold_out", "cancelled"},
    "live": {"sold_out", "closed"},
    "sold_out": {"live", "closed", "settled"},
    "closed": {"settled"},
    "settled": set(),
    "cancelled": set(),
}


@pytest.fixture
def mug(node: Node) -> Sku:
    return world.make_sku(world.make_member(slug="tidehouse"), code="MUG")


def in_state(state: str, mug: Sku) -> Drop:
    """A row in that state, straight into the table: only for asking the guards."""
    claim = make_claim(member=mug.member, kind="drop", what="x")
    return Drop.objects.create(
        member=mug.member, claim=claim, title="x", opens_at=MARCH, state=state, burst_picks=5
    )


@pytest.mark.parametrize("before", STATES)
def test_the_database_refuses_every_step_that_is_not_on_the_way(mug: Sku, before: str) -> None:
    for after in STATES:
        drop = in_state(before, mug)
        if after == before or after in LEGAL[before]:
            Drop.objects.filter(pk=drop.pk).update(state=after)
            continue
        with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
            Drop.objects.filter(pk=drop.pk).update(state=after)
        drop.refresh_from_db()
        assert drop.state == before


ACTS: dict[str, tuple[Callable[[Drop], Any], set[str]]] = {
    "reserve": (lambda d: reserve_drop(drop=d), {"planned"}),
    "reschedule": (lambda d: reschedule_drop(drop=d, runs={}, opens_at=d.opens_at), {"planned"}),
    "cancel": (lambda d: cancel_drop(drop=d), {"planned", "reserved", "announced", "received"}),
    "close": (lambda d: close_drop(drop=d), {"live"}),
    "slip": (lambda d: slip_drop(drop=d, why="x"), {"reserved", "announced", "received"}),
    "shrink": (lambda d: shrink_drop(drop=d), {"reserved", "announced"}),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_an_act_out_of_turn_is_refused_by_name_and_changes_nothing(mug: Sku, act: str, state: str) -> None:
    do, allowed = ACTS[act]
    if state in allowed:
        return
    drop = in_state(state, mug)
    with pytest.raises(WrongState):
        do(drop)
    drop.refresh_from_db()
    assert drop.state == state
    assert not DropStep.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("state", STATES)
def test_what_may_be_told_at_any_time_does_nothing_out_of_turn(mug: Sku, state: str) -> None:
    drop = in_state(state, mug)
    with clock.at(MARCH - dt.timedelta(days=1)):
        assert open_drop(drop=drop).state == state
        if state != "announced":  # without a leg nothing is missing
            assert note_arrivals(drop=drop).state == state
        if state not in ("sold_out", "closed"):
            assert settle_drop(drop=drop).state == state


def test_the_whole_way_over_two_nodes(mug: Sku, node: Node) -> None:
    other = world.make_node(bins=2, latitude="52.540000", longitude="13.360000")
    with clock.at(MARCH):
        legs = []
        for place, days in ((node, "TU"), (other, "WE")):
            world.make_pools(place)
            world.make_cycle(place, rrule=f"FREQ=WEEKLY;BYDAY={days}")
            runs = CycleRun.objects.filter(cycle__node=place, announce_by__gt=MARCH).order_by("dock_from")
            legs.append(LegInput(runs.select_related("cycle__node")[0], [(mug, 6)]))
        opens = max(leg.run.available_from for leg in legs)
        drop = schedule_drop(member=mug.member, title="Two", legs=legs, opens_at=opens, burst_picks=9)
        assert (drop.state, drop.lines.get().quantity) == ("reserved", 12)
        by_leg = [
            {
                kind: sum(b.slots for b in leg.bookings.bookings.all() if b.pool.kind == kind)
                for kind in ("dock", "picks")
            }
            for leg in drop.legs.order_by("pk")
        ]
        assert sorted(b["picks"] for b in by_leg) == [4, 5]
        assert [b["dock"] for b in by_leg] == [1, 1]
        first, second = drop.legs.order_by("available_from")
        announce_goods(drop=drop, leg=first)
        drop.refresh_from_db()
        assert drop.state == "reserved"  # half of it
        announce_goods(drop=drop, leg=second)
        drop.refresh_from_db()
        assert drop.state == "announced"
        world.bring_in(drop)
        assert drop.state == "received"
    shop = open_channel(member=mug.member, kind="api", name="Drops")
    with clock.at(opens):
        sell(drop=drop, orders=[world.order_input({"MUG": 9})], channel=shop)
        allocate_orders()
        assert Order.objects.get().allocations.values("node").distinct().count() == 2
    drop.refresh_from_db()
    assert drop.state == "sold_out"
    assert [s.state for s in drop.steps.all()] == [
        "planned", "reserved", "reserved", "announced", "received", "live", "sold_out",
    ]  # fmt: skip
    assert audit() == []


def test_a_planned_drop_reserves_nothing_until_it_is_reserved(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        world.make_pools(node)
        world.make_cycle(node)
        run = (
            CycleRun.objects.filter(announce_by__gt=MARCH)
            .select_related("cycle__node")
            .order_by("dock_from")[0]
        )
        told = DropInput(title="x", legs=[LegInput(run, [(mug, 5)])], opens_at=run.available_from)
        drop = plan_drop(member=mug.member, told=told)
        assert (drop.state, Booking.objects.count(), Earmark.objects.count()) == ("planned", 0, 0)
        drop = reserve_drop(drop=drop)
        assert (drop.state, Earmark.objects.get().planned) == ("reserved", 5)
        with pytest.raises(WrongState):
            reserve_drop(drop=drop)
        assert Booking.objects.count() == 4  # dock, shelf, two days of picks
    assert audit() == []


def test_goods_are_kept_from_the_dock_on_and_ordinary_orders_do_not_get_them(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 5)
        world.bring_in(drop)
        order = world.make_order(mug.member, {"MUG": 2})
        assert order.state == "waiting"
        assert order.lines.get().shortage == f"5 at {node.name} are kept for a drop"
        world.make_stock(mug, world.shelf_bins(node)[1], 2)
        allocate_orders()
        order.refresh_from_db()
        assert order.state == "allocated"
    with clock.at(MARCH + dt.timedelta(days=4)):
        cancel_drop(drop=drop)
        assert world.make_order(mug.member, {"MUG": 5}).state == "allocated"
    assert audit() == []


def test_more_than_planned_is_everybodys(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 5)
        world.bring_in(drop, {mug: 8})
        assert Earmark.objects.get().quantity == 5
        assert world.make_order(mug.member, {"MUG": 3}).state == "allocated"
        assert world.make_order(mug.member, {"MUG": 1}).state == "waiting"
    assert audit() == []


def test_what_a_count_finds_missing_is_kept_no_more(mug: Sku, node: Node) -> None:
    from fulfillment.inventory.services import Move, move_stock

    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 5)
        world.bring_in(drop)
        stock = Stock.objects.get(bin__kind="shelf", on_hand=5)
        move_stock(
            moves=[
                Move(
                    sku_id=mug.pk, member_id=mug.member_id, node_id=node.pk, quantity=2, reason="adjusted",
                    source_type="test", source_id=drop.pk, from_bin_id=stock.bin_id,
                )
            ]
        )  # fmt: skip
    assert Earmark.objects.get().quantity == 3
    assert audit() == []


def test_only_its_own_goods_are_announced_for_it_in_time(mug: Sku, node: Node) -> None:
    bowl = world.make_sku(mug.member)
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 5)
        leg = drop.legs.get()
        day = dt.date(2027, 3, 23)
        wrong = announce_asn(member=mug.member, node=node, expected_on=day, lines=[(bowl, 5)])
        elsewhere = announce_asn(member=mug.member, node=world.make_node(), expected_on=day, lines=[(mug, 5)])
        foreign = world.make_sku(world.make_member())
        theirs = announce_asn(member=foreign.member, node=node, expected_on=day, lines=[(foreign, 5)])
        for asn in (wrong, elsewhere, theirs):
            with pytest.raises(NotItsGoods):
                bring_goods(drop=drop, leg=leg, asn=asn)
        other = make_claim(member=mug.member, kind="drop", what="Another")
        right = announce_asn(
            member=mug.member, node=node, expected_on=day, lines=[(mug, 5)], claim_id=other.pk
        )
        with pytest.raises(AsnIsOver):
            bring_goods(drop=drop, leg=leg, asn=right)
    with clock.at(leg.run.announce_by + dt.timedelta(seconds=1)), pytest.raises(TooLateForRun):
        announce_goods(drop=drop, leg=leg)
    drop.refresh_from_db()
    assert (drop.state, drop.legs.get().asn) == ("reserved", None)
    assert not Asn.objects.filter(claim=drop.claim_id).exists()


def test_calling_it_off_gives_everything_back_under_the_terms_and_tells_preorders(
    mug: Sku, node: Node
) -> None:
    with clock.at(MARCH):
        set_terms(node=node, kind="picks", terms=[(30, 50)])
        drop = world.make_drop(mug, node, 10, preorders_from=MARCH)
        shop = open_channel(member=mug.member, kind="api", name="Drops")
        told = world.order_input({"MUG": 3}, buyer_email="ada@example.com")
        sell(drop=drop, orders=[told], channel=shop)
        drop = cancel_drop(drop=drop)
    assert (drop.state, Order.objects.get().state) == ("cancelled", "cancelled")
    assert not Booking.objects.filter(state="booked").exists()
    assert not Earmark.objects.exists()
    assert (
        sum(Activity.objects.filter(kind="idle").values_list("quantity", flat=True)) == 6
    )  # half of 5 and 5, up
    told_to = {row.payload["to"] for row in OutboxMessage.objects.filter(topic="drops.mail")}
    assert told_to == {"ada@example.com", "owner@tidehouse.example"}
    drop.refresh_from_db()
    assert drop.sold == 0
    assert audit() == []


def test_is_not_called_off_while_preorders_are_being_packed(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 10, preorders_from=MARCH)
        shop = open_channel(member=mug.member, kind="api", name="Drops")
        sell(drop=drop, orders=[world.order_input({"MUG": 3})], channel=shop)
        world.bring_in(drop)
        allocate_orders()
        picker = world.make_user()
        world.make_staff(picker, "picker", node)
        world.walk_through(node, picker)
        with pytest.raises(BeingSent):
            cancel_drop(drop=drop)
    drop.refresh_from_db()
    assert drop.state == "received"
    assert Booking.objects.filter(state="booked").count() == 4
    assert audit() == []


def test_what_lies_ahead_is_given_back_when_it_is_settled(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        set_terms(node=node, kind="picks", terms=[(2, 100)])
        drop = world.make_drop(mug, node, 10)
        world.bring_in(drop)
    with clock.at(drop.opens_at):
        open_drop(drop=drop)
        close_drop(drop=drop)
        assert settle_drop(drop=drop).state == "settled"
        assert [kept.quantity for kept in Activity.objects.filter(kind="idle")] == [5]  # tomorrow's
        today = clock.today(node.timezone)
    assert not Booking.objects.filter(state="booked", last_day__gt=today).exists()
    assert not Earmark.objects.exists()
    assert world.make_order(mug.member, {"MUG": 10}).state == "allocated"
    assert audit() == []


def test_goods_that_come_keep_the_dock_appointment(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 10)
        dock = Booking.objects.get(pool__kind="dock")
        note_arrivals(drop=drop)
        dock.refresh_from_db()
        assert dock.used_at is None
        world.bring_in(drop)
    dock.refresh_from_db()
    assert dock.used_at == drop.legs.get().run.dock_from
    assert Activity.objects.filter(kind="dock").count() == 1
    assert audit() == []
