"""Offering fewer slots: nobody is overbooked silently; who loses days is named, told, free of charge, first in line."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from coop.kernel.errors import Invalid
from coop.models import Closure, Member, Node
from coop.runtime import outbox
from fulfillment.activity.models import Activity
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, WaitlistEntry
from fulfillment.capacity.services import (
    Ask,
    affected_by,
    apply_hours,
    book,
    close_days,
    open_days,
    open_pool,
    release_booking,
    reopen_days,
    set_capacity,
    set_terms,
    set_week,
    take_offer,
)
from tests import world
from tests.fulfillment.capacity_kit import booked, day, later, state, take, violations, wait

pytestmark = pytest.mark.node(bins=0)


@pytest.fixture
def dock(node: Node) -> SlotPool:
    return open_pool(node=node, kind="dock", slots=3, opens_at=dt.time(8), closes_at=dt.time(10))


def spans(member: Member) -> list[tuple[str, int, int]]:
    found = Booking.objects.filter(member=member).order_by("first_day")
    return [(b.state, (b.first_day - day(0)).days, (b.last_day - day(0)).days) for b in found]


def test_names_the_newest_first_and_just_enough_of_them(pool: SlotPool, member: Member) -> None:
    maya, jonas = world.make_member(), world.make_member()
    with later():
        take(pool, member, 4, 1, 9)
    with later(minutes=1):
        second = take(pool, maya, 3, 1, 5)
    with later(minutes=2):
        third = take(pool, jonas, 3, 4, 9)
        found = affected_by(pool=pool, first=day(3), last=day(7), slots=5)
    assert [(a.booking, a.member, [d.day for d in a.days]) for a in found] == [
        (third, jonas, [5, 6, 7, 8]),
        (second, maya, [4, 5, 6]),
    ]


def test_without_names_it_refuses_and_with_them_cuts_exactly_those_days(
    pool: SlotPool, member: Member
) -> None:
    maya = world.make_member()
    with later():
        set_terms(node=pool.node, kind="shelf", terms=[(30, 100)])
        take(pool, member, 5, 1, 9)
    with later(minutes=1):
        newest = take(pool, maya, 4, 1, 9)
        with pytest.raises(WouldOversell) as refused:
            set_capacity(pool=pool, first=day(4), last=day(5), slots=6, reason="shelf 3 is bent")
        assert maya.name in refused.value.message
        assert spans(maya) == [("booked", 1, 9)]
        set_capacity(
            pool=pool, first=day(4), last=day(5), slots=6, reason="shelf 3 is bent", displacing=[newest.pk]
        )
        outbox.deliver_due()
    assert spans(maya) == [("booked", 1, 3), ("booked", 6, 9)]
    assert spans(member) == [("booked", 1, 9)]
    assert booked(pool) == {1: 9, 2: 9, 3: 9, 4: 5, 5: 5, 6: 9, 7: 9, 8: 9, 9: 9}
    rows = PoolDay.objects.filter(pool=pool, note="shelf 3 is bent").values_list("day", "capacity")
    assert sorted(rows) == [(day(4), 6), (day(5), 6)]
    newest.refresh_from_db()
    assert newest.reason == "displaced: shelf 3 is bent"
    assert not Activity.objects.exists()
    [letter] = mail.outbox
    assert letter.to == [maya.email]
    assert "- 05 Jun to 06 Jun 2026" in letter.body
    assert "shelf 3 is bent" in letter.body
    assert violations() == []


def test_who_is_displaced_is_first_in_line_for_the_lost_days(pool: SlotPool, member: Member) -> None:
    maya, jonas = world.make_member(), world.make_member()
    with later():
        mine = take(pool, member, 10, 2, 6)
    with later(minutes=1):
        early = wait(pool, jonas, 10, 4)
    with later(minutes=2):
        set_capacity(pool=pool, first=day(4), last=day(4), slots=0, reason="flood", displacing=[mine.pk])
        late = wait(pool, maya, 5, 4)
        lost = WaitlistEntry.objects.get(displaced=mine)
        assert lost.joined_at < early.joined_at < late.joined_at
        set_capacity(pool=pool, first=day(4), last=day(4), slots=10)
        assert [state(e) for e in (lost, early, late)] == ["offered", "waiting", "waiting"]
        take_offer(entry=lost)
    assert booked(pool) == {2: 10, 3: 10, 4: 10, 5: 10, 6: 10}
    assert violations() == []


def test_a_list_of_names_that_is_out_of_date_refuses_and_changes_nothing(
    pool: SlotPool, member: Member
) -> None:
    with later():
        old, new = take(pool, member, 5, 3), take(pool, world.make_member(), 5, 3)
        with pytest.raises(WouldOversell):
            set_capacity(pool=pool, first=day(3), last=day(3), slots=2, displacing=[new.pk])
        assert booked(pool) == {3: 10}
        set_capacity(pool=pool, first=day(3), last=day(3), slots=2, displacing=[new.pk, old.pk])
        assert booked(pool) == {}
        # What need not go stays, though it was named.
        third = take(pool, member, 1, 3)
        set_capacity(pool=pool, first=day(3), last=day(3), slots=1, displacing=[third.pk])
    assert booked(pool) == {3: 1}
    assert violations() == []


def test_a_hold_or_an_offer_that_is_displaced_ends_and_the_wait_goes_on(
    pool: SlotPool, member: Member
) -> None:
    maya = world.make_member()
    with later():
        booking = take(pool, member, 8, 3, 4)
        [hold] = book(member=member, asks=[Ask(pool, 2, day(3), day(4))], hold_for=dt.timedelta(minutes=15))
        entry = wait(pool, maya, 8, 3)
        release_booking(booking=booking)
        entry.refresh_from_db()
        assert entry.offer_id is not None
        set_capacity(
            pool=pool,
            first=day(3),
            last=day(3),
            slots=0,
            reason="flood",
            displacing=[hold.pk, entry.offer_id],
        )
        assert state(entry) == "waiting"
        hold.refresh_from_db()
        assert hold.state == "released"
        assert violations() == []
        set_capacity(pool=pool, first=day(3), last=day(3), slots=8)
        assert state(entry) == "offered"
    assert booked(pool) == {3: 8}
    assert violations() == []


def test_a_holiday_closes_docks_and_leaves_goods_on_their_shelves(
    node: Node, pool: SlotPool, dock: SlotPool, member: Member
) -> None:
    with later():
        shelf, kept = take(pool, member, 2, 1, 3), take(dock, member, 1, 2)
        with pytest.raises(WouldOversell):
            close_days(node=node, first=day(2), last=day(3), reason="inventory")
        assert not Closure.objects.exists()
        close_days(node=node, first=day(2), last=day(3), reason="inventory", displacing=[kept.pk])
        shut = PoolDay.objects.filter(pool=dock, closed=True, note="inventory", capacity=0)
        assert sorted(d.day for d in shut) == [day(2), day(3)]
        entry = WaitlistEntry.objects.get(displaced=kept)
        assert booked(pool) == {1: 2, 2: 2, 3: 2}
        assert booked(dock) == {}
        assert reopen_days(node=node, first=day(2), last=day(3)) == 2
        assert state(entry) == "offered"
    assert shelf.state == "booked"
    assert not Closure.objects.exists()
    assert violations() == []


def test_new_hours_apply_to_every_day_and_what_is_booked_stays_alone(
    node: Node, dock: SlotPool, member: Member
) -> None:
    with later():
        open_days(pool=dock, first=day(0), last=day(13))
        take(dock, member, 1, 7)
        # From now on Saturdays instead of Mondays.
        week = {n: (dt.time(8), dt.time(18)) for n in (1, 2, 3, 4, 5)}
        still = set_week(node=node, hours=week)
        assert [(s.pool, s.day, s.booked, s.why) for s in still] == [(dock, day(7), 1, "closed on Mondays")]
        offered = dict(PoolDay.objects.filter(pool=dock).values_list("day", "capacity"))
        assert offered[day(5)] == 3
        # What is booked stays, and nothing is added to it.
        assert offered[day(7)] == 1
        set_week(node=node, hours={0: (dt.time(12), dt.time(18))})
    # The window of this dock, 8 to 10, lies before the new hours.
    assert set(
        PoolDay.objects.filter(pool=dock, day__gt=day(0))
        .exclude(day=day(7))
        .values_list("capacity", flat=True)
    ) == {0}
    assert violations() == []


def test_what_an_operator_set_by_hand_stays_when_hours_change(node: Node, dock: SlotPool) -> None:
    with later():
        set_capacity(pool=dock, first=day(1), last=day(1), slots=1, reason="one door is broken")
        set_capacity(pool=dock, first=day(2), last=day(2), slots=0, reason="both doors are broken")
        apply_hours(node=node)
    assert sorted(PoolDay.objects.filter(pool=dock).values_list("capacity", "note")) == [
        (0, "both doors are broken"),
        (1, "one door is broken"),
    ]


def test_refuses_the_past_less_than_none_and_places_of_the_tier(pool: SlotPool, node: Node) -> None:
    with later():
        open_days(pool=pool, first=day(0), last=day(3))
        assert pool.assortment is not None
        for refused in (
            {"pool": pool, "first": day(-1), "slots": 3},
            {"pool": pool, "first": day(1), "slots": -1},
            {"pool": pool.assortment, "first": day(1), "slots": 900},
        ):
            with pytest.raises(Invalid):
                set_capacity(last=day(3), **refused)
        for first, reason in ((day(-1), "holiday"), (day(1), "")):
            with pytest.raises(Invalid):
                close_days(node=node, first=first, last=day(2), reason=reason)
    assert set(PoolDay.objects.filter(pool=pool).values_list("capacity", flat=True)) == {10}
