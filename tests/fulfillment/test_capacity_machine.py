"""Capacity against an oracle in plain Python: whatever people do in whatever order, both say the same.

HYPOTHESIS_EXAMPLES=2000 digs deeper, anew each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coop.kernel import clock
from coop.kernel.errors import Conflict
from fulfillment.capacity import proofs
from fulfillment.capacity.errors import (
    FreeNow,
    Full,
    HoldRanOut,
    NeverFits,
    NothingToChange,
    NothingToRelease,
)
from fulfillment.capacity.models import Booking, PoolDay, WaitlistEntry
from fulfillment.capacity.services import (
    HOLD,
    OFFER,
    Ask,
    book,
    change_booking,
    confirm_bookings,
    end_run_out_holds,
    join_waitlist,
    leave_waitlist,
    offer_waiting,
    open_pool,
    pass_offer,
    release_booking,
    take_offer,
)
from tests import world

START = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
# So far ahead that no day begins while the machine runs.
FIRST, SLOTS = dt.date(2026, 9, 1), 3
SPANS = st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda ends: (min(ends), max(ends)))
ASKED = st.integers(1, 3)
WHICH = st.integers(0, 9)


@dataclass
class Taken:
    """A booking as the oracle knows it."""

    slots: int
    span: tuple[int, int]
    state: str
    until: dt.datetime | None = None
    entry: Any = None

    def on(self, day: int) -> int:
        return self.slots if self.state in ("held", "booked") and self.span[0] <= day <= self.span[1] else 0


@dataclass
class Waits:
    """Somebody who waits, as the oracle knows it."""

    who: int
    slots: int
    span: tuple[int, int]
    state: str = "waiting"
    offer: Taken | None = None


@dataclass
class Oracle:
    """The rules, said as briefly as they can be; a list and a loop for everything."""

    now: dt.datetime = START
    bookings: list[Taken] = field(default_factory=list)
    line: list[Waits] = field(default_factory=list)

    def taken(self, day: int) -> int:
        return sum(b.on(day) for b in self.bookings)

    def fits(self, slots: int, span: tuple[int, int], without: Taken | None = None) -> bool:
        own = [without.on(day) if without else 0 for day in range(3)]
        return all(self.taken(d) - own[d] + slots <= SLOTS for d in range(span[0], span[1] + 1))

    def serve(self) -> None:
        for wait in self.line:
            if wait.state == "waiting" and self.fits(wait.slots, wait.span):
                wait.state = "offered"
                wait.offer = Taken(wait.slots, wait.span, "held", self.now + OFFER, wait)
                self.bookings.append(wait.offer)

    def pass_time(self, much: dt.timedelta) -> None:
        self.now += much
        for booking in self.bookings:
            if booking.state == "held" and booking.until and booking.until <= self.now:
                booking.state = "expired"
                if booking.entry:
                    booking.entry.state = "lapsed"
        self.serve()


class Capacity(RuleBasedStateMachine):
    """Every rule does one thing to both; what differs is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten = transaction.atomic()
        self.forgotten.__enter__()
        self.pool = open_pool(node=world.make_node(bins=0, tier="hub"), slots=SLOTS, storage_class="ambient")
        self.members = [world.make_member() for _ in range(2)]
        self.oracle = Oracle()
        self.real: list[Booking] = []
        self.entries: list[WaitlistEntry] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.forgotten.__exit__(None, None, None)

    @contextmanager
    def at(self) -> Iterator[None]:
        with clock.at(self.oracle.now):
            yield

    @rule(slots=ASKED, span=SPANS, held=st.booleans(), passed=st.sampled_from([0, 0, 16]))
    def take(self, slots: int, span: tuple[int, int], held: bool, passed: int) -> None:
        """Also just after a hold ran out, before anybody tidied up."""
        self.oracle.pass_time(dt.timedelta(minutes=passed))
        with self.at():
            ask = Ask(self.pool, slots, _day(span[0]), _day(span[1]))
            expected = self.oracle.fits(slots, span)
            try:
                [booking] = book(member=self.members[0], asks=[ask], hold_for=HOLD if held else None)
            except Full:
                assert not expected
            else:
                assert expected
                until = self.oracle.now + HOLD if held else None
                self.oracle.bookings.append(Taken(slots, span, "held" if held else "booked", until))
                self.real.append(booking)
        self.tidy()

    @rule(minutes=st.sampled_from([5, 16, 60 * 25]))
    def time_passes(self, minutes: int) -> None:
        self.oracle.pass_time(dt.timedelta(minutes=minutes))
        self.tidy()

    @precondition(lambda self: self.real)
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        booking, known = self.one(which)
        with self.at():
            if known.state in ("held", "booked"):
                confirm_bookings(bookings=[booking])
                known.state, known.until = "booked", None
            else:
                with pytest.raises(HoldRanOut):
                    confirm_bookings(bookings=[booking])

    @precondition(lambda self: self.real)
    @rule(which=WHICH, slots=ASKED, span=SPANS)
    def change(self, which: int, slots: int, span: tuple[int, int]) -> None:
        booking, known = self.one(which)
        wanted = {"booking": booking, "slots": slots, "first_day": _day(span[0]), "last_day": _day(span[1])}
        with self.at():
            if known.state not in ("held", "booked"):
                with pytest.raises((NothingToChange, HoldRanOut)):
                    change_booking(**wanted)
            elif not self.oracle.fits(slots, span, without=known):
                with pytest.raises(Full):
                    change_booking(**wanted)
            else:
                change_booking(**wanted)
                known.slots, known.span = slots, span
                self.oracle.serve()

    @precondition(lambda self: self.real)
    @rule(which=WHICH)
    def release(self, which: int) -> None:
        booking, known = self.one(which)
        with self.at():
            if known.state in ("held", "booked"):
                release_booking(booking=booking)
                known.state = "released"
                self.oracle.serve()
            else:
                with pytest.raises(NothingToRelease):
                    release_booking(booking=booking)

    @rule(wants=st.lists(st.tuples(st.integers(0, 1), st.integers(1, SLOTS), SPANS), min_size=2, max_size=4))
    def crowd(self, wants: list[tuple[int, int, tuple[int, int]]]) -> None:
        """Every day is full, and several wait: what happens by chance too seldom."""
        for number in range(3):
            if left := SLOTS - self.oracle.taken(number):
                self.take(left, (number, number), held=False, passed=0)
        for who, slots, span in wants:
            self.join(who, slots, span)

    @rule(who=st.integers(0, 1), slots=st.integers(1, SLOTS + 1), span=SPANS)
    def join(self, who: int, slots: int, span: tuple[int, int]) -> None:
        same = [w for w in self.oracle.line if (w.who, w.slots, w.span) == (who, slots, span)]
        with self.at():
            ask = Ask(self.pool, slots, _day(span[0]), _day(span[1]))
            asked = {"member": self.members[who], "ask": ask}
            if self.oracle.fits(slots, span):
                with pytest.raises(FreeNow):
                    join_waitlist(**asked)
            elif slots > SLOTS:
                with pytest.raises(NeverFits):
                    join_waitlist(**asked)
            elif any(w.state in ("waiting", "offered") for w in same):
                with pytest.raises(Conflict, match="waiting list"):
                    join_waitlist(**asked)
            else:
                self.entries.append(join_waitlist(**asked))
                self.oracle.line.append(Waits(who, slots, span))

    @precondition(lambda self: self.entries)
    @rule(which=WHICH, takes=st.booleans())
    def answer(self, which: int, takes: bool) -> None:
        number = which % len(self.entries)
        entry, known = self.entries[number], self.oracle.line[number]
        with self.at():
            if known.state == "offered" and known.offer:
                if takes:
                    take_offer(entry=entry)
                    known.state, known.offer.state, known.offer.until = "taken", "booked", None
                else:
                    pass_offer(entry=entry)
                    known.state, known.offer.state = "withdrawn", "released"
                    self.oracle.serve()
            elif known.state == "waiting":
                leave_waitlist(entry=entry)
                known.state = "withdrawn"

    @invariant()
    def both_say_the_same(self) -> None:
        days = dict(PoolDay.objects.filter(pool=self.pool).values_list("day", "booked"))
        for number in range(3):
            assert days.get(_day(number), 0) == self.oracle.taken(number)
        for booking, known in zip(self.real, self.mine(), strict=True):
            row = Booking.objects.get(pk=booking.pk)
            assert (row.state, row.slots) == (known.state, known.slots)
            assert (row.first_day, row.last_day) == (_day(known.span[0]), _day(known.span[1]))
        states = dict(WaitlistEntry.objects.values_list("pk", "state"))
        assert [states[entry.pk] for entry in self.entries] == [w.state for w in self.oracle.line]
        assert list(proofs.booked_is_sum_of_bookings()) == []

    def tidy(self) -> None:
        with self.at():
            end_run_out_holds()
            offer_waiting()

    def mine(self) -> list[Taken]:
        return [b for b in self.oracle.bookings if b.entry is None]

    def one(self, which: int) -> tuple[Booking, Taken]:
        number = which % len(self.real)
        return self.real[number], self.mine()[number]


def _day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def test_capacity_does_what_the_oracle_says(db: None) -> None:
    examples = settings().max_examples
    run_state_machine_as_test(
        Capacity, settings=settings(max_examples=max(20, examples // 2), stateful_step_count=30)
    )
