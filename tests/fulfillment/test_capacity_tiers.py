"""A node's tier limits how many SKUs lie there; a steward may let a booking past it, on record."""

from __future__ import annotations

import pytest

from coop.kernel.errors import Invalid
from coop.models import Member, Node, User
from fulfillment.capacity.errors import Full, OverTier
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, TierOverride
from fulfillment.capacity.services import (
    Ask,
    apply_tier,
    book_over_tier,
    change_booking,
    offer_waiting,
    open_pool,
    release_booking,
)
from tests import world
from tests.fulfillment.capacity_kit import booked, day, later, state, take, violations, wait

pytestmark = pytest.mark.node(bins=0, tier="same_day")


@pytest.fixture
def steward(db: None) -> User:
    return world.make_user("steward@example.com")


def places(pool: SlotPool) -> dict[int, tuple[int, int]]:
    rows = PoolDay.objects.filter(pool=pool.assortment)
    return {(d.day - day(0)).days: (d.capacity, d.booked) for d in rows}


def test_over_the_tier_is_refused_with_the_better_node_named(pool: SlotPool, member: Member) -> None:
    hub = world.make_node(bins=0, tier="hub", name="Marzahn")
    world.make_pool(hub, slots=10)
    with later():
        take(pool, member, 1, 1, 3, skus=30)
        with pytest.raises(OverTier) as refused:
            take(pool, world.make_member(), 1, 2, skus=20)
    assert refused.value.better == "Marzahn"
    assert refused.value.days == [(day(2), 19)]
    assert booked(pool) == {1: 1, 2: 1, 3: 1}


def test_a_steward_lets_it_pass_with_a_reason_on_record(
    pool: SlotPool, member: Member, steward: User
) -> None:
    with later():
        take(pool, member, 1, 2, skus=40)
        ask = Ask(pool, 2, day(1), day(3), skus=30)
        for reason in ("", "   "):
            with pytest.raises(Invalid):
                book_over_tier(member=world.make_member(), ask=ask, reason=reason, by=steward)
        assert not TierOverride.objects.exists()
        booking = book_over_tier(member=world.make_member(), ask=ask, reason="the hub is flooded", by=steward)
        override = TierOverride.objects.get(booking=booking)
        assert (override.skus_over, override.reason, override.granted_by) == (
            21,
            "the hub is flooded",
            steward,
        )
        assert places(pool) == {1: (49, 30), 2: (70, 70), 3: (49, 30)}
        # Nobody else may use what was added.
        with pytest.raises(OverTier):
            take(pool, world.make_member(), 1, 2, skus=1)
        assert violations() == []
        release_booking(booking=booking)
    assert places(pool) == {1: (49, 0), 2: (49, 40), 3: (49, 0)}
    assert violations() == []


def test_an_override_finds_no_slots_that_are_not_there(pool: SlotPool, member: Member, steward: User) -> None:
    with later():
        take(pool, member, 10, 2)
        with pytest.raises(Full):
            book_over_tier(
                member=member, ask=Ask(pool, 1, day(1), day(3), skus=80), reason="please", by=steward
            )
    assert not TierOverride.objects.exists()
    assert places(pool)[2] == (49, 1)
    assert violations() == []


def test_within_the_limit_there_is_nothing_to_override(pool: SlotPool, member: Member, steward: User) -> None:
    with later():
        book_over_tier(
            member=member, ask=Ask(pool, 1, day(1), day(1), skus=3), reason="to be sure", by=steward
        )
    assert not TierOverride.objects.exists()


def test_shrinking_gives_the_added_places_back(pool: SlotPool, member: Member, steward: User) -> None:
    with later():
        booking = book_over_tier(
            member=member, ask=Ask(pool, 2, day(1), day(2), skus=80), reason="season", by=steward
        )
        assert places(pool) == {1: (80, 80), 2: (80, 80)}
        change_booking(booking=booking, last_day=day(1))
        assert places(pool) == {1: (80, 80), 2: (49, 0)}
        change_booking(booking=booking, skus=60)
        assert places(pool) == {1: (60, 60), 2: (49, 0)}
    assert violations() == []


def test_a_smaller_tier_keeps_what_is_booked_and_lists_it(node: Node, pool: SlotPool, member: Member) -> None:
    Node.objects.filter(pk=node.pk).update(tier="next_day")
    node.refresh_from_db()
    with later():
        apply_tier(node=node)
        pool = SlotPool.objects.get(pk=pool.pk)
        booking = take(pool, member, 1, 1, 2, skus=300)
        Node.objects.filter(pk=node.pk).update(tier="same_day")
        node.refresh_from_db()
        assert [(o.day, o.booked, o.limit) for o in apply_tier(node=node)] == [
            (day(1), 300, 49),
            (day(2), 300, 49),
        ]
        with pytest.raises(OverTier):
            take(pool, member, 1, 2, skus=1)
        assert violations() == []
        release_booking(booking=booking)
    assert places(pool) == {1: (49, 0), 2: (49, 0)}
    assert violations() == []


def test_a_tier_without_a_limit_frees_and_one_with_a_limit_counts_what_is_there(
    node: Node, member: Member
) -> None:
    pool = world.make_pool(node, slots=10)
    cold = open_pool(node=node, storage_class="cold", slots=10)
    maya = world.make_member()
    with later():
        take(pool, member, 1, 1, 2, skus=49)
        entry = wait(cold, maya, 1, 2, skus=10)
        Node.objects.filter(pk=node.pk).update(tier="hub")
        node.refresh_from_db()
        assert apply_tier(node=node) == []
        offer_waiting()
        assert state(entry) == "offered"
        big = SlotPool.objects.get(pk=pool.pk)
        free = take(big, member, 1, 1, skus=500)
        assert free.assortment_id is None
        Node.objects.filter(pk=node.pk).update(tier="next_day")
        node.refresh_from_db()
        assert apply_tier(node=node) == []
    free.refresh_from_db()
    assert free.assortment_id is not None
    assert places(SlotPool.objects.get(pk=pool.pk)) == {1: (800, 549), 2: (800, 59)}
    assert Booking.objects.count() == 3
    assert violations() == []
