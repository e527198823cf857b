"""What a booking would cost is what it will be billed: the same rating, asked beforehand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.charges.models import Charge
from billing.charges.services import rate_activities
from coop.kernel import clock
from coop.models import Member, Node
from fulfillment.capacity.models import SlotPool
from fulfillment.capacity.services import book_slots, open_pool, record_storage
from tests import world

pytestmark = pytest.mark.node(slug="kreuzberg", bins=0)

FIRST = dt.date(2027, 3, 1)
URL = "/portal/tidehouse/costs/quote/"


def asked(*pools: SlotPool, slots: int = 3, first: dt.date = FIRST, days: int = 7) -> dict[str, Any]:
    last = first + dt.timedelta(days=days - 1)
    return {"pool": [p.pk for p in pools], "slots": slots, "first_day": first, "last_day": last}


def words(client: Client, data: dict[str, Any], **headers: Any) -> str:
    answer = client.get(URL, data, headers={"HX-Request": "true", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_quote_is_what_is_billed_afterwards(maya: Client, member: Member, pool: SlotPool) -> None:
    world.make_rate_card(name="Prices 2026", prices={"storage": "0.22"})
    today = clock.today(pool.node.timezone)
    page = maya.get(URL, asked(pool, first=today), headers={"HX-Request": "true"})
    [quote] = page.context["quotes"]
    assert (quote.total, quote.per_day) == (Decimal("4.62"), Decimal("0.66"))
    assert "Prices 2026" in page.content.decode()
    last = today + dt.timedelta(days=6)
    book_slots(member=member, pool=pool, slots=3, first_day=today, last_day=last)
    for n in range(7):
        with clock.at(clock.now() + dt.timedelta(days=n)):
            record_storage(node=pool.node, day=today + dt.timedelta(days=n))
    rate_activities()
    assert sum(charge.amount for charge in Charge.objects.all()) == quote.total


def test_a_price_that_changes_on_the_way_is_two_lines(maya: Client, pool: SlotPool) -> None:
    world.make_rate_card(prices={"storage": "0.20"}, name="Winter", valid_until=dt.date(2027, 3, 3))
    world.make_rate_card(prices={"storage": "0.30"}, name="Spring", valid_from=dt.date(2027, 3, 4))
    [quote] = maya.get(URL, asked(pool, slots=1)).context["quotes"]
    assert [(one.card, one.days, one.amount) for one in quote.lines] == [
        ("Winter", 3, Decimal("0.60")),
        ("Spring", 4, Decimal("1.20")),
    ]
    assert quote.per_day is None


def test_what_has_no_price_says_so_instead_of_nothing(maya: Client, pool: SlotPool) -> None:
    said = words(maya, asked(pool))
    assert "No price yet." in said
    assert "No rate card in EUR is in force on 2027-03-01." in said
    assert "€0.00" not in said
    world.make_rate_card(prices={"storage": "0.20"}, valid_from=dt.date(2027, 3, 5))
    assert "4 days without a price yet" in words(maya, asked(pool))


def test_a_members_own_price_is_hers_alone(maya: Client, pool: SlotPool) -> None:
    world.make_rate_card(prices={"storage": "0.20"})
    world.make_rate_card(member=world.make_member(), prices={"storage": "0.01"})
    [quote] = maya.get(URL, asked(pool, slots=1, days=1)).context["quotes"]
    assert quote.total == Decimal("0.20")


def test_docks_tables_and_picks_are_priced_as_they_are_recorded(maya: Client, node: Node) -> None:
    world.make_rate_card(prices={"dock": "9.00", "table": "25.00", "pick": "0.42"})
    dock = open_pool(node=node, slots=2, kind="dock", opens_at=dt.time(8), closes_at=dt.time(10))
    table = open_pool(node=node, slots=4, kind="table")
    picks = open_pool(node=node, slots=500, kind="picks")
    found = {
        q.pool: (q.total, q.on_use)
        for q in maya.get(URL, asked(dock, table, picks, slots=2, days=1)).context["quotes"]
    }
    assert found == {
        dock: (Decimal("18.00"), False),
        table: (Decimal("50.00"), False),
        picks: (Decimal("0.84"), True),
    }


def test_many_pools_cost_as_many_queries_as_one(maya: Client) -> None:
    world.make_rate_card()
    pools = [world.make_pool(world.make_node(bins=0)) for _ in range(6)]
    counts = []
    for some in (pools[:1], pools):
        with CaptureQueriesContext(connection) as seen:
            said = words(maya, {**asked(*some), "each": 1})
        assert all(f'id="quote-{p.pk}" hx-swap-oob="true"' in said for p in some)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_difference_to_a_booking_is_of_the_days_ahead(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    world.make_rate_card(prices={"storage": "0.50"})
    booking = book_slots(
        member=member, pool=pool, slots=2, first_day=FIRST, last_day=FIRST + dt.timedelta(days=3)
    )
    said = words(maya, {**asked(pool, slots=3, days=4), "instead": booking.pk})
    assert "€2.00 more" in said
    assert "€4.00" in said
    other = book_slots(member=world.make_member(), pool=pool, slots=1, first_day=FIRST, last_day=FIRST)
    assert "as they are now" not in words(maya, {**asked(pool), "instead": other.pk})
    assert "as they are now" not in words(maya, {**asked(pool), "instead": "nonsense"})


def test_a_series_is_priced_as_a_whole(maya: Client, pool: SlotPool) -> None:
    world.make_rate_card(prices={"storage": "0.50"})
    weeks = [FIRST + dt.timedelta(weeks=n) for n in range(3)]
    data = {"pool": pool.pk, "slots": 1, "first_day": weeks, "last_day": weeks}
    [quote] = maya.get(URL, data).context["quotes"]
    assert quote.total == Decimal("1.50")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"slots": "0"},
        {"first_day": "soon"},
        {"last_day": "2027-02-01"},
        {"last_day": "2029-03-01"},
        {"pool": "x"},
    ],
)
def test_nonsense_gets_no_price(maya: Client, pool: SlotPool, wrong: dict[str, str]) -> None:
    page = maya.get(URL, {**asked(pool), **wrong} if wrong else {})
    assert page.status_code == 200
    assert "quotes" not in page.context


def test_without_script_it_is_a_page_with_a_way_back(maya: Client, pool: SlotPool) -> None:
    world.make_rate_card()
    page = maya.get(URL, asked(pool)).content.decode()
    assert "<html" in page
    assert reverse("portal:slot-list", kwargs={"member": "tidehouse"}) in page
