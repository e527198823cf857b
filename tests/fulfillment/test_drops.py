"""Cycles make runs in the node's own time; a drop opens no earlier than its goods."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Closure, Node, Sku
from fulfillment.drops import tasks
from fulfillment.drops.errors import BadRule, DropIsOver, OpensTooEarly, TooLateForRun, WrongState
from fulfillment.drops.models import CycleRun, Drop, DropLeg
from fulfillment.drops.plan.run_times import run_days
from fulfillment.drops.services import (
    LegInput,
    cancel_drop,
    close_drop,
    open_and_close_drops,
    plan_runs,
    schedule_drop,
)
from fulfillment.inventory.services import make_claim
from tests import world

MARCH = dt.datetime(2027, 3, 15, 9, tzinfo=dt.UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(bins=1)
    world.make_pools(node)
    return node


@pytest.fixture
def sku(node: Node) -> Sku:
    return world.make_sku(world.make_member())


def first_run(node: Node) -> CycleRun:
    world.make_cycle(node)
    return CycleRun.objects.select_related("cycle__node").order_by("dock_from")[0]


def test_runs_keep_the_wall_clock_over_daylight_saving(node: Node) -> None:
    with clock.at(MARCH):
        world.make_cycle(node)
    runs = CycleRun.objects.order_by("dock_from")[:3]
    # Berlin turns its clocks on 28 March 2027: 8:00 is 7:00 UTC before and 6:00 UTC after.
    assert [(r.dock_from.date().isoformat(), r.dock_from.hour) for r in runs] == [
        ("2027-03-16", 7),
        ("2027-03-23", 7),
        ("2027-03-30", 6),
    ]
    assert {r.dock_from.astimezone(BERLIN).time() for r in runs} == {dt.time(8)}
    assert {(r.dock_from - r.announce_by).total_seconds() for r in runs} == {48 * 3600}
    assert all(r.available_from - r.dock_from == dt.timedelta(hours=24) for r in runs)


def test_announce_by_is_wall_clock_across_the_change(node: Node) -> None:
    with clock.at(MARCH):
        world.make_cycle(node, rrule="FREQ=WEEKLY;BYDAY=MO", announce_days=2)
    run = CycleRun.objects.get(dock_from=dt.datetime(2027, 3, 29, 8, tzinfo=BERLIN))
    # Saturday 8:00 to Monday 8:00 is 47 hours when an hour is lost between.
    assert run.announce_by.astimezone(BERLIN).time() == dt.time(8)
    assert run.dock_from - run.announce_by == dt.timedelta(hours=47)


def test_planning_again_makes_no_run_twice_and_reaches_further(node: Node) -> None:
    with clock.at(MARCH):
        cycle = world.make_cycle(node)
        before = CycleRun.objects.count()
        assert plan_runs(cycle=cycle, until=dt.date(2027, 5, 1)) == 0
        assert tasks.plan_runs() == 0
    with clock.at(MARCH + dt.timedelta(days=14)):
        assert tasks.plan_runs() == 2
    assert CycleRun.objects.count() == before + 2


def test_a_closed_day_has_no_run(node: Node) -> None:
    Closure.objects.create(node=node, day=dt.date(2027, 3, 23), reason="Stock-taking")
    with clock.at(MARCH):
        world.make_cycle(node)
    assert not CycleRun.objects.filter(dock_from__date=dt.date(2027, 3, 23)).exists()


@pytest.mark.parametrize(
    "rule",
    [
        "every tuesday",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;COUNT=3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;UNTIL=tomorrow",
        "FREQ=WEEKLY\nRDATE:20270101",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=999999999999",
    ],
)
def test_refuses_a_rule_that_cannot_be_read_or_never_happens(node: Node, rule: str) -> None:
    with clock.at(MARCH), pytest.raises(BadRule):
        world.make_cycle(node, rrule=rule)
    assert not CycleRun.objects.exists()


def test_a_rule_ends_with_until() -> None:
    days = run_days(
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270325", dt.date(2027, 3, 15), dt.date(2027, 3, 15), dt.date(2027, 6, 1)
    )
    assert days == [dt.date(2027, 3, 16), dt.date(2027, 3, 23)]


def test_every_other_week_counts_from_the_start() -> None:
    days = run_days(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", dt.date(2027, 3, 2), dt.date(2027, 3, 15), dt.date(2027, 4, 1)
    )
    assert days == [dt.date(2027, 3, 16), dt.date(2027, 3, 30)]


def test_a_drop_opens_when_its_goods_are_there(node: Node, sku: Sku) -> None:
    with clock.at(MARCH - dt.timedelta(days=7)):
        run = first_run(node)
        late = CycleRun.objects.filter(announce_by__gt=clock.now()).select_related("cycle__node")[0]
        drop = schedule_drop(
            member=sku.member,
            legs=[LegInput(late, [(sku, 20)])],
            title="Glazes",
            opens_at=late.available_from,
        )
    assert drop.legs.get().available_from == late.available_from
    assert run.pk != late.pk


def test_refuses_to_open_before_the_goods_are_there(node: Node, sku: Sku) -> None:
    with clock.at(MARCH - dt.timedelta(days=4)):
        run = first_run(node)
        with pytest.raises(OpensTooEarly, match="Wed 17 Mar 2027 08:00"):
            schedule_drop(
                member=sku.member,
                legs=[LegInput(run, [(sku, 20)])],
                title="Glazes",
                opens_at=run.available_from - dt.timedelta(seconds=1),
            )
    assert not Drop.objects.exists()


def test_the_database_itself_refuses_an_early_drop(node: Node, sku: Sku) -> None:
    with clock.at(MARCH - dt.timedelta(days=4)):
        run = first_run(node)
        claim = make_claim(member=sku.member, kind="drop", what="x")
        drop = Drop.objects.create(member=sku.member, claim=claim, title="x", opens_at=run.available_from)
    early = run.available_from - dt.timedelta(hours=1)
    # Honest about the run, lying about the run, lying about the drop.
    for available, opens in ((run.available_from, early), (early, early), (early, run.available_from)):
        with pytest.raises(IntegrityError), transaction.atomic():
            DropLeg.objects.create(drop=drop, run=run, available_from=available, opens_at=opens)
    DropLeg.objects.create(drop=drop, run=run, available_from=run.available_from, opens_at=run.available_from)
    with pytest.raises(IntegrityError), transaction.atomic():
        Drop.objects.filter(pk=drop.pk).update(opens_at=early)


def test_refuses_a_run_whose_goods_can_no_longer_be_announced(node: Node, sku: Sku) -> None:
    with clock.at(MARCH):
        run = first_run(node)  # tomorrow; it had to be announced yesterday
        with pytest.raises(TooLateForRun):
            schedule_drop(
                member=sku.member, legs=[LegInput(run, [(sku, 1)])], title="x", opens_at=run.available_from
            )
    assert not Drop.objects.exists()


def test_refuses_nothing_foreign_goods_and_an_end_before_the_start(node: Node, sku: Sku) -> None:
    foreign = world.make_sku(world.make_member())
    with clock.at(MARCH - dt.timedelta(days=4)):
        run = first_run(node)
        opens = run.available_from
        for lines, closes in (([], None), ([(foreign, 1)], None), ([(sku, 0)], None), ([(sku, 1)], opens)):
            with pytest.raises(Invalid):
                schedule_drop(
                    member=sku.member,
                    legs=[LegInput(run, lines)],
                    title="x",
                    opens_at=opens,
                    closes_at=closes,
                )
    assert not Drop.objects.exists()


def test_a_drop_goes_live_and_ends_at_its_times(node: Node, sku: Sku) -> None:
    with clock.at(MARCH - dt.timedelta(days=4)):
        run = first_run(node)
        opens = run.available_from
        drop = world.make_drop(sku, node, 1, title="a", closes_at=opens + dt.timedelta(days=1))
        endless = world.make_drop(sku, node, 1, title="b")
        gone = cancel_drop(drop=world.make_drop(sku, node, 1, title="c"))
        late = world.make_drop(sku, node, 1, title="d")
        for coming in (drop, endless):
            world.bring_in(coming)
        assert open_and_close_drops() == (0, 0)
    with clock.at(opens):
        assert tasks.open_and_close() == [2, 0]
        assert tasks.open_and_close() == [0, 0]
        with pytest.raises(WrongState):
            cancel_drop(drop=drop)
    with clock.at(opens + dt.timedelta(days=1)):
        assert open_and_close_drops() == (0, 1)
        close_drop(drop=endless)
        with pytest.raises(DropIsOver):
            close_drop(drop=gone)
        with pytest.raises(WrongState):
            close_drop(drop=late)
    assert dict(Drop.objects.values_list("title", "state")) == {
        "a": "closed",
        "b": "closed",
        "c": "cancelled",
        "d": "reserved",
    }
