"""Goods that are late or short at the cutoff: the drop slips or shrinks, as its owner chose, and everyone is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail

from coop.kernel import clock
from coop.models import Node, Sku
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from fulfillment.capacity.models import Booking
from fulfillment.drops.errors import NothingFits, TooLateForRun
from fulfillment.drops.models import CycleRun, Drop, DropSale
from fulfillment.drops.services import (
    announce_goods,
    check_cutoffs,
    look_after_drops,
    reschedule_drop,
    sell,
)
from fulfillment.models import Earmark, Order, PoolDay
from fulfillment.orders.services import allocate_orders, open_channel
from tests import world
from tests.fulfillment.drops_kit import MARCH, audit

WEEK = dt.timedelta(days=7)


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(bins=2)
    world.make_staff(world.make_user("ines@example.com"), "operator", node)
    return node


@pytest.fixture
def mug(node: Node) -> Sku:
    return world.make_sku(world.make_member(slug="tidehouse"), code="MUG")


def scheduled(mug: Sku, node: Node, quantity: int = 10, **fields: Any) -> Drop:
    with clock.at(MARCH):
        return world.make_drop(mug, node, quantity, title="Glazes", **fields)


def preorder(drop: Drop, mug: Sku, *pieces: int) -> list[Order]:
    channel = open_channel(member=mug.member, kind="api", name="Drops")
    orders = [
        world.order_input({"MUG": n}, buyer_email=f"buyer{i}@example.com") for i, n in enumerate(pieces)
    ]
    with clock.at(MARCH + dt.timedelta(minutes=1)):
        created = []
        for order in orders:
            created += sell(drop=drop, orders=[order], channel=channel).created
        return created


def at_cutoff(drop: Drop, seconds: int = 0) -> Any:
    return clock.at(drop.legs.get().available_from + dt.timedelta(seconds=seconds))


def letters() -> list[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(topic="drops.mail")
    return sorted((row.payload["what"], row.payload["to"]) for row in rows)


def booked(kind: str) -> list[tuple[dt.date, dt.date, int]]:
    rows = Booking.objects.filter(state="booked", pool__kind=kind).order_by("first_day")
    return list(rows.values_list("first_day", "last_day", "slots"))


def test_nothing_happens_before_the_cutoff(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node)
    with at_cutoff(drop, -1):
        assert check_cutoffs() == 0
    drop.refresh_from_db()
    assert drop.state == "reserved"


def test_late_goods_make_it_slip_to_the_next_run_across_daylight_saving(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node)
    before = drop.opens_at
    assert booked("dock") == [(dt.date(2027, 3, 23),) * 2 + (1,)]
    with at_cutoff(drop):
        assert check_cutoffs() == 1
        assert check_cutoffs() == 0
    drop.refresh_from_db()
    # Clocks turn on 28 March: a week later at 8:00 on the wall is an hour less.
    assert drop.opens_at - before == WEEK - dt.timedelta(hours=1)
    assert drop.legs.get().run.dock_from.astimezone(node.zone) == dt.datetime(
        2027, 3, 30, 8, tzinfo=node.zone
    )
    assert drop.state == "reserved"
    assert dt.date(2027, 3, 30) in [first for first, _, _ in booked("dock")]
    assert min(first for first, _, _ in booked("picks")) == dt.date(2027, 3, 24)  # today's have begun
    assert ("house_slipped", "ines@example.com") in letters()
    assert ("house_slipped", "owner@tidehouse.example") in letters()
    assert "It opens 6 days later." in drop.steps.last().what or "later" in drop.steps.last().what
    assert audit() == []


def test_a_shipment_under_way_comes_with_the_later_run(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node)
    with clock.at(MARCH):
        asn = announce_goods(drop=drop, leg=drop.legs.get())
    with at_cutoff(drop):
        check_cutoffs()
    drop.refresh_from_db()
    asn.refresh_from_db()
    assert (drop.state, asn.expected_on) == ("announced", dt.date(2027, 3, 30))
    assert drop.legs.get().asn == asn
    with clock.at(drop.legs.get().run.dock_from):
        world.bring_in(drop)
    assert drop.state == "received"
    assert audit() == []


def test_it_takes_the_next_run_that_has_room(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node)
    with clock.at(MARCH):
        full = world.make_member()
        from fulfillment.capacity.services import Ask, book
        from fulfillment.models import SlotPool

        dock = SlotPool.objects.get(node=node, kind="dock")
        day = dt.date(2027, 3, 30)
        book(member=full, asks=[Ask(dock, 4, day, day)])
    with at_cutoff(drop):
        check_cutoffs()
    drop.refresh_from_db()
    assert drop.legs.get().run.dock_from.date() == dt.date(2027, 4, 6)
    assert audit() == []


def test_without_room_on_any_run_it_is_planned_again(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node, preorders_from=MARCH)
    [order] = preorder(drop, mug, 2)
    CycleRun.objects.filter(dock_from__gt=drop.legs.get().run.dock_from).update(is_off=True)
    with at_cutoff(drop):
        check_cutoffs()
        drop.refresh_from_db()
        assert drop.state == "planned"
        today = clock.today(node.timezone)
        assert not Booking.objects.filter(state="booked", last_day__gt=today).exists()
        assert not PoolDay.objects.filter(day__gt=today, booked__gt=0).exists()
        with pytest.raises(TooLateForRun):
            reschedule_drop(drop=drop, runs={}, opens_at=drop.opens_at)
        assert ("buyer_planned", "buyer0@example.com") in letters()
        CycleRun.objects.update(is_off=False)
        later = CycleRun.objects.filter(dock_from__gt=clock.now() + WEEK).order_by("dock_from")[0]
        leg = drop.legs.get()
        again = reschedule_drop(drop=drop, runs={leg.pk: later}, opens_at=later.available_from)
    assert (again.state, again.opens_at) == ("reserved", later.available_from)
    order.refresh_from_db()
    assert order.state == "waiting"
    assert audit() == []


def test_it_shrinks_to_what_is_there(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node, 10, on_shortfall="shrink")
    with clock.at(MARCH):
        world.bring_in(drop, {mug: 7})
    assert drop.state == "announced"
    with at_cutoff(drop):
        assert check_cutoffs() == 1
    drop.refresh_from_db()
    assert drop.lines.get().quantity == 7
    assert drop.state == "live"  # it opens when its goods are available
    assert Earmark.objects.get().quantity == 7
    assert ("house_shrunk", "owner@tidehouse.example") in letters()
    assert audit() == []


def test_it_slips_when_nothing_came_that_it_could_shrink_to(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node, on_shortfall="shrink")
    with at_cutoff(drop):
        check_cutoffs()
    drop.refresh_from_db()
    assert (drop.state, drop.lines.get().quantity) == ("reserved", 10)


def test_what_is_short_comes_with_the_next_run_if_it_slips(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node, 10)
    with clock.at(MARCH):
        world.bring_in(drop, {mug: 7})
    with at_cutoff(drop):
        check_cutoffs()
        drop.refresh_from_db()
        assert drop.state == "reserved"
        asn = announce_goods(drop=drop, leg=drop.legs.get())
        assert [line.quantity_expected for line in asn.lines.all()] == [3]
    world.bring_in(drop)
    assert drop.state == "received"
    assert Earmark.objects.get().quantity == 10
    assert audit() == []


@pytest.mark.parametrize(
    ("rule", "given"), [("first_come", [4, 3, 0]), ("one_each", [3, 2, 2]), ("lottery", None)]
)
def test_short_preorders_are_cut_by_the_rule_and_told(
    mug: Sku, node: Node, rule: str, given: list[int] | None
) -> None:
    drop = scheduled(mug, node, 12, on_shortfall="shrink", fairness=rule, preorders_from=MARCH)
    orders = preorder(drop, mug, 4, 4, 2)
    with clock.at(MARCH):
        world.bring_in(drop, {mug: 7})
        assert allocate_orders().orders == 0  # nobody is served before it is decided
    with at_cutoff(drop):
        check_cutoffs()
        allocate_orders()
    left = [s.pieces - s.cut for s in DropSale.objects.order_by("sold_at", "order")]
    assert sum(left) == 7
    assert given is None or left == given
    drop.refresh_from_db()
    line = drop.lines.get()
    assert (drop.sold, line.sold, line.quantity, drop.state) == (7, 7, 7, "sold_out")
    for order, pieces in zip(orders, left, strict=True):
        order.refresh_from_db()
        assert order.state == ("allocated" if pieces else "cancelled")
    cut = [
        ("buyer_cut", f"buyer{n}@example.com")
        for n, (has, want) in enumerate(zip(left, (4, 4, 2), strict=True))
        if has < want
    ]
    assert [row for row in letters() if row[0] == "buyer_cut"] == cut
    assert audit() == []


def test_letters_say_what_happened(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node, 12, on_shortfall="shrink", preorders_from=MARCH)
    preorder(drop, mug, 4, 4)
    with clock.at(MARCH):
        world.bring_in(drop, {mug: 5})
    with at_cutoff(drop):
        check_cutoffs()
        outbox.deliver_due()
    by = {m.to[0]: m for m in mail.outbox}
    assert "send 1 and cannot send 3" in by["buyer1@example.com"].body
    assert by["buyer1@example.com"].reply_to == ["hello@tidehouse.example"]
    assert "buyer0@example.com" not in by
    assert "5 of 12 pieces have come" in by["owner@tidehouse.example"].body


def test_the_minutes_round_does_it_all(mug: Sku, node: Node) -> None:
    drop = scheduled(mug, node)
    with clock.at(MARCH):
        world.bring_in(drop)
    with clock.at(drop.opens_at):
        look_after_drops()
    drop.refresh_from_db()
    assert drop.state == "live"


def test_scheduling_takes_all_or_nothing_and_names_runs_that_fit(mug: Sku, node: Node) -> None:
    from fulfillment.capacity.services import Ask, book
    from fulfillment.models import SlotPool

    with clock.at(MARCH):
        world.make_pools(node)
        world.make_cycle(node)
        picks = SlotPool.objects.get(node=node, kind="picks")
        book(member=world.make_member(), asks=[Ask(picks, 995, dt.date(2027, 3, 25), dt.date(2027, 3, 25))])
        before = Booking.objects.count()
        with pytest.raises(NothingFits) as refused:
            world.make_drop(mug, node, 20)
    assert [str(m) for m in refused.value.missing] == [f"{node.name}: 10 picks on 25 Mar (5 free)"]
    fits = refused.value.fits
    assert [f.runs[0].dock_from.date().isoformat() for f in fits] == [
        "2027-03-30",
        "2027-04-06",
        "2027-04-13",
    ]
    assert all(f.opens_at.astimezone(node.zone).time() == dt.time(8) for f in fits)
    assert (Booking.objects.count(), Drop.objects.count(), Earmark.objects.count()) == (before, 0, 0)
    assert audit() == []


def test_names_everything_that_a_node_does_not_offer(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        world.make_cycle(node)
        run = CycleRun.objects.filter(announce_by__gt=clock.now()).order_by("dock_from")[0]
        from fulfillment.drops.services import LegInput, schedule_drop

        with pytest.raises(NothingFits) as refused:
            schedule_drop(
                member=mug.member, title="x", legs=[LegInput(run, [(mug, 5)])], opens_at=run.available_from
            )
    assert [m.what for m in refused.value.missing] == [
        "dock appointment in the run's window",
        "ambient slots",
        "picks",
        "picks",
    ]
    assert not Drop.objects.exists()
