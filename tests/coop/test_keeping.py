"""The street's pages are drawn once and kept: never older than the truth, never somebody else's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coop.directory import keeping
from coop.kernel import clock
from coop.nodes import edition, services
from coop.nodes.hours import Schedule
from coop.nodes.models import Node
from coop.nodes.services import NodeDetails
from fulfillment.capacity.services import close_days, reopen_days
from tests import world

# A Monday; the node works from 8 to 18 and its cutoff is at 14:00, node time (CET).
MONDAY = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
CUTOFF = dt.datetime(2026, 3, 2, 13, tzinfo=dt.UTC)


@pytest.fixture
def node(fresh_db: str) -> Iterator[Node]:
    """A node in rows that are committed: nothing is kept inside a transaction, where most tests live."""
    cache.clear()
    keeping._pages.clear()
    yield world.make_node(slug="kreuzberg")
    keeping._pages.clear()


def read(path: str = "/nodes/kreuzberg/", client: Client | None = None) -> str:
    return (client or Client()).get(path).content.decode()


def details(node: Node, **changed: object) -> NodeDetails:
    names = NodeDetails.__dataclass_fields__
    return NodeDetails(**{**{name: getattr(node, name) for name in names}, **changed})


@pytest.mark.parametrize("path", ["/", "/nodes/", "/nodes/kreuzberg/"])
def test_the_second_visitor_costs_no_statement(node: Node, path: str) -> None:
    with clock.at(MONDAY):
        first = read(path)
        with CaptureQueriesContext(connection) as statements:
            assert read(path) == first
    assert len(statements) == 0
    assert "Kreuzberg" in first


def test_a_changed_node_is_seen_at_once(node: Node) -> None:
    with clock.at(MONDAY):
        assert "Order by 14:00" in read("/")
        services.change_node(node=node, details=details(node, cutoff_at=dt.time(13, 30)), by=None)
        assert "Order by 13:30" in read("/")
        assert "Order by 13:30" in read("/nodes/")
        services.change_node(node=node, details=details(node, is_open=False), by=None)
        assert "Kreuzberg" not in read("/")
        assert Client().get("/nodes/kreuzberg/").status_code == 404


def test_a_new_node_is_seen_at_once(node: Node) -> None:
    assert "Wedding" not in read("/")
    world.make_node(slug="wedding")
    assert "Wedding" in read("/")


def test_hours_and_closures_are_seen_at_once(node: Node) -> None:
    with clock.at(MONDAY):
        assert "08:00–18:00" in read()
        services.set_opening_hours(node=node, hours={0: (dt.time(9), dt.time(16))}, by=None)
        assert "09:00–16:00" in read()
        services.close_on(node=node, days=[dt.date(2026, 3, 4)], reason="Stocktaking", by=None)
        assert "Stocktaking" in read()
        services.reopen_on(node=node, days=[dt.date(2026, 3, 4)], by=None)
        assert "Stocktaking" not in read()


def test_days_that_are_closed_with_their_slots_are_seen_at_once(node: Node) -> None:
    with clock.at(MONDAY):
        read()
        day = dt.date(2026, 3, 4)
        close_days(node=node, first=day, last=day, reason="Stocktaking", by=None)
        assert "Stocktaking" in read()
        reopen_days(node=node, first=day, last=day, by=None)
        assert "Stocktaking" not in read()


def test_an_act_that_fails_begins_no_edition(node: Node) -> None:
    services.close_on(node=node, days=[dt.date(2026, 3, 4)], reason="Stocktaking", by=None)
    before = edition.current()
    with pytest.raises(services.sites.ZoneUnknown):
        services.change_node(node=node, details=details(node, timezone="Europe/Atlantis"), by=None)
    assert edition.current() == before


def test_the_promise_changes_in_the_moment_of_the_cutoff(node: Node) -> None:
    today, tomorrow = "Mon 2 Mar 2026, 18:00", "Tue 3 Mar 2026, 18:00"
    with clock.at(CUTOFF - dt.timedelta(minutes=1)):
        assert today in read()
    with clock.at(CUTOFF):
        assert today in read()
    with clock.at(CUTOFF + dt.timedelta.resolution):
        assert tomorrow in read()
    with clock.at(CUTOFF - dt.timedelta(minutes=1)):
        assert today in read()


def test_another_day_begins_at_the_nodes_midnight(node: Node) -> None:
    midnight = dt.datetime(2026, 3, 2, 23, tzinfo=dt.UTC)

    def day_marked() -> str:
        return read().partition(' <span class="quiet">today</span>')[0].rpartition(">")[2]

    with clock.at(midnight - dt.timedelta.resolution):
        assert day_marked() == "Monday"
    with clock.at(midnight):
        assert day_marked() == "Tuesday"


def test_without_news_of_an_edition_the_old_words_end_by_themselves(node: Node) -> None:
    with clock.at(MONDAY):
        read("/")
    Node.objects.update(name="Renamed behind the services' back")
    with clock.at(MONDAY + keeping.LONGEST):
        assert "Renamed" in read("/")


def test_nobody_reads_another_persons_page(node: Node) -> None:
    person = world.client_of(world.make_user())
    with clock.at(MONDAY):
        assert "Go to work" in read("/", person)
        stranger = read("/")
        assert "Sign in" in stranger
        assert "Go to work" not in stranger
        assert "Go to work" in read("/", person)


def test_a_strangers_page_holds_no_token_and_sets_no_cookie(node: Node) -> None:
    for _ in range(2):
        answer = Client().get("/")
        assert "csrf-token" not in answer.content.decode()
        assert not answer.cookies
        assert answer["Vary"] == "Cookie"
        assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "csrf-token" in read("/", world.client_of(world.make_user()))


def test_who_says_where_they_are_is_answered_alone(node: Node) -> None:
    assert "km from you" in read("/nodes/?near=52.5,13.4")
    assert "km from you" not in read("/nodes/")
    assert "km from you" in read("/nodes/?near=52.5,13.4")


def test_nothing_is_kept_that_a_transaction_may_take_back(node: Node) -> None:
    from django.db import transaction

    with clock.at(MONDAY):
        with transaction.atomic():
            Node.objects.update(name="Never committed")
            assert "Never committed" in read("/")
            transaction.set_rollback(True)
        assert "Never committed" not in read("/")


def test_without_redis_pages_are_drawn_each_time(node: Node, settings: pytest.FixtureRequest) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    assert edition.current() is None
    assert "Kreuzberg" in read("/")


def test_the_turns_of_a_day_are_opening_cutoff_closing_and_midnight() -> None:
    from zoneinfo import ZoneInfo

    schedule = Schedule(ZoneInfo("Europe/Berlin"), dt.time(14), {0: (dt.time(8), dt.time(18))})
    turns, now = [], dt.datetime(2026, 3, 1, 23, tzinfo=dt.UTC)
    for _ in range(5):
        now = schedule.next_turn(now)
        turns.append(f"{now:%d %H:%M:%S.%f}")
    assert turns == [
        "02 07:00:00.000000",
        "02 13:00:00.000001",
        "02 17:00:00.000000",
        "02 23:00:00.000000",
        "03 23:00:00.000000",
    ]


def test_an_act_stands_when_redis_does_not_hear_of_it(fresh_db: str, settings: Any, tmp_path: Path) -> None:
    nowhere = {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/redis.sock?db=0"}
    settings.CACHES = {"default": nowhere}
    node = world.make_node(slug="kreuzberg")
    services.change_node(node=node, details=details(node, name="Kreuzberg West"), by=None)
    assert Node.objects.get().name == "Kreuzberg West"
    assert "Kreuzberg West" in read()
