"""The same storm through the front door: a real server, 64 connections, 400 presses of “Hold”."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from coop.kernel import clock
from coop.runtime.processes import free_port
from fulfillment.capacity import proofs
from fulfillment.capacity.models import Booking, PoolDay
from tests import world
from tests.conftest import ROOT

TRIES, CONNECTIONS, SLOTS = 400, 64, 10
CSRF = "a" * 32
pytestmark = pytest.mark.slow


@contextlib.contextmanager
def serving(database_url: str) -> Iterator[int]:
    """The program on a port of its own, as `up` starts it; yields the port."""
    port = free_port(18_700)
    command = [
        str(ROOT / ".venv" / "bin" / "granian"),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--blocking-threads", "16", "--no-ws", "--log-level", "warning", "coop.wsgi:application"),
    ]
    env = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=sys.stderr, stderr=sys.stderr)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                with contextlib.closing(probe):
                    probe.request("GET", "/livez")
                    if probe.getresponse().status == 200:
                        break
            time.sleep(0.1)
        else:
            raise AssertionError("the server did not come up")
        yield port
    finally:
        server.terminate()
        server.wait(20)


def test_the_last_ten_slots_over_http(fresh_db_url: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        member = world.make_member(slug="tidehouse")
        pool = world.make_pool(world.make_node(bins=0), slots=SLOTS)
        day = clock.today(pool.node.timezone) + dt.timedelta(days=1)
        session = world.client_of(member.memberships.get().user).cookies["sessionid"].value
    body = urlencode(
        {
            "csrfmiddlewaretoken": CSRF,
            "pool": pool.pk,
            "slots": 1,
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
        }
    )
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    mine = threading.local()
    opened: list[http.client.HTTPConnection] = []

    with serving(fresh_db_url) as port:

        def attempt(_: int) -> int:
            if not hasattr(mine, "http"):
                mine.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                opened.append(mine.http)
            mine.http.request("POST", "/portal/tidehouse/slots/hold/", body, headers)
            answer = mine.http.getresponse()
            answer.read()
            return int(answer.status)

        with ThreadPoolExecutor(CONNECTIONS) as threads:
            ended = Counter(threads.map(attempt, range(TRIES)))
        for one in opened:
            one.close()
    assert len(opened) == CONNECTIONS
    with django_db_blocker.unblock():
        assert ended == {302: SLOTS, 409: TRIES - SLOTS}
        assert PoolDay.objects.get(pool=pool, day=day).booked == SLOTS
        assert Booking.objects.count() == SLOTS
        assert list(proofs.booked_is_sum_of_bookings()) == []
        connection.close()
