"""What is read as free can be booked at that moment, nothing else can, and everybody who is asked says the same.

Worlds are made at random: pools that share SKU places or follow the hours of their node, closed days, fewer slots than
usual, bookings, holds that run and holds that ran out without anybody sweeping up, members who wait, one of them barred.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coop.kernel import clock
from coop.kernel.errors import DomainError, Invalid
from coop.models import Closure, Member
from coop.nodes.services import close_on
from fulfillment.capacity.availability.asks import all_asked, asked
from fulfillment.capacity.availability.months import days_of_pool
from fulfillment.capacity.availability.reading import Reading, Reason, read, read_spans
from fulfillment.capacity.availability.search import Hit, find, nearest_that_fits, wish_of
from fulfillment.capacity.errors import Full, OnHold, OverTier
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.capacity.services import (
    Ask,
    Series,
    book,
    book_series,
    join_waitlist,
    open_days,
    open_pool,
    preview_series,
    set_capacity,
)
from fulfillment.drops.errors import NothingFits
from fulfillment.drops.models import CycleRun
from fulfillment.drops.services import DropInput, LegInput, preview_drop
from tests import world
from tests.fulfillment.capacity_kit import day, later, take, wait

MINUTES = dt.timedelta(minutes=15)
SPANS = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda ends: (min(ends), max(ends)))
POOLS = st.integers(0, 4)
SKUS = st.sampled_from([0, 1, 20, 30])
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), POOLS, st.integers(1, 4), SPANS, SKUS, st.sampled_from(["", "held", "over"])),
        st.tuples(st.just("wait"), POOLS, st.integers(1, 3), SPANS, SKUS, st.integers(0, 2)),
        st.tuples(st.just("fewer"), POOLS, st.integers(0, 3), SPANS),
        st.tuples(st.just("close"), st.integers(0, 6)),
        st.tuples(st.just("open"), POOLS, SPANS),
    ),
    min_size=2,
    max_size=9,
)  # fmt: skip
ASKS = st.tuples(POOLS, st.integers(1, 4), st.tuples(st.integers(-1, 6), st.integers(0, 3)), SKUS)


@dataclass
class World:
    """Two nodes side by side, and three members; the last of them is barred in the end."""

    pools: list[SlotPool]
    members: list[Member]

    def ask(self, pool: int, slots: int, days: tuple[int, int], skus: int) -> Ask:
        first, more = days
        return Ask(self.pools[pool], slots, day(first), day(first + more), skus)

    def happen(self, kind: str, *told: Any) -> None:
        """What the rules refuse does not happen."""
        with suppress(DomainError), transaction.atomic():
            getattr(self, kind)(*told)

    def book(self, pool: int, slots: int, span: tuple[int, int], skus: int, state: str) -> None:
        hold_for = {"": None, "held": dt.timedelta(days=2), "over": MINUTES}[state]
        ask = Ask(self.pools[pool], slots, day(span[0]), day(span[1]), skus)
        book(member=self.members[0], asks=[ask], hold_for=hold_for)

    def wait(self, pool: int, slots: int, span: tuple[int, int], skus: int, who: int) -> None:
        ask = Ask(self.pools[pool], slots, day(span[0]), day(span[1]), skus)
        join_waitlist(member=self.members[who], ask=ask)

    def fewer(self, pool: int, slots: int, span: tuple[int, int]) -> None:
        set_capacity(pool=self.pools[pool], first=day(span[0]), last=day(span[1]), slots=slots, reason="leak")

    def close(self, n: int) -> None:
        close_on(node=self.pools[0].node, days=[day(n)], reason="holiday", by=None)

    def open(self, pool: int, span: tuple[int, int]) -> None:
        open_days(pool=self.pools[pool], first=day(span[0]), last=day(span[1]))


def made(events: Sequence[tuple[Any, ...]]) -> World:
    """The world as it stands a day before the asks; its short holds run out in between."""
    node = world.make_node(bins=0, tier="same_day")
    there = world.make_node(bins=0, tier="next_day", latitude=Decimal("52.6"))
    pools = [
        open_pool(node=node, slots=4, storage_class="ambient"),
        open_pool(node=node, slots=3, storage_class="cold"),
        open_pool(node=node, slots=4, kind="picks"),
        open_pool(node=node, slots=2, kind="dock", opens_at=dt.time(8), closes_at=dt.time(10)),
        open_pool(node=there, slots=3, storage_class="ambient"),
    ]
    found = World(pools, [world.make_member() for _ in range(3)])
    with later(hours=-1):
        for event in events:
            found.happen(*event)
    Member.objects.filter(pk=found.members[2].pk).update(standing=Member.Standing.ON_HOLD, hold="steward")
    found.members[2].refresh_from_db()
    return found


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens inside leaves nothing behind, so that one database serves every example."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def works(does: Callable[[], object]) -> bool:
    """Whether it can be done now; it is taken back either way."""
    with transaction.atomic():
        try:
            does()
        except DomainError:
            return False
        finally:
            transaction.set_rollback(True)
    return True


def reading_of(asks: Sequence[Ask], member: Member) -> Reading:
    return read_spans(all_asked(asks), member=member)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, drawn=st.lists(ASKS, min_size=1, max_size=3), who=st.sampled_from([0, 1, 1, 2]))
def test_what_is_read_as_free_can_be_booked_and_nothing_else(
    db: None, events: list[Any], drawn: list[Any], who: int
) -> None:
    with forgotten():
        at = made(events)
        member, asks = at.members[who], [at.ask(*one) for one in drawn]
        with later():
            # Each for itself, and all of them at once.
            for some in ([ask] for ask in asks), [asks]:
                for together in some:
                    free = reading_of(together, member).has(all_asked(together))
                    assert free == works(lambda asks=together: book(member=member, asks=asks))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, drawn=ASKS, who=st.sampled_from([0, 1, 1, 2]))
def test_search_calendar_preview_and_the_better_node_say_what_booking_does(
    db: None, events: list[Any], drawn: Any, who: int
) -> None:
    with forgotten():
        at = made(events)
        member, ask = at.members[who], at.ask(*drawn)
        with later():
            lacks = reading_of([ask], member).lacking(asked(ask))
            free = works(lambda: book(member=member, asks=[ask]))
            hits = {hit.pool_id: hit for hit in find(wish_of(ask), member=member)}
            assert hits[ask.pool.pk].fits == free
            assert list(hits[ask.pool.pk].short) == [
                lack.day for lack in lacks if lack.pool_id == ask.pool.pk
            ]
            assert says_calendar(ask, member) == ("" if free else says_reading(ask, member))
            assert series_agree(ask, member)
            assert better_agrees(ask, nearest_that_fits(ask), at)


def says_reading(ask: Ask, member: Member) -> str:
    """The reason of the first day that lacks something: of the slots, or else of the SKU places."""
    reading = reading_of([ask], member)
    lacks = sorted(reading.lacking(asked(ask)), key=lambda lack: (lack.day, lack.pool_id != ask.pool.pk))
    return str(lacks[0].reason if lacks else Reason.ON_HOLD)


def says_calendar(ask: Ask, member: Member) -> str:
    """The reason of the first day that cannot be had."""
    days = days_of_pool(
        pool=ask.pool, own=None, first=ask.first_day, last=ask.last_day, slots=ask.slots, skus=ask.skus, member=member
    )  # fmt: skip
    return next((one.reason for one in days if one.why), "")


def series_agree(ask: Ask, member: Member) -> bool:
    """A preview without a clash is booked, one with a clash is not; once, and three days running."""
    once = Series(
        pool=ask.pool, slots=ask.slots, skus=ask.skus, first_day=ask.first_day, until=ask.first_day,
        days=(ask.last_day - ask.first_day).days + 1, rrule="FREQ=DAILY",
    )  # fmt: skip
    for series in (once, replace(once, until=ask.first_day + dt.timedelta(days=2))):
        try:
            promised = not any(turn.clashes for turn in preview_series(member=member, series=series))
        except DomainError:
            promised = False
        if promised != works(lambda series=series: book_series(member=member, series=series)):
            return False
    return True


def better_agrees(ask: Ask, better: Hit | None, at: World) -> bool:
    """The better node can be booked now; none is named only when there is none."""
    others = [
        pool
        for pool in at.pools
        if pool.pk != ask.pool.pk and (pool.kind, pool.storage_class) == (ask.pool.kind, ask.pool.storage_class)
    ]  # fmt: skip
    can = {
        pool.pk for pool in others if works(lambda p=pool: book(member=at.members[0], asks=[replace(ask, pool=p)]))
    }  # fmt: skip
    return better.pool_id in can if better else not can


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=max(10, settings().max_examples // 4),
)
@given(events=EVENTS, drawn=st.lists(ASKS, min_size=1, max_size=2), who=st.sampled_from([0, 1, 2]))
def test_the_preview_of_a_drop_names_what_is_read_as_lacking(
    db: None, events: list[Any], drawn: list[Any], who: int
) -> None:
    with forgotten():
        at = made(events)
        member, asks = at.members[who], [at.ask(*one) for one in drawn]
        with later():
            world.make_cycle(at.pools[0].node)
            run = CycleRun.objects.filter(announce_by__gt=clock.now()).order_by("dock_from")[0]
            leg = LegInput(run, [(world.make_sku(member), 1)], asks=asks)
            told = DropInput(title="Mugs", legs=[leg], opens_at=run.available_from)
            reading = reading_of(asks, member)
            lacks = reading.lacking(all_asked(asks))
            try:
                preview_drop(member=member, told=told)
            except NothingFits as refused:
                assert not reading.has(all_asked(asks))
                named = {(day, free) for missing in refused.missing for day, free in missing.days}
                assert named == {(lack.day, lack.free) for lack in lacks}
            except (Invalid, OnHold):
                assert reading.is_barred or any(lack.reason == Reason.OVER for lack in lacks)
            else:
                assert reading.has(all_asked(asks))


# What was told wrongly when each page had a rule of its own.


@pytest.fixture
def pool(db: None) -> SlotPool:
    return world.make_pool(world.make_node(bins=0), slots=10)


def test_what_a_hold_gives_back_belongs_to_those_who_wait_in_every_preview(pool: SlotPool) -> None:
    other, maya = world.make_member(), world.make_member()
    series = Series(pool=pool, slots=4, first_day=day(1), until=day(1), rrule="FREQ=DAILY")
    with later():
        book(member=other, asks=[Ask(pool, 10, day(1), day(1))], hold_for=MINUTES)
        wait(pool, other, 8, 1)
    with later(minutes=16):
        [turn] = preview_series(member=maya, series=series)
        [shown] = days_of_pool(pool=pool, own=None, first=day(1), last=day(1), slots=4)
        [hit] = find(wish_of(series.asks()[0]))
        assert [(clash.free, clash.why) for clash in turn.clashes] == [
            (2, "only 2 free, 1 on the waiting list")
        ]
        assert (shown.free, shown.reason, hit.free, hit.fits) == (2, "waiting", 2, False)
        # The control: not asking who waits, as one page did, there are ten, and booking refuses four of them.
        assert read([pool.pk], day(1), day(1)).days[pool.pk, day(1)].free == 10
        with pytest.raises(Full):
            book_series(member=maya, series=series)
        take(pool, maya, 2, 1)


def test_the_better_node_has_the_slots_too(pool: SlotPool) -> None:
    near, far = (
        world.make_pool(world.make_node(bins=0, tier="hub", name=name, latitude=Decimal(at)), slots=2)
        for name, at in (("Near", "52.6"), ("Far", "53.6"))
    )
    with later():
        take(near, world.make_member(), 2, 1)
        with pytest.raises(OverTier) as refused:
            take(pool, world.make_member(), 1, 1, skus=801)
    assert refused.value.better == "Far"
    assert far.node.name == "Far"


def test_a_member_on_hold_is_shown_nothing_that_she_cannot_book(pool: SlotPool) -> None:
    maya = world.make_member(standing=Member.Standing.ON_HOLD, hold="steward")
    ask = Ask(pool, 1, day(1), day(1))
    with later():
        assert [hit.fits for hit in find(wish_of(ask), member=maya)] == [False]
        shown = days_of_pool(pool=pool, own=None, first=day(1), last=day(1), slots=1, member=maya)
        assert [one.reason for one in shown] == ["on_hold"]
        with pytest.raises(OnHold):
            preview_series(
                member=maya,
                series=Series(pool=pool, slots=1, first_day=day(1), until=day(1), rrule="FREQ=DAILY"),
            )
        with pytest.raises(OnHold):
            book(member=maya, asks=[ask])


def test_a_day_that_nobody_opened_says_what_opening_it_would(pool: SlotPool) -> None:
    """The hours of the node are a rule of the database alone; here they are told once more, in plain words."""
    node = pool.node
    dock = open_pool(node=node, slots=2, kind="dock", opens_at=dt.time(17), closes_at=dt.time(19))
    early = open_pool(
        node=node, slots=2, kind="dock", name="early", opens_at=dt.time(6), closes_at=dt.time(8)
    )
    Closure.objects.create(node=node, day=day(2), reason="stocktaking")
    with later():
        seen = read([pool.pk, dock.pk, early.pk], day(0), day(6)).days
        told = {
            (view.pool_id, view.day): (view.capacity, view.note, view.is_closed) for view in seen.values()
        }
        for one in (pool, dock, early):
            open_days(pool=one, first=day(0), last=day(6))
    assert [told[dock.pk, day(n)][1] for n in range(7)] == [
        "", "", "stocktaking", "", "", "closed on Saturdays", "closed on Sundays",
    ]  # fmt: skip
    assert told[early.pk, day(0)] == (0, "open 08:00–18:00 on Mondays", True)
    assert told[pool.pk, day(2)] == (10, "", False)
    opened = {(d.pool_id, d.day): (d.capacity, d.note, d.closed) for d in PoolDay.objects.all()}
    assert {key: said for key, said in told.items() if key in opened} == opened
