"""A cycle changes: whose drops it would break is said first; accepted, they are moved and told."""

from __future__ import annotations

import datetime as dt

import pytest

from coop.kernel import clock
from coop.models import Node, OutboxMessage, Sku
from fulfillment.capacity.models import Booking
from fulfillment.drops.errors import BadRule, CycleInUse
from fulfillment.drops.models import CycleRun, Drop, ReplenishmentCycle
from fulfillment.drops.services import broken_by, change_cycle, plan_runs, retire_cycle
from tests import world
from tests.fulfillment.drops_kit import MARCH, audit

pytestmark = pytest.mark.node(bins=2)


@pytest.fixture
def mug(node: Node) -> Sku:
    return world.make_sku(world.make_member(slug="tidehouse"), code="MUG")


@pytest.fixture
def drop(mug: Sku, node: Node) -> Drop:
    with clock.at(MARCH):
        return world.make_drop(mug, node, title="Glazes")


@pytest.fixture
def cycle(drop: Drop) -> ReplenishmentCycle:
    return ReplenishmentCycle.objects.get()


def told() -> set[str]:
    return {row.payload["what"] for row in OutboxMessage.objects.filter(topic="drops.mail")}


def test_says_which_drops_a_change_would_break_and_changes_nothing(
    cycle: ReplenishmentCycle, drop: Drop
) -> None:
    runs = list(CycleRun.objects.values_list("dock_from", "is_off").order_by("pk"))
    with clock.at(MARCH):
        [vanishes] = broken_by(cycle, {"rrule": "FREQ=WEEKLY;BYDAY=TH"})
        [moves] = broken_by(cycle, {"dock_opens": dt.time(9)})
        assert broken_by(cycle, {"name": "Another name"}) == []
        with pytest.raises(CycleInUse) as refused:
            change_cycle(cycle=cycle, changes={"rrule": "FREQ=WEEKLY;BYDAY=TH"})
        with pytest.raises(BadRule):
            change_cycle(cycle=cycle, changes={"rrule": "now and then"}, accept=True)
    assert (vanishes.title, vanishes.to) == ("Glazes", None)
    assert moves.to is not None
    assert moves.to.astimezone(cycle.node.zone).hour == 9
    assert [b.drop_id for b in refused.value.broken] == [drop.pk]
    cycle.refresh_from_db()
    assert cycle.rrule == "FREQ=WEEKLY;BYDAY=TU"
    assert list(CycleRun.objects.values_list("dock_from", "is_off").order_by("pk")) == runs
    assert not told()


def test_a_change_that_breaks_nothing_needs_no_consent(cycle: ReplenishmentCycle, drop: Drop) -> None:
    with clock.at(MARCH):
        assert change_cycle(cycle=cycle, changes={"name": "Tuesdays"}) == []
        assert plan_runs(cycle=cycle, until=dt.date(2027, 5, 1)) == 0
    drop.refresh_from_db()
    assert drop.state == "reserved"


def test_a_run_that_moves_takes_its_drops_along(cycle: ReplenishmentCycle, drop: Drop, node: Node) -> None:
    with clock.at(MARCH):
        changes = {"dock_opens": dt.time(10), "available_hours": 30}
        assert len(change_cycle(cycle=cycle, changes=changes, accept=True)) == 1
    drop.refresh_from_db()
    run = drop.legs.get().run
    assert run.dock_from.astimezone(node.zone) == dt.datetime(2027, 3, 23, 10, tzinfo=node.zone)
    assert (drop.state, drop.opens_at) == ("reserved", run.available_from)
    assert CycleRun.objects.filter(cycle=cycle, dock_from__date=dt.date(2027, 3, 23)).count() == 1
    assert told() == {"house_slipped"}
    assert audit() == []


def test_a_run_that_vanishes_lets_its_drops_slip(cycle: ReplenishmentCycle, drop: Drop, node: Node) -> None:
    before = drop.opens_at
    with clock.at(MARCH):
        change_cycle(cycle=cycle, changes={"rrule": "FREQ=WEEKLY;BYDAY=TH"}, accept=True)
    drop.refresh_from_db()
    run = drop.legs.get().run
    assert run.dock_from.astimezone(node.zone).date() == dt.date(2027, 3, 25)
    assert drop.opens_at - before == dt.timedelta(days=2)
    assert not CycleRun.objects.filter(dock_from__date=dt.date(2027, 3, 23)).exists()
    assert told() == {"house_slipped"}
    assert audit() == []


def test_a_cycle_that_ends_makes_no_more_runs_and_its_drops_are_planned_again(
    cycle: ReplenishmentCycle, drop: Drop
) -> None:
    with clock.at(MARCH):
        with pytest.raises(CycleInUse):
            retire_cycle(cycle=cycle)
        retire_cycle(cycle=cycle, accept=True)
        from fulfillment.drops import tasks

        assert tasks.plan_runs() == 0
    drop.refresh_from_db()
    assert drop.state == "planned"
    assert [run.is_off for run in CycleRun.objects.filter(dock_from__gt=MARCH)] == [True]
    assert not Booking.objects.filter(state="booked").exists()
    assert told() == {"house_planned"}
    assert audit() == []


def test_a_cycle_that_is_back_has_its_days_again(cycle: ReplenishmentCycle, drop: Drop) -> None:
    with clock.at(MARCH):
        before = set(CycleRun.objects.filter(dock_from__gt=MARCH).values_list("dock_from", flat=True))
        retire_cycle(cycle=cycle, accept=True)
        change_cycle(cycle=ReplenishmentCycle.objects.get(), changes={"is_active": True})
        after = CycleRun.objects.filter(dock_from__gt=MARCH, is_off=False)
    assert set(after.values_list("dock_from", flat=True)) == before
