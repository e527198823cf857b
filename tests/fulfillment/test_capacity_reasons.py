"""Why slots cannot be had is said in the same words by the calendar, the preview, search and the refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coop.models import Closure, Member, Node
from fulfillment.capacity.availability.months import days_of_pool
from fulfillment.capacity.errors import Full, NeverFits, OverTier
from fulfillment.capacity.models import SlotPool
from fulfillment.capacity.services import (
    HOLD,
    Ask,
    Series,
    book,
    book_series,
    join_waitlist,
    open_pool,
    preview_series,
    set_capacity,
)
from tests import world
from tests.fulfillment.capacity_kit import day, later, take, wait

pytestmark = pytest.mark.node(slug="kreuzberg", bins=0)

SLOTS = "/portal/tidehouse/slots/"


@pytest.fixture
def table(node: Node) -> SlotPool:
    return open_pool(node=node, kind="table", slots=3)


def asked(pool: SlotPool, n: int, slots: int = 1) -> dict[str, Any]:
    return {"pool": pool.pk, "slots": slots, "first_day": f"{day(n)}", "last_day": f"{day(n)}"}


def found(client: Client, n: int, slots: int = 1) -> Any:
    ask = {"what": "table", "slots": slots, "first_day": f"{day(n)}", "last_day": f"{day(n)}"}
    return client.get(f"{SLOTS}find/", ask)


def _frost(pool: SlotPool) -> str:
    Closure.objects.create(node=pool.node, day=day(2), reason="Frost")
    return "Frost"


def _broken(pool: SlotPool) -> str:
    set_capacity(pool=pool, first=day(2), last=day(2), slots=0, reason="All tables are broken")
    return "All tables are broken"


def _booked(pool: SlotPool) -> str:
    take(pool, world.make_member(), 3, 2)
    return "all 3 taken"


def _held(pool: SlotPool) -> str:
    book(member=world.make_member(), asks=[Ask(pool, 3, day(2), day(2))], hold_for=HOLD)
    return "all 3 taken, 3 of them held until 1 Jun 11:15"


def _waited_for(pool: SlotPool) -> str:
    take(pool, world.make_member(), 3, 2)
    wait(pool, world.make_member(), 2, 2)
    return "all 3 taken, 1 on the waiting list"


@pytest.mark.parametrize("because", [_frost, _broken, _booked, _held, _waited_for])
def test_everybody_who_is_asked_says_the_same(
    maya: Client, member: Member, table: SlotPool, because: Callable[[SlotPool], str]
) -> None:
    with later():
        words = because(table)
        [shown] = days_of_pool(pool=table, own=None, first=day(2), last=day(2), slots=1)
        series = Series(pool=table, slots=1, first_day=day(2), until=day(2), rrule="FREQ=DAILY")
        [[clash]] = [one.clashes for one in preview_series(member=member, series=series)]
        [result] = found(maya, 2).context["results"]
        assert (shown.why, clash.why, result.reasons) == (words, words, [(day(2), words)])
        sentence = f"Not free: 1 pop-up table on 03 Jun 2026 ({words}). Take other days."
        with pytest.raises(Full) as refused:
            book_series(member=member, series=series)
        assert refused.value.message == sentence
        page = maya.post(f"{SLOTS}hold/", asked(table, 2))
        assert page.status_code == 409
        assert sentence in page.content.decode()


def test_fewer_are_only_proposed_where_some_are_free(member: Member, table: SlotPool) -> None:
    with later():
        take(table, world.make_member(), 2, 2)
        with pytest.raises(Full) as refused:
            take(table, member, 2, 2)
    assert refused.value.message == (
        "Not free: 2 pop-up tables on 03 Jun 2026 (only 1 free). Take fewer or other days."
    )


def test_the_tier_is_refused_in_the_words_of_the_calendar(member: Member) -> None:
    shelf = world.make_pool(world.make_node(tier="same_day", bins=0))
    with later():
        take(shelf, world.make_member(), 1, 2, skus=48)
        [shown] = days_of_pool(pool=shelf, own=None, first=day(2), last=day(2), slots=1, skus=5)
        assert shown.why == "room for 1 more SKU"
        with pytest.raises(OverTier, match=r"on 03 Jun 2026 \(room for 1 more SKU\)"):
            take(shelf, member, 1, 2, skus=5)


@pytest.mark.parametrize(
    ("kind", "one", "several"),
    [
        ("shelf", "1 slot", "2 slots"),
        ("dock", "1 dock appointment 08:00–10:00 (Ramp)", "2 dock appointments 08:00–10:00 (Ramp)"),
        ("picks", "1 pick", "2 picks"),
        ("table", "1 pop-up table", "2 pop-up tables"),
        ("assortment", "1 SKU place", "2 SKU places"),
    ],
)
def test_one_is_said_in_the_singular(kind: str, one: str, several: str) -> None:
    pool = SlotPool(kind=kind)
    if kind == "dock":
        pool = SlotPool(kind=kind, opens_at=dt.time(8), closes_at=dt.time(10), name="Ramp")
    assert (pool.amount(1), pool.amount(2)) == (one, several)


class TestWaiting:
    def test_nobody_waits_for_a_day_the_node_does_not_work(
        self, maya: Client, member: Member, table: SlotPool
    ) -> None:
        with later():
            Closure.objects.create(node=table.node, day=day(2), reason="Frost")
            for first, last, why in ((2, 2, "Frost"), (4, 5, "closed on Saturdays")):
                with pytest.raises(NeverFits, match=f"does not work on .* .{why}.") as refused:
                    join_waitlist(member=member, ask=Ask(table, 1, day(first), day(last)))
                assert refused.value.field == "first_day"
            assert maya.post(f"{SLOTS}waiting/join/", asked(table, 2)).status_code == 422
            for page in (found(maya, 2), maya.post(f"{SLOTS}hold/", asked(table, 2))):
                assert "Join the waiting list" not in page.content.decode()

    def test_a_day_that_is_full_or_shrunk_by_hand_can_be_waited_for(
        self, maya: Client, member: Member, table: SlotPool
    ) -> None:
        with later():
            _booked(table)
            set_capacity(pool=table, first=day(3), last=day(3), slots=0, reason="All tables are broken")
            for n in (2, 3):
                for page in (found(maya, n), maya.post(f"{SLOTS}hold/", asked(table, n))):
                    assert "Join the waiting list" in page.content.decode()
                join_waitlist(member=member, ask=Ask(table, 1, day(n), day(n)))

    def test_more_than_there_ever_are_and_days_that_have_begun_have_no_button(
        self, maya: Client, table: SlotPool
    ) -> None:
        with later():
            take(table, world.make_member(), 3, 0)
            for n, slots in ((0, 1), (2, 4)):
                for page in (found(maya, n, slots), maya.post(f"{SLOTS}hold/", asked(table, n, slots))):
                    assert "Join the waiting list" not in page.content.decode()

    def test_goods_on_a_shelf_can_be_waited_for_on_closed_days(self, member: Member, node: Node) -> None:
        shelf = world.make_pool(node)
        Closure.objects.create(node=node, day=day(2), reason="Frost")
        with later():
            take(shelf, world.make_member(), 10, 2)
            assert wait(shelf, member, 1, 2).state == "waiting"
