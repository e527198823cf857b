"""One process of the storm: a client that does what members do, and writes down what it asked and what it was told.

Each line of its log is written before the call or after the answer, so that whoever reads it after a kill knows what
had been acknowledged and what was under way.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import F

from coop.kernel import clock
from coop.kernel.errors import Busy, DomainError
from coop.models import Member
from coop.runtime import failpoints
from fulfillment.capacity.errors import BehindOthers, Full
from fulfillment.capacity.services import (
    Ask,
    book,
    change_booking,
    confirm_bookings,
    end_run_out_holds,
    join_waitlist,
    leave_waitlist,
    pass_offer,
    release_booking,
    take_offer,
)
from fulfillment.models import Booking, PoolDay, SlotPool, WaitlistEntry

DAYS = 14
RANGES = (1, 1, 2, 3, 7)
HOLD = dt.timedelta(seconds=1.5)
_TRIES = 20


@dataclass
class Client:
    """What one process knows: its pools, its bookings, what it waits for, its dice and its log."""

    members: Sequence[Member]
    pools: Sequence[SlotPool]
    first: dt.date
    dice: random.Random
    log: int
    careless: bool = False
    mine: list[Booking] = field(default_factory=list)
    waits: list[WaitlistEntry] = field(default_factory=list)


def work(client: Client, share: int, already: int) -> None:
    """Do operations until the share is done; one of them may be this process's last."""
    for _ in range(already, share):
        name, call, touched = _choose(client)
        begin = time.time()
        _note(client, {"ask": name, "of": str(touched) if touched else None, "begin": begin})
        answer = _try(call)
        _note(client, {"begin": begin, "end": time.time(), **answer})
        if "unknown" in answer:
            # Nobody knows what became of it, so nobody touches it again.
            client.mine = [b for b in client.mine if b.pk != touched]
            _until_it_is_back()


def _until_it_is_back() -> None:
    """Wait for the server; it may have been killed."""
    for _ in range(300):
        connection.close()
        try:
            connection.ensure_connection()
        except DatabaseError:
            time.sleep(0.2)
        else:
            return


def _try(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    busy = 0
    for turn in range(_TRIES):
        try:
            return {**call(), "busy": busy}
        except Busy:
            busy += 1
            time.sleep(0.01 * turn)
        except Full as full:
            # Who is behind others was told what is left for somebody who came later than they.
            told = [] if isinstance(full, BehindOthers) else [[str(day), free] for day, free in full.days]
            return {"full": told, "pool": str(full.pool.pk) if full.pool else None, "busy": busy}
        except DomainError as error:
            return {"refused": error.code, "busy": busy}
        except DatabaseError as error:
            return {"unknown": f"{type(error).__name__}: {error}".strip()[:200], "busy": busy}
    return {"refused": "busy", "busy": busy}


Choice = tuple[str, Callable[[], dict[str, Any]], UUID | None]


def _choose(client: Client) -> Choice:
    dice = client.dice
    act = dice.choices(
        ("hold", "book", "confirm", "change", "release", "sweep", "join", "answer"),
        (22, 16, 14, 14, 20, 3, 5, 6),
    )[0]
    if act in ("confirm", "change", "release") and client.mine:
        booking = dice.choice(client.mine)
        return act, _bind(_OF_ONE[act], client, booking), booking.pk
    if act == "answer" and client.waits:
        entry = dice.choice(client.waits)
        return act, _bind(_answer, client, entry), entry.pk
    if act == "sweep":
        return act, _sweep, None
    if act == "join":
        return act, _bind(_join, client, None), None
    return "hold" if act == "hold" else "book", _bind(_take, client, HOLD if act == "hold" else None), None


def _bind(
    act: Callable[[Client, Any], dict[str, Any]], client: Client, thing: object
) -> Callable[[], dict[str, Any]]:
    return lambda: act(client, thing)


def _ask(client: Client) -> Ask:
    length = client.dice.choice(RANGES)
    day = client.first + dt.timedelta(days=client.dice.randrange(DAYS - length + 1))
    pool = client.dice.choice(client.pools)
    return Ask(pool, client.dice.randint(1, 4), day, day + dt.timedelta(days=length - 1), skus=1)


def _take(client: Client, hold_for: dt.timedelta | None) -> dict[str, Any]:
    ask, member = _ask(client), client.dice.choice(client.members)
    if client.careless:
        booking = _count_then_insert(ask, member)
    else:
        [booking] = book(member=member, asks=[ask], hold_for=hold_for)
    client.mine.append(booking)
    return {"is": told_of(booking)}


def _count_then_insert(ask: Ask, member: Member) -> Booking:
    """Wrong: right when nobody else is there."""
    with transaction.atomic():
        span = {"pool": ask.pool, "day__range": (ask.first_day, ask.last_day)}
        short = [(d.day, d.free) for d in PoolDay.objects.filter(**span) if d.free < ask.slots]
        if short:
            raise Full(ask.slots, short, what=ask.pool)
        booking = Booking.objects.create(
            member=member, pool=ask.pool, slots=ask.slots, first_day=ask.first_day, last_day=ask.last_day,
            booked_at=clock.now(),
        )  # fmt: skip
        PoolDay.objects.filter(**span).update(booked=F("booked") + ask.slots)
    return booking


def _confirm(client: Client, booking: Booking) -> dict[str, Any]:
    return _renew(client, booking, lambda: confirm_bookings(bookings=[booking])[0])


def _change(client: Client, booking: Booking) -> dict[str, Any]:
    ask = _ask(client)
    return _renew(
        client,
        booking,
        lambda: change_booking(
            booking=booking, slots=ask.slots, first_day=ask.first_day, last_day=ask.last_day,
            pool=ask.pool if client.dice.random() < 0.3 else None,
        ),
    )  # fmt: skip


def _release(client: Client, booking: Booking) -> dict[str, Any]:
    answer = _renew(client, booking, lambda: release_booking(booking=booking))
    client.mine = [b for b in client.mine if b.pk != booking.pk]
    return answer


def _renew(client: Client, booking: Booking, act: Callable[[], Booking]) -> dict[str, Any]:
    try:
        fresh = act()
    except DomainError as error:
        if error.code in ("hold_ran_out", "nothing_to_release"):
            client.mine = [b for b in client.mine if b.pk != booking.pk]
        raise
    client.mine = [fresh if b.pk == booking.pk else b for b in client.mine]
    return {"is": told_of(fresh)}


def _join(client: Client, _: None) -> dict[str, Any]:
    ask = _ask(client)
    entry = join_waitlist(member=client.dice.choice(client.members), ask=replace(ask, skus=1))
    client.waits.append(entry)
    return {"joined": str(entry.pk)}


def _answer(client: Client, entry: WaitlistEntry) -> dict[str, Any]:
    entry.refresh_from_db()
    if entry.state == WaitlistEntry.State.WAITING and client.dice.random() < 0.6:
        return {"waits": True}
    client.waits.remove(entry)
    if entry.state == WaitlistEntry.State.WAITING:
        leave_waitlist(entry=entry)
        return {"left": True}
    if entry.state != WaitlistEntry.State.OFFERED:
        return {"over": entry.state}
    if client.dice.random() < 0.5:
        return {"is": told_of(take_offer(entry=entry))}
    passed = pass_offer(entry=entry)
    return {"is": told_of(Booking.objects.get(offered_to=passed))}


def _sweep() -> dict[str, Any]:
    return {"swept": end_run_out_holds(limit=20)}


_OF_ONE: dict[str, Callable[[Client, Booking], dict[str, Any]]] = {
    "confirm": _confirm,
    "change": _change,
    "release": _release,
}


def told_of(booking: Booking) -> dict[str, Any]:
    """What the client was told about its booking."""
    return {
        "id": str(booking.pk), "pool": str(booking.pool_id), "slots": booking.slots, "first": str(booking.first_day),
        "last": str(booking.last_day), "state": str(booking.state),
        "held_until": booking.held_until.timestamp() if booking.held_until else None,
    }  # fmt: skip


def _note(client: Client, line: dict[str, Any]) -> None:
    os.write(client.log, (json.dumps(line) + "\n").encode())


def points() -> list[str]:
    """The places where a process of the storm may be killed."""
    return [name for name in failpoints.declared() if name.startswith("fulfillment.capacity.")]


def asked_so_far(log: Path) -> int:
    """How many operations the processes before began."""
    return sum(line.startswith('{"ask"') for line in log.read_text().splitlines()) if log.exists() else 0
