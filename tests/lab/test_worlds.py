"""Worlds: made small they are what they say, keep the audit where they claim to, and copied they are what was made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, connections

from coop.models import Node
from fulfillment.models import Activity, Booking, Order, PoolDay
from lab import worlds
from lab.worlds import kept
from tests import world

DB = pytest.mark.django_db


def test_a_long_list_is_one_members_and_the_audit_holds(fresh_db: str) -> None:
    member = worlds.large_lists(rows=70)
    orders = Order.objects.filter(member=member).order_by("-placed_at", "-id")
    assert [order.number for order in orders[:2]] == ["LIST-1", "LIST-2"]
    assert orders.count() == 70
    assert orders.filter(state="cancelled").count() == 10
    call_command("audit", quiet=True)


@DB
def test_ids_of_a_long_list_are_in_the_order_of_time() -> None:
    member = worlds.large_lists(rows=300)
    by_time = Order.objects.filter(member=member).order_by("placed_at").values_list("pk", flat=True)
    ids = list(by_time)
    assert ids == sorted(ids)
    assert {pk.version for pk in ids} == {7}


@DB
def test_nodes_to_search_have_pools_days_holds_and_orders() -> None:
    member = worlds.searched_nodes(nodes=3, days=20)
    assert Node.objects.filter(slug__startswith="searched-").count() == 3
    assert PoolDay.objects.count() == 3 * 20 * 6
    assert Booking.objects.filter(member=member, state="held").exists()
    assert Order.objects.filter(member=member).count() == 2000


@DB
def test_work_waits_for_its_price() -> None:
    member, node = world.make_member(), world.make_node()
    worlds.much_work(rows=40, member=member, node=node)
    assert Activity.objects.filter(member=member, node=node, charge=None).count() == 40


def test_a_file_of_orders_is_as_long_as_it_was_asked_for() -> None:
    lines = worlds.orders_file(rows=12).decode("latin-1").split("\r\n")
    assert len(lines) == 13
    assert all(line.count(";") == 7 for line in lines)


def test_a_template_is_another_when_size_or_source_is() -> None:
    small = kept.World("lists", worlds.large_lists, {"rows": 10})
    assert small.template == kept.World("lists", worlds.large_lists, {"rows": 10}).template
    assert small.template != kept.World("lists", worlds.large_lists, {"rows": 11}).template
    assert small.template != kept.EMPTY.template
    assert kept.World("lists", worlds.large_lists, {"rows": 10}, on=kept.DEMO).template != small.template


def _databases() -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def laid() -> Iterator[list[int]]:
    """How often the tiny world was made; what it left on the cluster is dropped again."""
    yield []
    with kept._admin() as admin:
        for name in ("copied_world", TINY, *kept._of_the_same_kind(admin, f"{TINY}_")):
            kept._drop(admin, name)


TINY = "world_tiny"


def test_a_kept_world_is_made_once_and_copied_as_often_as_wanted(
    fresh_db: str, laid: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lay(rows: int) -> None:
        laid.append(rows)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_content_type (app_label, model) VALUES ('tiny', 'row')")

    # The test's own database, which is migrated, stands for the empty tables: migrating takes a minute.
    monkeypatch.setattr(kept.World, "base", None)
    monkeypatch.setattr(kept, "call_command", lambda *words, **options: None)
    monkeypatch.setattr(kept, "_create", _from(fresh_db))
    tiny = kept.World("tiny", lay, {"rows": 3})
    kept.copy(tiny, "copied_world")
    kept.copy(tiny, "copied_world")
    assert laid == [3], "the second time it was copied"
    with kept._at("copied_world"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_content_type WHERE app_label = 'tiny'")
        assert cursor.fetchone() == (1,)
    kept.copy(kept.World("tiny", lay, {"rows": 4}), "copied_world")
    assert laid == [3, 4]
    assert tiny.template not in _databases(), "what was made from an earlier size is gone"


def _from(template: str):
    create = kept._create

    def made(admin, name: str, wanted: str) -> None:
        connections.close_all()
        create(admin, name, template if wanted == "template0" else wanted)

    return made
