"""A storm over shared pools, with processes killed at every fail-point: nothing oversold, nothing acknowledged lost.

STORM_OPERATIONS=20000 blows as hard as `manage.py bench oversell`, which kills PostgreSQL itself as well. The negative
control books as a careless programmer would: the same storm oversells, and every check says so.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from lab.storm.supervisor import Storm, blow, first_day
from lab.storm.verdict import judge
from lab.storm.worker import DAYS
from tests import world

pytestmark = pytest.mark.slow
OPERATIONS = int(os.environ.get("STORM_OPERATIONS", "600"))


@pytest.fixture
def storm(fresh_db: str, django_db_blocker: Any, tmp_path: Path) -> Any:
    with django_db_blocker.unblock():
        nodes = [world.make_node(bins=0) for _ in range(2)]
        pools = [world.make_pool(node, slots=12) for node in nodes]
        logs = tmp_path / "logs"
        logs.mkdir()
        yield Storm([world.make_member() for _ in range(3)], pools, logs, OPERATIONS, kill_share=0.05)
        connection.close()


def test_a_storm_oversells_nothing_and_loses_nothing(storm: Storm) -> None:
    seen = blow(storm)
    said = judge(storm.logs, 6, crashed=False)
    print(seen, said)
    assert seen.faults == []
    assert seen.kills.total() >= 3
    assert (said.lost, said.errors, said.illegal) == ([], [], [])
    assert said.calls > 100


def test_the_same_storm_oversells_without_the_guard(storm: Storm) -> None:
    for pool in storm.pools:
        world.capacity.open_days(pool=pool, first=first_day(), last=first_day() + dt.timedelta(days=DAYS))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE fulfillment_poolday DROP CONSTRAINT pool_day_not_oversold")
    connections["owner"].close()
    storm.careless, storm.kill_share = True, 0
    seen = blow(storm)
    said = judge(storm.logs, 2 * DAYS, crashed=False)
    print(seen, said)
    assert any("capacity is" in fault for fault in seen.faults)
    assert said.illegal
