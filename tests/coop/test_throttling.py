"""A key may make so many requests; orders of a drop are counted by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from coop.kernel import clock
from coop.members.services import create_api_key
from tests import world

MINUTE = dt.datetime(2026, 3, 2, 9, 30, 12, tzinfo=dt.UTC)
NOBODYS_DROP = "/api/v1/drops/01890000-0000-7000-8000-000000000000/orders/"


@pytest.fixture
def key(db: None, settings: Any) -> dict[str, str]:
    settings.API_RATES = {"api": "3/min", "drop": "5/min"}
    cache.clear()
    _, secret = create_api_key(member=world.make_member(), name="Shop", by=None)
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_waits_for_the_next_minute_when_it_has_asked_too_often(
    client: Client, key: dict[str, str]
) -> None:
    with clock.at(MINUTE):
        answers = [client.get("/api/v1/orders/", headers=key) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "48"
    with clock.at(MINUTE + dt.timedelta(seconds=48)):
        assert client.get("/api/v1/orders/", headers=key).status_code == 200


def test_one_key_does_not_use_up_anothers_turn(client: Client, key: dict[str, str]) -> None:
    _, secret = create_api_key(member=world.make_member(), name="Shop", by=None)
    with clock.at(MINUTE):
        for _ in range(4):
            client.get("/api/v1/orders/", headers=key)
        other = client.get("/api/v1/orders/", headers={"Authorization": f"Bearer {secret}"})
    assert other.status_code == 200


def test_orders_of_drops_have_a_rate_of_their_own(client: Client, key: dict[str, str]) -> None:
    with clock.at(MINUTE):
        for _ in range(4):
            client.get("/api/v1/orders/", headers=key)
        told = [
            client.post(NOBODYS_DROP, {}, content_type="application/json", headers=key).status_code
            for _ in range(6)
        ]
    assert told[-1] == 429
    assert 429 not in told[:-1]
