"""What the storm's logs and the database say together: is everything acknowledged there, and is there a serial order?"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from fulfillment.models import Booking, WaitlistEntry
from lab.history import Call, Undecided, serial_order

Told = dict[str, Any]
_LIVE = ("held", "booked")
# What was under way when its process died has happened by then, or never will.
_SLACK_S = 15.0


@dataclass
class Op:
    """One operation: what was asked, when, and the answer; None when its process died before it came."""

    ask: str
    of: str | None
    begin: float
    answer: Told | None = None

    @property
    def unknown(self) -> bool:
        return self.answer is None or "unknown" in self.answer


@dataclass
class Verdict:
    """How often what was answered; what was acknowledged and is not there; answers that are the program's own errors."""

    answers: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    lost: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    windows: int = 0
    calls: int = 0
    illegal: list[str] = field(default_factory=list)
    undecided: int = 0
    deadlocks: int = 0


def judge(logs: Path, windows: int, *, crashed: bool, pools: Collection[UUID] = ()) -> Verdict:
    """Read the logs, and hold them against the database; look at so many windows (the busiest ones of `pools`, or of all).

    `crashed`: the server was killed, so that a call may have failed for that reason.
    """
    found = Verdict()
    ops = [op for log in sorted(logs.iterdir()) for op in read(log)]
    for op in ops:
        found.answers[op.ask if op.answer and "is" in op.answer else f"{op.ask}: {_kind(op)}"] += 1
        found.busy += (op.answer or {}).get("busy", 0)
        if op.answer and "unknown" in op.answer and not (crashed and _by_the_crash(op.answer["unknown"])):
            found.errors.append(op.answer["unknown"])
    rows = {str(row.pk): row for row in Booking.objects.all()}
    lives = _lives(ops, rows)
    found.lost = [fault for life in lives.values() for fault in life.faults()] + _lost_waits(ops)
    for pool, day, capacity in _busiest(windows, pools):
        calls = [call for life in lives.values() for call in life.calls(pool, day)] + list(
            _reads(ops, pool, day)
        )
        found.windows, found.calls = found.windows + 1, found.calls + len(calls)
        try:
            if serial_order(calls, capacity) is None:
                found.illegal.append(f"no serial order explains {len(calls)} calls on {day}")
        except Undecided:
            found.undecided += 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [(found.deadlocks,)] = cursor.fetchall()
    return found


def read(log: Path) -> list[Op]:
    """The operations of one process and its successors, in order."""
    ops: list[Op] = []
    for text in log.read_text().splitlines():
        line = json.loads(text)
        if "ask" in line:
            ops.append(Op(line["ask"], line["of"], line["begin"]))
        else:
            ops[-1].answer = line
    return ops


def _kind(op: Op) -> str:
    if op.unknown or op.answer is None:
        return "unknown"
    return "full" if "full" in op.answer else str(op.answer.get("refused", "done"))


def _by_the_crash(error: str) -> bool:
    return error.startswith(("OperationalError", "InterfaceError"))


@dataclass
class Life:
    """One booking: its row, what was told of it (operation and state after it), and what nobody was told."""

    row: Booking
    offered_to: str | None
    told: list[tuple[Op, Told]] = field(default_factory=list)
    unknown: list[Op] = field(default_factory=list)

    def faults(self) -> Iterable[str]:
        """Whether it is as its owner was told last."""
        if not self.told or self.unknown:
            return
        last, now = self.told[-1][1], _as_told(self.row)
        ran_out = last["state"] == "held" and now["state"] == "expired" and now["ended"] >= last["held_until"]
        same = ("pool", "slots", "first", "last")
        if [last[k] for k in same] != [now[k] for k in same] or (
            last["state"] != now["state"] and not ran_out
        ):
            yield f"{self.row.pk}: told {last}, is {now}"

    def calls(self, pool: str, day: str) -> Iterable[Call]:
        """What it took of that day and gave back, and when."""
        now = _as_told(self.row)
        steps = []
        for n, (op, told) in enumerate(self.told):
            before = self.told[n - 1][1] if n else told
            # A hold that ran out is free for others from that moment on, though its owner gives it back later.
            ran_out = (
                before["held_until"] if told["state"] == "released" and before["held_until"] else op.begin
            )
            steps.append((min(op.begin, ran_out), (op.answer or {})["end"], _cover(told, pool, day)))
        if not self.told or self.told[0][0].ask not in ("hold", "book"):
            # Made for somebody who waited, or by a process that died before it could say so.
            booked = self.row.booked_at.timestamp()
            steps.insert(0, (booked, booked + _SLACK_S, _cover({**now, "state": "held"}, pool, day)))
        if self.unknown:
            # Done in part that nobody was told: what it is now (but for its end) it became then, if it was not before.
            begin, alive = self.unknown[0].begin, self.row.state in ("expired", "held")
            became = {**now, "state": "held"} if alive else now
            steps.append((begin, begin + _SLACK_S, _cover(became, pool, day)))
        if self.row.state == "expired":
            steps.append((now["held_until"] or 0, now["ended"] + _SLACK_S, 0))
        elif self.row.state == "held":
            # Worth nothing from that moment on, whoever tidies it and whenever.
            steps.append((now["held_until"], float("inf"), 0))
        had = 0
        for begin, end, has in steps:
            if has != had:
                yield Call(begin, end, change=has - had, what=str(self.row.pk))
            had = has


def _lives(ops: Iterable[Op], rows: dict[str, Booking]) -> dict[str, Life]:
    entries = dict(WaitlistEntry.objects.filter(offer__isnull=False).values_list("pk", "offer"))
    offers = {str(offer): str(entry) for entry, offer in entries.items()}
    bookings = {str(entry): str(offer) for entry, offer in entries.items()}
    lives = {pk: Life(row, offers.get(pk)) for pk, row in rows.items()}
    missing: dict[str, list[Op]] = defaultdict(list)
    for op in ops:
        told = (op.answer or {}).get("is")
        if told:
            (
                lives[told["id"]].told.append((op, told))
                if told["id"] in lives
                else missing[told["id"]].append(op)
            )
        elif op.unknown and op.of:
            touched = lives.get(op.of) or lives.get(bookings.get(op.of, ""))
            if touched:
                touched.unknown.append(op)
    if missing:
        raise RuntimeError(
            f"{len(missing)} acknowledged bookings are not in the database: {list(missing)[:3]}"
        )
    return lives


def _lost_waits(ops: Iterable[Op]) -> list[str]:
    joined = {UUID(op.answer["joined"]) for op in ops if op.answer and "joined" in op.answer}
    there = set(WaitlistEntry.objects.values_list("pk", flat=True))
    return [f"the wait {pk} is not there" for pk in joined - there]


def _reads(ops: Iterable[Op], pool: str, day: str) -> Iterable[Call]:
    """What those who took nothing were told of the window."""
    for op in ops:
        answer = op.answer or {}
        if op.ask in ("hold", "book") and answer.get("pool") == pool:
            for named, free in answer["full"]:
                if named == day:
                    yield Call(op.begin, answer["end"], told=free, what="full")


def _busiest(count: int, pools: Collection[UUID]) -> list[tuple[str, str, int]]:
    """The days that were asked for most, of pools that people book."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.pool_id, d.day, d.capacity FROM fulfillment_poolday d
            JOIN fulfillment_booking b ON b.pool_id = d.pool_id AND d.day BETWEEN b.first_day AND b.last_day
            WHERE %(all)s OR d.pool_id = ANY(%(pools)s)
            GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT %(count)s
            """,
            {"all": not pools, "pools": list(pools), "count": count},
        )
        return [(str(pool), str(day), capacity) for pool, day, capacity in cursor.fetchall()]


def _cover(told: Told, pool: str, day: str) -> int:
    there = told["pool"] == pool and told["first"] <= day <= told["last"] and told["state"] in _LIVE
    return int(told["slots"]) if there else 0


def _as_told(row: Booking) -> Told:
    def moment(at: dt.datetime | None) -> float | None:
        return at.timestamp() if at else None

    return {
        "pool": str(row.pool_id), "slots": row.slots, "first": str(row.first_day), "last": str(row.last_day),
        "state": row.state, "held_until": moment(row.held_until), "ended": moment(row.released_at),
    }  # fmt: skip
