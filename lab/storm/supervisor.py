"""Starts the processes of the storm, starts them again when they die, looks at the books all the while."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import Error as DatabaseError
from django.db import connection, connections

from coop.kernel import clock
from coop.models import Member
from coop.runtime.servers import Postgres, ServerError
from fulfillment.capacity import proofs
from fulfillment.models import SlotPool
from lab.storm import worker

# Points that few operations pass are deadlier, so that each of them has its dead.
_SELDOM = {
    "offer_written": 20,
    "offer_taken": 20,
    "run_out": 5,
    "given_back": 2,
    "changed_counters": 4,
    "confirmed": 3,
}
# So many faults say enough.
_ENOUGH = 50


@dataclass
class Storm:
    """How hard it blows. `server` is killed once, half-way, if it is given: a cluster of the storm's own."""

    members: Sequence[Member]
    pools: Sequence[SlotPool]
    logs: Path
    operations: int
    processes: int = 8
    seed: int = 1
    kill_share: float = 0.004
    server: Postgres | None = None
    careless: bool = False


@dataclass
class Weather:
    """What was seen while it blew: faults of the books, samples taken, processes killed by point, server restarts."""

    faults: list[str] = field(default_factory=list)
    samples: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    seconds: float = 0.0


def blow(storm: Storm) -> Weather:
    """Run until every operation has been asked. Raises RuntimeError when a process ends otherwise than by a kill."""
    _load()
    seen, began = Weather(), time.monotonic()
    running = {_start(storm, n, 0): (n, 0) for n in range(storm.processes)}
    points: dict[int, str] = {pid: _point(storm, n, turn) for pid, (n, turn) in running.items()}
    while running:
        for pid, (number, turn) in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if ended else None
            if code is None:
                continue
            del running[pid]
            if code == -signal.SIGKILL:
                seen.kills[points[pid]] += 1
                again = _start(storm, number, turn + 1)
                running[again], points[again] = (number, turn + 1), _point(storm, number, turn + 1)
            elif code:
                raise RuntimeError(f"process {number} of the storm ended with {code}")
        _sample(seen)
        if storm.server and not seen.restarts and _asked(storm) > storm.operations / 2:
            _kill_and_restart(storm.server)
            seen.restarts += 1
        time.sleep(0.1)
    _sample(seen)
    seen.seconds = time.monotonic() - began
    return seen


def _load() -> None:
    """Import before the forks what a letter in the outbox loads, so that a process costs milliseconds."""
    from coop.celery import app

    app.tasks  # noqa: B018
    app.amqp.queues  # noqa: B018
    app.connection_for_write().transport_cls  # noqa: B018


def _asked(storm: Storm) -> int:
    return sum(worker.asked_so_far(log) for log in storm.logs.iterdir())


def _point(storm: Storm, number: int, turn: int) -> str:
    points = worker.points()
    return points[(number + turn * 3 + storm.seed) % len(points)]


def _start(storm: Storm, number: int, turn: int) -> int:
    # A connection that two processes share would mix up their answers.
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if storm.kill_share:
            point = _point(storm, number, turn)
            os.environ["COMMONSHELF_FAILPOINT"] = (
                f"{point}:{min(1.0, storm.kill_share * _SELDOM.get(point.rsplit('.', 1)[-1], 1))}:{storm.seed}-{number}-{turn}"
            )
        log = storm.logs / f"{number}.jsonl"
        client = worker.Client(
            members=storm.members, pools=storm.pools, first=first_day(), careless=storm.careless,
            dice=random.Random(f"{storm.seed}-{number}-{turn}"),
            log=os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        )  # fmt: skip
        worker.work(client, storm.operations // storm.processes, worker.asked_so_far(log))
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def first_day() -> dt.date:
    """The first day of the storm: not today, so that everything can be given back whole."""
    return clock.today("Europe/Berlin") + dt.timedelta(days=2)


def _sample(seen: Weather) -> None:
    """One look at all days in one snapshot; the server may be down just now."""
    try:
        seen.faults += islice(proofs.booked_is_sum_of_bookings(), max(0, _ENOUGH - len(seen.faults)))
        seen.samples += 1
    except DatabaseError:
        connection.close()


def _kill_and_restart(server: Postgres) -> None:
    pid = server.pid()
    if pid is None:
        raise RuntimeError("the storm's PostgreSQL does not run")
    os.kill(pid, signal.SIGKILL)
    connection.close()
    for _ in range(120):
        # Its orphans still hold the shared memory for a moment.
        time.sleep(0.5)
        with contextlib.suppress(ServerError, OSError, DatabaseError):
            server.start()
            return
    raise RuntimeError("PostgreSQL did not come back")
