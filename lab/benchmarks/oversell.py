"""20,000 operations on shared days by processes that are killed, on a PostgreSQL that is killed too: slots oversold.

What it is measured against is the same storm with the guard taken out: it must oversell, or the storm proves nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from coop.models import Node
from coop.runtime.servers import Postgres, socket_dir
from fulfillment.capacity.services import open_days
from lab.benchmarks import ground
from lab.benchmarks.registry import Result, benchmark
from lab.benchmarks.sizes import size
from lab.storm.supervisor import Storm, Weather, blow, first_day
from lab.storm.verdict import Verdict, judge
from lab.storm.worker import DAYS, points

OPERATIONS = size("oversell", "operations", 20_000, "operations of the storm")
CARELESS_OPERATIONS = 800
WINDOWS = 12


@benchmark("oversell", by_default=False)
def oversell() -> Result:
    """Faults seen in a storm of holds, bookings, changes, releases, waits and offers by 8 processes over 4 pools, which are
    killed with PostgreSQL itself (at every look at the books, in what was acknowledged, and in the history of single days,
    for which there must be a serial order), against the same storm with the guard taken out."""
    # A new cluster: this one is killed.
    with tempfile.TemporaryDirectory(prefix="commonshelf-storm-") as folder, _cluster(Path(folder)) as server:
        storm = _storm(Path(folder) / "careful", OPERATIONS, server)
        seen = blow(storm)
        said = judge(storm.logs, WINDOWS, crashed=True)
        _report(seen, said)
        faults = [*seen.faults, *said.lost, *said.errors, *said.illegal]
        if faults or seen.restarts != 1 or said.undecided:
            raise RuntimeError(f"{len(faults)} faults, {said.undecided} windows undecided: {faults[:5]}")
        if OPERATIONS >= 20_000 and set(seen.kills) != set(points()):
            raise RuntimeError(f"nobody was killed at {set(points()) - set(seen.kills)}")
        oversold = _without_the_guard(Path(folder) / "careless")
    return Result(
        "oversell", 0, oversold, 0, "faults seen",
        f"{OPERATIONS:,} operations, {seen.kills.total()} processes and PostgreSQL killed, {seen.samples} looks at all days",
        f"{CARELESS_OPERATIONS} operations that count first and insert then", at_most=True,
    )  # fmt: skip


def _storm(logs: Path, operations: int, server: Postgres | None = None) -> Storm:
    logs.mkdir()
    pools = [pool for _ in range(2) for pool in ground.pools(ground.node(Node.Tier.NEXT_DAY), 2, slots=14)]
    members = [ground.member() for _ in range(4)]
    return Storm(members, pools, logs, operations, server=server, kill_share=0.01)


def _without_the_guard(logs: Path) -> int:
    """The faults that the same looks and the same checker find when the CHECK is dropped and people count first."""
    storm = _storm(logs, CARELESS_OPERATIONS)
    storm.careless, storm.kill_share = True, 0
    first = first_day()
    for pool in storm.pools:
        open_days(pool=pool, first=first, last=first + dt.timedelta(days=DAYS))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE fulfillment_poolday DROP CONSTRAINT pool_day_not_oversold")
    connections["owner"].close()
    seen = blow(storm)
    said = judge(logs, 4 * DAYS, crashed=True, pools=[pool.pk for pool in storm.pools])
    _report(seen, said)
    if not seen.faults or not said.illegal:
        raise RuntimeError("without the guard nothing was oversold: the storm proves nothing")
    return len(seen.faults) + len(said.illegal)


def _report(seen: Weather, said: Verdict) -> None:
    kills = ", ".join(f"{n} at {point.rsplit('.', 1)[-1]}" for point, n in sorted(seen.kills.items()))
    answers = ", ".join(f"{what} {n}" for what, n in sorted(said.answers.items()))
    sys.stderr.write(
        f"  {seen.seconds:.0f} s, {seen.samples} looks, {len(seen.faults)} faults; killed: {kills or 'nobody'}; "
        f"PostgreSQL killed {seen.restarts} times\n  answers: {answers}; busy and tried again {said.busy} times; "
        f"deadlocks {said.deadlocks}\n  {said.windows} windows, {said.calls} calls: {len(said.illegal)} without a serial "
        f"order, {said.undecided} undecided; lost {len(said.lost)}; errors {len(said.errors)}\n"
    )


@contextmanager
def _cluster(home: Path) -> Iterator[Postgres]:
    """A PostgreSQL of the storm's own, fsync on, to which the connections of this process point meanwhile."""
    home.chmod(0o755)
    server = Postgres(home)
    before = {
        alias: connections[alias].settings_dict["OPTIONS"].get("host") for alias in ("default", "owner")
    }
    server.start()
    try:
        server.create_database("commonshelf")
        environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "prepare_database"],
            env={**environment, "COMMONSHELF_VAR": str(home), "COMMONSHELF_DEMO": "1"},
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _point_at({alias: str(socket_dir(home)) for alias in before})
        yield server
    finally:
        _point_at(before)
        server.stop()


def _point_at(hosts: dict[str, str | None]) -> None:
    for alias, host in hosts.items():
        connections[alias].close()
        connections[alias].settings_dict["OPTIONS"]["host"] = host
    connection.close()
