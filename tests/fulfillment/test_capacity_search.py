"""Search tells the truth: what it shows free can be booked, one slot more cannot; and it asks few questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coop.kernel import clock
from coop.kernel.errors import DomainError, Invalid
from coop.models import Closure, Member, Node
from fulfillment.capacity.availability.search import Hit, Wish, find
from fulfillment.capacity.errors import Full, OverTier
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.capacity.services import (
    Ask,
    book,
    book_slots,
    join_waitlist,
    open_days,
    open_pool,
    set_capacity,
)
from tests import world

pytestmark = pytest.mark.node(bins=0)

MONDAY = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def day(n: int) -> dt.date:
    return MONDAY.date() + dt.timedelta(days=n)


def look(first: int, last: int, *, slots: int = 1, skus: int = 1, **asked: object) -> list[Hit]:
    who = {name: asked.pop(name) for name in ("member", "near") if name in asked}
    wanted = {"kind": "shelf", "storage_class": "ambient", **asked}
    wish = Wish(first_day=day(first), last_day=day(last), slots=slots, skus=skus, **wanted)
    with clock.at(MONDAY):
        return find(wish, **who)


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens inside leaves nothing behind, so that one database serves every example."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def pool(node: Node) -> SlotPool:
    return world.make_pool(node, slots=5)


DAYS = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda ends: (min(ends), max(ends)))
BOOKINGS = st.lists(
    st.tuples(DAYS, st.integers(1, 4), st.sampled_from(["booked", "held", "over"])), max_size=6
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=st.lists(st.tuples(DAYS, st.integers(1, 4)), max_size=3), bookings=BOOKINGS, closed=st.sets(st.integers(0, 9), max_size=2), asked=DAYS, opened=st.booleans(),
       kind=st.sampled_from(["shelf", "picks"]))  # fmt: skip
def test_what_is_shown_free_can_be_booked_and_not_one_more(
    node: Node,
    member: Member,
    waits: list,
    bookings: list,
    closed: set[int],
    asked: tuple[int, int],
    opened: bool,
    kind: str,
) -> None:
    with forgotten():
        pool = open_pool(node=node, slots=5, kind=kind, storage_class="ambient" if kind == "shelf" else "")
        Closure.objects.bulk_create(Closure(node=node, day=day(n), reason="holiday") for n in closed)
        with clock.at(MONDAY - dt.timedelta(hours=1)):
            if opened:
                open_days(pool=pool, first=day(0), last=day(9))
            for (first, last), slots, state in bookings:
                hold = {"booked": None, "held": dt.timedelta(days=1), "over": dt.timedelta(minutes=15)}[state]
                try:
                    book(member=member, asks=[Ask(pool, slots, day(first), day(last), skus=1)], hold_for=hold)
                except Full:
                    continue
            for (first, last), slots in waits:
                with suppress(DomainError):
                    join_waitlist(member=member, ask=Ask(pool, slots, day(first), day(last), skus=1))
        [hit] = look(*asked, kind=kind, storage_class=pool.storage_class)
        with clock.at(MONDAY):
            span = {"first_day": day(asked[0]), "last_day": day(asked[1])}
            with transaction.atomic(), pytest.raises(Full) as refused:
                book_slots(member=member, pool=pool, slots=hit.free + 1, skus=1, **span)
            if not hit.free:
                assert set(hit.short) == {d for d, free in refused.value.days if free == 0}
            else:
                assert hit.fits
                book_slots(member=member, pool=pool, slots=hit.free, skus=1, **span)


def test_names_the_days_that_are_short(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=4, first_day=day(2), last_day=day(3))
    [hit] = look(0, 6, slots=3)
    assert (hit.free, hit.short, hit.fits) == (1, (day(2), day(3)), False)
    [hit] = look(4, 6, slots=3)
    assert (hit.free, hit.short, hit.fits) == (5, (), True)


def test_a_day_nobody_opened_has_the_usual_slots(pool: SlotPool) -> None:
    with clock.at(MONDAY):
        set_capacity(pool=pool, first=day(1), last=day(1), slots=3)
    assert [h.free for h in look(0, 2)] == [3]
    assert [h.free for h in look(2, 5)] == [5]
    assert PoolDay.objects.count() == 1


def test_docks_rest_when_the_node_does(node: Node) -> None:
    open_pool(node=node, slots=2, kind="dock", opens_at=dt.time(8), closes_at=dt.time(10))
    Closure.objects.create(node=node, day=day(2), reason="stocktaking")
    [hit] = look(1, 6, kind="dock", storage_class="")
    assert (hit.free, hit.short) == (0, (day(2), day(5), day(6)))
    assert hit.label == "dock 08:00–10:00"


def test_days_that_are_over_are_not_offered(pool: SlotPool) -> None:
    [hit] = look(-2, 0)
    assert hit.short == (day(-2), day(-1))


def test_says_whether_the_tier_has_room_for_the_skus(member: Member) -> None:
    small = world.make_pool(world.make_node(bins=0, tier="same_day"), slots=5)
    world.make_pool(world.make_node(bins=0, tier="hub"), slots=5)
    with clock.at(MONDAY):
        book_slots(member=member, pool=small, slots=1, skus=40, first_day=day(1), last_day=day(1))
    by_tier = {o.tier: o for o in look(0, 2, skus=10)}
    assert (by_tier["same_day"].places, by_tier["same_day"].fits) == (9, False)
    assert (by_tier["hub"].places, by_tier["hub"].fits) == (None, True)
    with clock.at(MONDAY), pytest.raises(OverTier):
        book_slots(member=member, pool=small, slots=1, skus=10, first_day=day(0), last_day=day(2))
    assert {h.tier: h.fits for h in look(0, 2, skus=9)} == {"same_day": True, "hub": True}


def test_what_is_set_aside_for_the_waiting_is_not_free(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=2, first_day=day(3), last_day=day(3))
        book(
            member=member,
            asks=[Ask(pool, 3, day(2), day(3), skus=1)],
            hold_for=dt.timedelta(minutes=15),
        )
        join_waitlist(member=world.make_member(), ask=Ask(pool, 2, day(2), day(4), skus=1))
    # The one who waits could have two slots only when the hold is over.
    assert [h.free for h in look(2, 2)] == [2]
    with clock.at(MONDAY + dt.timedelta(minutes=16)):
        assert [h.free for h in find(Wish("shelf", "ambient", day(2), day(2), 1, 1))] == [3]
        assert [h.free for h in find(Wish("shelf", "ambient", day(2), day(3), 1, 1))] == [1]


def test_a_closed_node_offers_nothing(pool: SlotPool, node: Node) -> None:
    Node.objects.filter(pk=node.pk).update(is_open=False)
    assert look(0, 1) == []


def test_the_nearest_that_fits_comes_first(db: None, member: Member) -> None:
    near = world.make_node(bins=0, latitude=52.5, longitude=13.4)
    full = world.make_node(bins=0, latitude=52.51, longitude=13.4)
    far = world.make_node(bins=0, latitude=53.5, longitude=10.0)
    pools = {n.pk: world.make_pool(n, slots=2) for n in (near, full, far)}
    with clock.at(MONDAY):
        book_slots(member=member, pool=pools[full.pk], slots=2, first_day=day(0), last_day=day(0))
    hits = look(0, 1, near=(52.511, 13.4))
    assert [h.node_id for h in hits] == [near.pk, far.pk, full.pk]
    assert hits[2].distance_m == pytest.approx(111, abs=1)
    assert [h.distance_m for h in look(0, 1)] == [None] * 3


def test_distance_is_the_median_to_her_own_buyers(pool: SlotPool, node: Node, member: Member) -> None:
    mug = world.make_sku(member)
    stranger = world.make_member()
    other = world.make_sku(stranger)
    where = [("52.5", "13.42"), ("52.5", "13.42"), ("48.1", "11.6")]
    with clock.at(MONDAY):
        for latitude, longitude in where:
            world.make_order(member, {mug.code: 1}, latitude=Decimal(latitude), longitude=Decimal(longitude))
        world.make_order(stranger, {other.code: 1}, latitude=Decimal("53.5"), longitude=Decimal(10))
    [hit] = look(0, 1, member=member)
    assert hit.distance_m == pytest.approx(175, abs=10)
    with clock.at(MONDAY + dt.timedelta(days=91)):
        cache.delete(f"buyers:{member.pk}")
        [hit] = find(Wish("shelf", "ambient", day(95), day(95), 1, 1), member=member)
        assert hit.distance_m is None


def test_asks_at_most_three_questions_however_many_nodes(member: Member) -> None:
    asked = []
    for nodes in (1, 5):
        for _ in range(nodes):
            world.make_pool(world.make_node(bins=0), slots=5)
        with CaptureQueriesContext(connection) as queries:
            assert look(0, 300, member=member)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 3


@pytest.mark.parametrize(("first", "last", "slots"), [(3, 1, 1), (0, 400, 1), (0, 1, 0)])
def test_refuses_what_cannot_be_looked_for(db: None, first: int, last: int, slots: int) -> None:
    with pytest.raises(Invalid):
        look(first, last, slots=slots)
