"""When a node works, by whichever door it is said: its slots follow, nobody loses a booking unasked, the audit sees it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Closure, Member, Node
from coop.nodes import services as nodes
from fulfillment.capacity import proofs, tasks
from fulfillment.capacity.availability.reading import Reason, read
from fulfillment.capacity.errors import Full, WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services import (
    HOLD,
    Ask,
    Wish,
    apply_hours,
    book,
    booked_though_closed,
    change_booking,
    close_days,
    find,
    open_days,
    open_pool,
    release_booking,
    reopen_days,
    set_capacity,
    set_week,
)
from tests import world
from tests.fulfillment.capacity_kit import booked, day, later, state, take, violations, wait

pytestmark = pytest.mark.node(bins=0)

# Tuesdays to Saturdays; Mondays are off.
WEEK = {n: (dt.time(8), dt.time(18)) for n in (1, 2, 3, 4, 5)}


@pytest.fixture
def dock(node: Node) -> SlotPool:
    pool = open_pool(node=node, kind="dock", slots=3, opens_at=dt.time(8), closes_at=dt.time(10))
    with later():
        open_days(pool=pool, first=day(0), last=day(20))
    return pool


@pytest.fixture
def steward(db: None) -> Client:
    user = world.make_user()
    world.make_staff(user, "steward")
    return world.client_of(user)


@pytest.fixture
def operator(node: Node) -> Client:
    user = world.make_user()
    world.make_staff(user, "operator", node)
    return world.client_of(user)


def offered(pool: SlotPool) -> dict[int, tuple[int, str, bool]]:
    rows = PoolDay.objects.filter(pool=pool)
    return {(d.day - day(0)).days: (d.capacity, d.note, d.closed) for d in rows}


def week_form(*days: int) -> dict[str, str]:
    return {f"{part}_{n}": time for n in days for part, time in (("opens", "08:00"), ("closes", "18:00"))}


class TestStewardsDoors:
    def test_closing_a_day_closes_its_docks_and_opening_it_opens_them(
        self, steward: Client, node: Node, dock: SlotPool
    ) -> None:
        home = f"/network/nodes/{node.pk}/"
        told = {"first_day": f"{day(2)}", "last_day": "", "reason": "Frost"}
        with later():
            assert steward.post(f"{home}closures/", told)["Location"] == home
            assert offered(dock)[2] == (0, "Frost", True)
            [closure] = Closure.objects.all()
            assert steward.post(f"{home}closures/{closure.pk}/reopen/")["Location"] == home
            assert offered(dock)[2] == (3, "", False)
            assert violations() == []

    def test_closing_a_booked_day_asks_whose_bookings_go(
        self, steward: Client, node: Node, dock: SlotPool, member: Member
    ) -> None:
        url = f"/network/nodes/{node.pk}/closures/"
        told = {"first_day": f"{day(2)}", "last_day": f"{day(3)}", "reason": "Frost"}
        with later():
            van = take(dock, member, 1, 2)
            asked = steward.post(url, told)
            assert asked.status_code == 409
            assert [one.booking for one in asked.context["affected"]] == [van]
            assert not Closure.objects.exists()
            assert booked(dock) == {2: 1}
            assert steward.post(url, {**told, "displacing": [van.pk]}).status_code == 302
        van.refresh_from_db()
        assert (van.state, van.reason) == ("released", "displaced: Frost")
        assert violations() == []

    def test_bookings_of_another_node_are_not_taken_back(
        self, steward: Client, node: Node, dock: SlotPool, member: Member
    ) -> None:
        elsewhere = open_pool(node=world.make_node(bins=0), kind="table", slots=2)
        told = {"first_day": f"{day(2)}", "last_day": "", "reason": "Frost"}
        with later():
            take(dock, member, 1, 2)
            theirs = take(elsewhere, member, 1, 2)
            url = f"/network/nodes/{node.pk}/closures/"
            assert steward.post(url, {**told, "displacing": [theirs.pk]}).status_code == 409
        theirs.refresh_from_db()
        assert theirs.state == "booked"

    def test_days_that_are_over_are_refused_as_for_the_operator(
        self, steward: Client, operator: Client, node: Node
    ) -> None:
        told = {"first_day": f"{day(-3)}", "last_day": f"{day(-3)}", "reason": "Frost"}
        with later():
            for client, url in (
                (steward, f"/network/nodes/{node.pk}/closures/"),
                (operator, f"/floor/{node.slug}/slots/closed/"),
            ):
                page = client.post(url, told)
                assert page.status_code == 422
                assert "Days that are over stay as they were." in page.content.decode()
        assert not Closure.objects.exists()

    def test_the_week_reaches_the_slots_and_what_is_booked_is_left_to_decide(
        self, steward: Client, operator: Client, node: Node, dock: SlotPool, member: Member
    ) -> None:
        home = f"/network/nodes/{node.pk}/"
        with later():
            van = take(dock, member, 1, 7)
            page = steward.post(f"{home}hours/", week_form(1, 2, 3, 4, 5), follow=True)
            assert "1 day is booked although the node does not work then." in page.content.decode()
            assert [offered(dock)[n] for n in (5, 6, 7, 14)] == [
                (3, "", False),
                (0, "closed on Sundays", True),
                (1, "closed on Mondays", True),
                (0, "closed on Mondays", True),
            ]
            for client, url in ((steward, f"{home}slots/"), (operator, f"/floor/{node.slug}/slots/closed/")):
                [(undecided, [still])] = client.get(url).context["undecided"]
                assert (undecided, still.pool, still.booked) == (day(7), dock, 1)
            told = {"first_day": f"{day(7)}", "last_day": f"{day(7)}", "reason": "closed on Mondays"}
            asked = steward.post(f"{home}closures/", told)
            assert [one.booking for one in asked.context["affected"]] == [van]
            steward.post(f"{home}closures/", {**told, "displacing": [van.pk]})
            assert booked_though_closed(node=node) == []
            assert violations() == []


def test_a_booked_day_off_takes_nothing_new_and_gives_back_to_nobody(
    node: Node, dock: SlotPool, member: Member
) -> None:
    other = world.make_member()
    with later():
        van = take(dock, member, 2, 7)
        [hold] = book(member=other, asks=[Ask(dock, 1, day(7), day(7))], hold_for=HOLD)
        set_week(node=node, hours=WEEK)
        assert offered(dock)[7] == (3, "closed on Mondays", True)
        view = read([dock.pk], day(7), day(7)).days[dock.pk, day(7)]
        assert (view.left, view.why_not(1)) == (0, Reason.BLOCKED)
        change_booking(booking=van, slots=1)
        assert booked(dock) == {7: 2}
        with pytest.raises(Full):
            take(dock, other, 1, 7)
        with pytest.raises(Full):
            change_booking(booking=van, slots=2)
    with later(minutes=16):
        # The hold ran out, and nobody has swept it up yet.
        assert read([dock.pk], day(7), day(7)).days[dock.pk, day(7)].left == 0
        assert [hit.free for hit in find(Wish("dock", "", day(7), day(7), 1))] == [0]
        with pytest.raises(Full):
            take(dock, other, 1, 7)
        tasks.end_holds()
        hold.refresh_from_db()
        assert hold.state == "expired"
        assert offered(dock)[7] == (1, "closed on Mondays", True)
        assert violations() == []
        release_booking(booking=van)
        assert offered(dock)[7] == (0, "closed on Mondays", True)
        assert violations() == []


def test_a_day_worked_after_all_goes_first_to_who_waits(node: Node, dock: SlotPool, member: Member) -> None:
    other = world.make_member()
    with later():
        take(dock, member, 3, 7)
        entry = wait(dock, other, 1, 7)
        set_week(node=node, hours=WEEK)
        release_booking(booking=Booking.objects.get(state="booked"))
        assert state(entry) == "waiting"
        set_week(node=node, hours={**WEEK, 0: (dt.time(8), dt.time(18))})
        assert state(entry) == "offered"
        assert offered(dock)[7] == (3, "", False)
        assert violations() == []


def test_reopening_keeps_more_than_usual_that_is_booked(node: Node, dock: SlotPool, member: Member) -> None:
    with later():
        set_capacity(pool=dock, first=day(2), last=day(2), slots=5)
        take(dock, member, 5, 2)
        nodes.close_on(node=node, days=[day(2)], reason="Frost", by=None)
        assert [still.booked for still in apply_hours(node=node)] == [5]
        assert reopen_days(node=node, first=day(2), last=day(2)) == 1
        assert offered(dock)[2] == (5, "", False)
        assert violations() == []


def test_a_closed_day_closed_again_keeps_its_reason(node: Node, dock: SlotPool) -> None:
    with later():
        close_days(node=node, first=day(2), last=day(2), reason="Frost")
        close_days(node=node, first=day(1), last=day(3), reason="Inventory")
        assert [offered(dock)[n][1] for n in (1, 2, 3)] == ["Inventory", "Frost", "Inventory"]
        assert tasks.open_horizon() > 0
        assert [offered(dock)[n][1] for n in (1, 2, 3)] == ["Inventory", "Frost", "Inventory"]


def test_the_operators_figure_does_not_open_a_day_off(node: Node, dock: SlotPool, member: Member) -> None:
    with later():
        set_capacity(pool=dock, first=day(4), last=day(7), slots=2, reason="one door is broken")
        assert [offered(dock)[n] for n in (4, 5, 7)] == [
            (2, "one door is broken", False),
            (0, "closed on Saturdays", True),
            (2, "one door is broken", False),
        ]
        with pytest.raises(Invalid, match=r"any of these days .closed on Saturdays"):
            set_capacity(pool=dock, first=day(5), last=day(6), slots=2)
        van = take(dock, member, 2, 7)
        set_week(node=node, hours=WEEK)
        with pytest.raises(WouldOversell):
            set_capacity(pool=dock, first=day(7), last=day(7), slots=0)
        set_capacity(pool=dock, first=day(7), last=day(7), slots=0, displacing=[van.pk])
        assert offered(dock)[7] == (0, "closed on Mondays", True)
        assert violations() == []


def test_the_audit_sees_a_day_off_that_offers_slots(node: Node, dock: SlotPool) -> None:
    with later():
        assert list(proofs.days_off_offer_nothing_new()) == []
        PoolDay.objects.filter(pool=dock, day=day(6)).update(capacity=1, closed=False)
        nodes.close_on(node=node, days=[day(1), day(2)], reason="Frost", by=None)
        PoolDay.objects.filter(pool=dock, day=day(1)).update(capacity=0)
        [seen, sunday] = proofs.days_off_offer_nothing_new()
        assert f"{day(2)}: the node does not work, 3 are offered and 0 booked" in seen
        assert f"{day(6)}: the node does not work, 1 are offered and 0 booked" in sunday
        nodes.set_opening_hours(node=node, hours={n: (dt.time(10), dt.time(18)) for n in range(7)}, by=None)
        assert len(list(proofs.days_off_offer_nothing_new())) == len(
            [n for n in offered(dock) if n > 0 and offered(dock)[n][0]]
        )
        tasks.open_horizon()
        assert violations() == []


def test_the_audit_sees_a_worked_day_that_stands_closed(node: Node, dock: SlotPool) -> None:
    with later():
        assert list(proofs.days_that_are_worked_are_not_closed()) == []
        PoolDay.objects.filter(pool=dock, day=day(2)).update(capacity=0, closed=True)
        [seen] = proofs.days_that_are_worked_are_not_closed()
        assert f"dock {day(2)}: closed, and the node works" in seen
        tasks.open_horizon()
        assert violations() == []


def test_a_node_that_has_told_no_hours_works_every_day(db: None) -> None:
    node = world.make_node(bins=0, week={})
    table = open_pool(node=node, kind="table", slots=2)
    with clock.at(dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)):
        open_days(pool=table, first=day(0), last=day(9))
        assert {capacity for capacity, _, _ in offered(table).values()} == {2}
        assert violations() == []
