"""A series is booked whole or not at all, and its preview says what stands in the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from coop.kernel.errors import Invalid
from coop.kernel.recurrence import BadRule
from coop.models import Member
from fulfillment.capacity.errors import Full
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool
from fulfillment.capacity.services import (
    Ask,
    Series,
    book,
    book_series,
    open_pool,
    preview_series,
    set_capacity,
)
from tests import world
from tests.fulfillment.capacity_kit import booked, day, later, take, violations


@pytest.fixture
def pool(db: None) -> SlotPool:
    return world.make_pool(world.make_node(bins=0), slots=10)


def weekly(pool: SlotPool, **more: Any) -> Series:
    """Two days from each Tuesday, four times."""
    asked = {
        "pool": pool,
        "slots": 4,
        "skus": 5,
        "first_day": day(1),
        "days": 2,
        "rrule": "FREQ=WEEKLY;BYDAY=TU",
        "until": day(22),
    }
    return Series(**{**asked, **more})


def test_books_every_turn_as_one_group(pool: SlotPool, member: Member) -> None:
    with later():
        assert [o.clashes for o in preview_series(member=member, series=weekly(pool))] == [[], [], [], []]
        group = book_series(member=member, series=weekly(pool, title="Market weeks"))
    assert (group.kind, group.title, group.rrule) == ("series", "Market weeks", "FREQ=WEEKLY;BYDAY=TU")
    assert [b.first_day for b in group.bookings.order_by("first_day")] == [day(n) for n in (1, 8, 15, 22)]
    assert booked(pool) == dict.fromkeys((1, 2, 8, 9, 15, 16, 22, 23), 4)
    assert violations() == []


def test_the_preview_names_each_clash_and_booking_takes_nothing(pool: SlotPool, member: Member) -> None:
    with later():
        take(pool, world.make_member(), 8, 8)
        set_capacity(pool=pool, first=day(15), last=day(15), slots=0, reason="stocktaking")
        take(pool, world.make_member(), 1, 22, skus=797)
        book(
            member=world.make_member(),
            asks=[Ask(pool, 9, day(1), day(1))],
            hold_for=dt.timedelta(minutes=15),
        )
        series = weekly(pool)
        seen = [
            [(c.day, c.free, c.why) for c in o.clashes] for o in preview_series(member=member, series=series)
        ]
        assert seen == [
            [(day(1), 1, "only 1 free, 9 held until 1 Jun 11:15")],
            [(day(8), 2, "only 2 free")],
            [(day(15), 0, "stocktaking")],
            [(day(22), 3, "room for 3 more SKUs")],
        ]
        before = booked(pool)
        with pytest.raises(Full):
            book_series(member=member, series=series)
        assert not BookingGroup.objects.exists()
        assert booked(pool) == before
    with later(minutes=16):
        # The hold on the first day ran out.
        assert preview_series(member=member, series=series)[0].clashes == []
    assert violations() == []


def test_turns_that_overlap_add_up(pool: SlotPool, member: Member) -> None:
    series = weekly(pool, days=10, slots=6, until=day(8))
    with later():
        first, second = preview_series(member=member, series=series)
        assert [c.day for c in first.clashes] == [c.day for c in second.clashes] == [day(8), day(9), day(10)]
        with pytest.raises(Full):
            book_series(member=member, series=series)
        assert not Booking.objects.exists()
        book_series(member=member, series=replace(series, slots=5))
    assert booked(pool)[9] == 10


def test_a_dock_is_closed_at_weekends_also_on_days_nobody_opened(member: Member) -> None:
    node = world.make_node(bins=0)
    dock = open_pool(node=node, kind="dock", slots=2, opens_at=dt.time(8), closes_at=dt.time(10))
    with later():
        found = preview_series(
            member=member,
            series=Series(pool=dock, slots=1, first_day=day(4), rrule="FREQ=DAILY", until=day(6)),
        )
    assert [[c.why for c in o.clashes] for o in found] == [[], ["closed on Saturdays"], ["closed on Sundays"]]


def test_refuses_rules_without_end_or_day_and_too_many_turns(pool: SlotPool, member: Member) -> None:
    with later():
        for wrong in (
            {"rrule": "FREQ=DAILY;COUNT=3"},
            {"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"},
        ):
            with pytest.raises(BadRule):
                book_series(member=member, series=weekly(pool, **wrong))
        for silly in (
            {"until": day(0)},
            {"until": day(500)},
            {"days": 0},
            {"rrule": "FREQ=DAILY", "until": day(300)},
            {"slots": 0},
        ):
            with pytest.raises(Invalid):
                preview_series(member=member, series=weekly(pool, **silly))
            with pytest.raises(Invalid):
                book_series(member=member, series=weekly(pool, **silly))
    assert not BookingGroup.objects.exists()


def test_a_preview_costs_the_same_however_long_the_series(
    pool: SlotPool, member: Member, django_assert_max_num_queries: Any
) -> None:
    with later(), django_assert_max_num_queries(1):
        preview_series(member=member, series=weekly(pool, until=day(360)))
