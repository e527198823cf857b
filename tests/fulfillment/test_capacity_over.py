"""What is over of today: a dock when its window ended, picks and tables when the node closed; a shelf is not."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Closure, Member, Node
from fulfillment.capacity.availability.months import days_of_pool
from fulfillment.capacity.availability.reading import Reason, read
from fulfillment.capacity.models import SlotPool
from fulfillment.capacity.services import (
    HOLD,
    Ask,
    Series,
    Wish,
    book,
    change_booking,
    find,
    open_days,
    open_pool,
    preview_series,
)
from tests import world
from tests.fulfillment.capacity_kit import day, violations

pytestmark = pytest.mark.node(bins=0)

BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, n: int = 0) -> dt.datetime:
    """That time of the n-th day, on the node's wall."""
    return dt.datetime.combine(day(n), dt.time(hour, minute), tzinfo=BERLIN).astimezone(dt.UTC)


def offer(node: Node, kind: str) -> SlotPool:
    if kind == "shelf":
        return world.make_pool(node)
    window = {"opens_at": dt.time(8), "closes_at": dt.time(10)} if kind == "dock" else {}
    return open_pool(node=node, kind=kind, slots=3, **window)


def has_today(pool: SlotPool, member: Member) -> bool:
    """Whether slots of today can be had; everybody who is asked must say the same."""
    today = day(0)
    view = read([pool.pk], today, today).days[pool.pk, today]
    assert view.is_over == (view.why_not(1) == Reason.OVER)
    [shown] = days_of_pool(pool=pool, own=None, first=today, last=today, slots=1)
    [hit] = find(Wish(pool.kind, pool.storage_class, today, today, 1))
    ask = Ask(pool, 1, today, today)
    try:
        book(member=member, asks=[ask], hold_for=HOLD)
        held = True
    except Invalid:
        held = False
    assert {not view.is_over, not shown.why, hit.fits} == {held}
    return held


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize(
    ("kind", "until"),
    [("dock", at(10)), ("picks", at(18)), ("table", at(18)), ("shelf", at(0, n=1))],
)
def test_slots_of_today_can_be_had_until_they_are_over(
    node: Node, member: Member, kind: str, until: dt.datetime, opened: bool
) -> None:
    pool = offer(node, kind)
    if opened:
        with clock.at(at(0)):
            open_days(pool=pool, first=day(0), last=day(1))
    second = dt.timedelta(seconds=1)
    with clock.at(until - second):
        assert has_today(pool, member)
    with clock.at(until):
        assert not has_today(pool, member)
        [tomorrow] = find(Wish(pool.kind, pool.storage_class, day(1), day(1), 1))
        assert tomorrow.fits
    assert violations() == []


def test_a_node_without_hours_works_to_the_end_of_its_day(db: None, member: Member) -> None:
    pool = offer(world.make_node(bins=0, week={}), "table")
    with clock.at(at(23, 59)):
        assert has_today(pool, member)


def test_a_day_off_is_closed_before_it_is_over(node: Node) -> None:
    pool = offer(node, "table")
    Closure.objects.create(node=node, day=day(0), reason="Frost")
    with clock.at(at(9)):
        view = read([pool.pk], day(0), day(0)).days[pool.pk, day(0)]
        assert view.why_not(1) == Reason.BLOCKED


def test_a_series_and_a_change_begin_no_earlier(node: Node, member: Member) -> None:
    pool = offer(node, "dock")
    series = Series(pool=pool, slots=1, first_day=day(0), until=day(3), rrule="FREQ=DAILY")
    with clock.at(at(10)):
        with pytest.raises(Invalid, match="over for today"):
            preview_series(member=member, series=series)
        [later] = book(member=member, asks=[Ask(pool, 1, day(2), day(2))])
        with pytest.raises(Invalid, match="over for today"):
            change_booking(booking=later, first_day=day(0), last_day=day(0))
    with clock.at(at(9)):
        assert [one.clashes for one in preview_series(member=member, series=series)] == [[], [], [], []]


# The hour from 2 to 3 comes twice on that night; a window that ends at 2:30 ends when it is 2:30 for the last time.
def test_the_hour_that_comes_twice_is_told_apart(db: None, member: Member) -> None:
    night = dt.date(2026, 10, 25)
    node = world.make_node(bins=0, week={n: (dt.time(0), dt.time(18)) for n in range(7)})
    dock = open_pool(node=node, kind="dock", slots=3, opens_at=dt.time(1), closes_at=dt.time(2, 30))
    ends = dt.datetime.combine(night, dt.time(2, 30, fold=1), tzinfo=BERLIN).astimezone(dt.UTC)
    for moment, is_over in ((ends - dt.timedelta(hours=1), False), (ends, True)):
        with clock.at(moment):
            assert read([dock.pk], night, night).days[dock.pk, night].is_over == is_over
