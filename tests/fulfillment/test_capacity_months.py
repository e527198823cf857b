"""The calendar says of each day why it is not free, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from coop.models import Member
from fulfillment.capacity.availability.months import Day, days_of_pool
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.services import Ask, book, open_horizon, set_capacity
from tests import world
from tests.fulfillment.capacity_kit import day, later, take, wait


@pytest.fixture
def pool(db: None) -> SlotPool:
    return world.make_pool(world.make_node(bins=0, tier="same_day"), slots=10)


def seen(pool: SlotPool, member: Member, last: int = 9, **more: Any) -> dict[int, Day]:
    days = days_of_pool(
        pool=pool,
        own=Booking.objects.filter(member=member),
        first=day(0),
        last=day(last),
        **{"slots": 3, **more},
    )
    return {(d.day - day(0)).days: d for d in days}


def test_says_booked_held_blocked_waiting_tier_and_over(pool: SlotPool, member: Member) -> None:
    other = world.make_member()
    with later():
        take(pool, other, 10, 1)
        take(pool, other, 8, 2)
        take(pool, member, 2, 2, skus=2)
        book(member=other, asks=[Ask(pool, 8, day(3), day(3))], hold_for=dt.timedelta(minutes=15))
        set_capacity(pool=pool, first=day(4), last=day(4), slots=0, reason="the roof leaks")
        take(pool, other, 10, 5)
        wait(pool, member, 1, 5)
        take(pool, other, 1, 6, skus=45)
        days = seen(pool, member, skus=5)
        assert {n: (d.reason, d.why) for n, d in days.items() if d.why} == {
            1: ("booked", "all 10 taken"),
            2: ("booked", "all 10 taken"),
            3: ("held", "only 2 free, 8 held until 1 Jun 11:15"),
            4: ("blocked", "the roof leaks"),
            5: ("waiting", "all 10 taken, 1 on the waiting list"),
            6: ("tier", "room for 4 more SKUs"),
        }
        assert days[2].mine == 2
        assert (days[0].free, days[0].places, days[0].tone) == (10, 49, "good")
    with later(days=1):
        days = seen(pool, member)
        assert (days[0].reason, days[0].why) == ("over", "over")
        # The hold ran out: what it kept is free, though nobody has taken it back.
        assert (days[3].reason, days[3].free, days[3].held) == ("", 10, 0)


def test_what_is_shown_free_can_be_booked(pool: SlotPool, member: Member) -> None:
    other = world.make_member()
    with later():
        book(member=other, asks=[Ask(pool, 10, day(2), day(4), 20)], hold_for=dt.timedelta(minutes=15))
        take(pool, other, 4, 5, 6)
    with later(minutes=15):
        for n, shown in seen(pool, member, slots=1).items():
            take(pool, member, shown.free, n)
        assert {d.free for d in seen(pool, member).values()} == {0}


def test_costs_the_same_for_a_week_and_for_a_year(
    pool: SlotPool, member: Member, django_assert_max_num_queries: Any
) -> None:
    with later():
        open_horizon()
        take(pool, member, 2, 3, 200)
        for last in (6, 366):
            with django_assert_max_num_queries(2):
                seen(pool, member, last)
