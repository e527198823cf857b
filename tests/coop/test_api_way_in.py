"""A call of the API takes the short way in: nothing of a browser's, and all that an answer, a log and a history need."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coop.catalog.models import Sku
from coop.kernel import clock
from coop.members.models import ApiKey, Member
from coop.runtime.servers import Postgres
from tests import world
from tests.conftest import HOME

NOON = dt.datetime(2030, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def member(db: None) -> Member:
    cache.clear()
    return world.make_member()


@pytest.fixture
def key(member: Member) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.make_api_key(member)[1]}"}


def test_an_empty_list_costs_the_key_and_the_list(client: Client, key: dict[str, str]) -> None:
    client.get("/api/v1/orders/", headers=key)
    with CaptureQueriesContext(connection) as statements:
        answer = client.get("/api/v1/orders/", headers=key)
    assert answer.json() == {"results": [], "next": None}
    asked = [statement["sql"] for statement in statements]
    assert len(asked) == 2, asked
    assert asked[0].startswith("EXECUTE live_api_key")
    assert 'FROM "fulfillment_order"' in asked[1]


def test_the_use_of_a_key_is_noted_once_a_minute(client: Client, key: dict[str, str]) -> None:
    noted = []
    for seconds in (0, 1, 60, 61):
        with clock.at(NOON + dt.timedelta(seconds=seconds)), CaptureQueriesContext(connection) as statements:
            assert client.get("/api/v1/orders/", headers=key).status_code == 200
        noted.append(any(statement["sql"].startswith("UPDATE") for statement in statements))
    assert noted == [True, False, False, True]
    assert ApiKey.objects.get().last_used_at == NOON + dt.timedelta(seconds=61)


def test_an_answer_is_no_page_and_leaves_no_cookie(client: Client, key: dict[str, str]) -> None:
    for headers in (key, {}, {"Authorization": "Bearer cs_unknown_key"}):
        answer = client.get("/api/v1/orders/", headers=headers)
        assert answer.status_code == (200 if headers is key else 401)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert int(answer["Content-Length"]) == len(answer.content)
        assert not answer.cookies


def test_a_session_opens_nothing_of_the_api(client: Client, member: Member) -> None:
    client.force_login(
        member.memberships.get().user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get("/api/v1/orders/").status_code == 401
    assert client.get(f"/portal/{member.slug}/orders/").status_code == 200


def test_https_is_asked_of_calls_too(client: Client, key: dict[str, str], settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/api/v1/orders/", headers=key)
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/api/v1/orders/")


def test_each_call_has_its_line_with_an_id_and_the_key(
    client: Client, key: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="django_structlog.middlewares.request")
    for _ in range(2):
        client.get("/api/v1/orders/", headers=key)
    told: list[Any] = [record.msg for record in caplog.records]
    assert [(line["event"], line["code"], line["request"]) for line in told] == [
        ("request_finished", 200, "GET /api/v1/orders/")
    ] * 2
    assert {line["user_id"] for line in told} == {f"key-{ApiKey.objects.get().pk}"}
    assert len({line["request_id"] for line in told}) == 2


def test_what_a_call_changes_is_in_the_history_with_its_address(
    client: Client, key: dict[str, str], member: Member
) -> None:
    sku = world.make_sku(member, code="MUG")
    told = client.get("/api/v1/skus/MUG/", headers=key).json() | {"title": "A taller mug"}
    answer = client.put("/api/v1/skus/MUG/", told, content_type="application/json", headers=key)
    assert answer.status_code == 200, answer.content
    change: Any = Sku.objects.get(pk=sku.pk).events.latest("pgh_id")
    assert (change.title, change.pgh_context.metadata["url"]) == ("A taller mug", "/api/v1/skus/MUG/")


def test_a_quiet_connection_is_not_asked_and_a_lost_one_is_replaced(fresh_db: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() AS mine")
        [pid] = cursor.fetchone()
    with psycopg.connect(Postgres(HOME).admin_dsn(), autocommit=True) as superuser:
        assert connection.is_usable()
        last = superuser.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
        assert last == ("SELECT pg_backend_pid() AS mine",)
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    connection.close_if_health_check_failed()
    assert Member.objects.count() == 0
