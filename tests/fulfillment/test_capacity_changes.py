"""Changing a booking: all days or none; in use it is ended and followed; what is given back late is kept."""

from __future__ import annotations

import datetime as dt

import pytest

from coop.kernel.errors import Invalid
from coop.models import Member, Node
from fulfillment.activity.models import Activity
from fulfillment.capacity.errors import Full, HoldRanOut, NothingToChange, NothingToRelease, OnHold, OverTier
from fulfillment.capacity.models import Booking, CancellationFee, CancellationTerm, SlotPool
from fulfillment.capacity.services import (
    Ask,
    book,
    change_booking,
    fee_on_change,
    fees_on_release,
    open_pool,
    release_booking,
    set_terms,
    take_offer,
)
from tests import world
from tests.fulfillment.capacity_kit import booked, day, later, state, take, violations, wait

pytestmark = pytest.mark.node(bins=0)


def recorded() -> dict[str, int]:
    return dict(Activity.objects.values_list("kind", "quantity"))


def test_grows_shrinks_and_moves_as_it_stands(pool: SlotPool, member: Member) -> None:
    with later():
        booking = take(pool, member, 4, 2, 4, skus=3)
        assert change_booking(booking=booking, slots=6).pk == booking.pk
        assert booked(pool) == {2: 6, 3: 6, 4: 6}
        change_booking(booking=booking, slots=2, first_day=day(4), last_day=day(6))
        assert booked(pool) == {4: 2, 5: 2, 6: 2}
        assert pool.assortment is not None
        assert booked(pool.assortment) == {4: 3, 5: 3, 6: 3}
        change_booking(booking=booking, skus=1)
        assert booked(pool.assortment) == {4: 1, 5: 1, 6: 1}
    assert violations() == []


def test_refuses_when_one_day_is_full_and_changes_none(pool: SlotPool, member: Member) -> None:
    with later():
        booking = take(pool, member, 4, 2, 4)
        take(pool, world.make_member(), 5, 5)
        with pytest.raises(Full) as refused:
            change_booking(booking=booking, slots=6, last_day=day(6))
        assert refused.value.days == [(day(5), 5)]
        # Its own slots count as free: five fit.
        change_booking(booking=booking, slots=5, last_day=day(6))
    assert booked(pool) == {2: 5, 3: 5, 4: 5, 5: 10, 6: 5}
    assert violations() == []


def test_swaps_node_in_one_act(pool: SlotPool, member: Member) -> None:
    there = world.make_pool(world.make_node(bins=0, tier="same_day"), slots=5)
    with later():
        booking = take(pool, member, 4, 2, 4, skus=60)
        with pytest.raises(OverTier):
            change_booking(booking=booking, pool=there)
        assert booked(pool) == {2: 4, 3: 4, 4: 4}
        change_booking(booking=booking, pool=there, skus=20)
        with pytest.raises(Full):
            change_booking(booking=booking, slots=6)
        dock = open_pool(node=pool.node, kind="dock", slots=2, opens_at=dt.time(8), closes_at=dt.time(10))
        with pytest.raises(Invalid):
            change_booking(booking=booking, pool=dock)
    assert booked(pool) == {}
    assert booked(there) == {2: 4, 3: 4, 4: 4}
    assert violations() == []


def test_in_use_it_ends_today_and_another_follows(pool: SlotPool, member: Member) -> None:
    with later():
        booking = take(pool, member, 4, 0, 9)
    with later(days=3):
        follower = change_booking(booking=booking, slots=7)
        booking.refresh_from_db()
        assert (booking.first_day, booking.last_day, booking.slots) == (day(0), day(3), 4)
        assert (follower.first_day, follower.last_day, follower.slots) == (day(4), day(9), 7)
        assert follower.follows == booking
        # Only its end moved: it stays one booking.
        assert change_booking(booking=follower, last_day=day(6)).pk == follower.pk
    with later(days=5):
        assert change_booking(booking=follower, last_day=day(8)).pk == follower.pk
        with pytest.raises(Invalid):
            change_booking(booking=follower, last_day=day(5))
    assert booked(pool) == {0: 4, 1: 4, 2: 4, 3: 4, 4: 7, 5: 7, 6: 7, 7: 7, 8: 7}
    assert violations() == []


def test_what_is_over_or_only_offered_is_not_changed(pool: SlotPool, member: Member) -> None:
    maya = world.make_member()
    with later():
        over = take(pool, member, 1, 0, 1)
        booking = take(pool, member, 10, 5)
        [hold] = book(member=member, asks=[Ask(pool, 1, day(3), day(3))], hold_for=dt.timedelta(minutes=15))
        entry = wait(pool, maya, 10, 5)
        assert change_booking(booking=hold, slots=2).state == "held"
        release_booking(booking=booking)
        entry.refresh_from_db()
        assert entry.offer is not None
        with pytest.raises(NothingToChange):
            change_booking(booking=entry.offer, slots=1)
        with pytest.raises(NothingToChange):
            change_booking(booking=booking, slots=1)
        take_offer(entry=entry)
        change_booking(booking=entry.offer, slots=1)
    with later(days=2):
        with pytest.raises(NothingToChange):
            change_booking(booking=over, last_day=day(4))
        with pytest.raises(HoldRanOut):
            change_booking(booking=hold, slots=1)
    assert violations() == []


def test_who_may_book_nothing_new_may_still_shrink(pool: SlotPool, member: Member) -> None:
    with later():
        booking = take(pool, member, 4, 2)
        Member.objects.filter(pk=member.pk).update(standing="on_hold", hold="steward")
        with pytest.raises(OnHold):
            change_booking(booking=booking, slots=5)
        change_booking(booking=booking, slots=1)
    assert booked(pool) == {2: 1}


def test_growing_does_not_overtake_and_shrinking_is_offered(pool: SlotPool, member: Member) -> None:
    maya, jonas = world.make_member(), world.make_member()
    with later():
        booking, other = take(pool, member, 4, 2), take(pool, jonas, 6, 2)
        entry = wait(pool, maya, 2, 2)
        change_booking(booking=other, slots=4)
        assert state(entry) == "offered"
        with pytest.raises(Full):
            change_booking(booking=booking, slots=5)
    assert booked(pool) == {2: 10}
    assert violations() == []


def test_terms_keep_the_strictest_share_of_what_is_given_back_late(
    node: Node, pool: SlotPool, member: Member
) -> None:
    with later():
        set_terms(node=node, kind="shelf", terms=[(14, 10), (3, 50)])
        # Days 2 (two days' notice: 50 %), 3 to 13 (10 %), and one beyond the notice, free.
        booking = take(pool, member, 3, 2, 14)
        [kept] = fees_on_release([booking])
        assert (kept.kind, kept.quantity, kept.unit) == (
            "cancel",
            5,
            "slot-day",
        )  # 1.5 + 3.3, rounded up once
        assert kept.why == "10 to 50 % of 36 ambient slots given back at less than 14 days' notice"
        assert not Activity.objects.exists()
        release_booking(booking=booking)
        with pytest.raises(NothingToRelease):
            release_booking(booking=booking)
    assert recorded() == {"cancel": 5}
    assert CancellationFee.objects.get().booking == booking
    assert violations() == []


def test_giving_back_in_time_is_free_and_so_are_holds(node: Node, pool: SlotPool, member: Member) -> None:
    with later():
        set_terms(node=node, kind="shelf", terms=[(3, 100)])
        far, near = take(pool, member, 3, 3, 9), take(pool, member, 1, 2)
        [hold] = book(member=member, asks=[Ask(pool, 1, day(1), day(1))], hold_for=dt.timedelta(minutes=15))
        assert [kept.booking for kept in fees_on_release([far, near, hold])] == [near]
        for booking in (far, hold):
            release_booking(booking=booking)
        assert not Activity.objects.exists()
        set_terms(node=node, kind="shelf", terms=[])
        release_booking(booking=near)
    assert not CancellationTerm.objects.exists()
    assert not Activity.objects.exists()


def test_shrinking_late_obeys_the_terms_and_two_steps_cost_what_one_does(
    node: Node, pool: SlotPool, member: Member
) -> None:
    with later():
        set_terms(node=node, kind="shelf", terms=[(7, 50)])
        booking = take(pool, member, 4, 2, 9)
        kept = fee_on_change(booking=booking, slots=2)
        assert kept is not None
        assert kept.quantity == 5  # 2 slots on the days 2 to 6, half of it
        change_booking(booking=booking, slots=2)
        change_booking(booking=booking, last_day=day(7))
        assert list(Activity.objects.values_list("quantity", flat=True)) == [5]
        booking.refresh_from_db()
        release_booking(booking=booking)
    assert sorted(Activity.objects.values_list("quantity", flat=True)) == [5, 5]
    assert violations() == []


@pytest.mark.parametrize(
    ("kind", "what", "window"),
    [("dock", "no_show", (dt.time(8), dt.time(10))), ("table", "no_show", None), ("picks", "idle", None)],
)
def test_each_kind_of_slots_has_its_own_work_for_late_notice(
    node: Node, member: Member, kind: str, what: str, window: tuple[dt.time, dt.time] | None
) -> None:
    opens, closes = window or (None, None)
    pool = open_pool(node=node, kind=kind, slots=10, opens_at=opens, closes_at=closes)
    with later():
        set_terms(node=node, kind=kind, terms=[(2, 30)])
        booking = take(pool, member, 5, 1)
        release_booking(booking=booking)
    assert recorded() == {what: 2}
    assert violations() == []


def test_refuses_terms_that_make_no_sense_and_keeps_those_there_are(node: Node) -> None:
    set_terms(node=node, kind="dock", terms=[(2, 30), (1, 100)])
    for terms in ([(0, 10)], [(1, 0)], [(1, 101)], [(2, 10), (2, 20)]):
        with pytest.raises(Invalid):
            set_terms(node=node, kind="dock", terms=terms)
    with pytest.raises(Invalid):
        set_terms(node=node, kind="assortment", terms=[(2, 30)])
    assert CancellationTerm.objects.count() == 2


def test_the_proof_finds_a_share_that_is_not_on_record(pool: SlotPool, member: Member) -> None:
    with later():
        booking = take(pool, member, 1, 2)
        share = CancellationFee.objects.create(booking=booking, kind="cancel", quantity=3, why="by hand")
    assert violations() == [f"kept share {share.pk}: 3 kept, nothing on record"]
    assert Booking.objects.count() == 1
