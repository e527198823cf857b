"""A drop opens and ends by the clock."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Busy
from coop.models import User
from coop.runtime.nudges import send_after_commit
from fulfillment.drops.models import Drop
from fulfillment.drops.steps import State, enter, lock_drop, require

# A little longer than the schedule's pause. What lies further ahead a broker would hand out again and again.
_SOON = dt.timedelta(seconds=40)


@act
def open_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """Let a drop whose goods are in and whose time has come go live; one that preorders have emptied is sold out.

    Nothing happens to one that is not due. The first sale after the opening does the same: nobody waits for a worker.
    """
    drop = lock_drop(drop)
    if drop.state == State.RECEIVED and drop.opens_at <= clock.now():
        if drop.is_sold_out:
            enter(drop, State.SOLD_OUT, "Preorders took all of it.", by)
        else:
            enter(drop, State.LIVE, "Open.", by)
    return drop


def _open_on_time(drop: Drop) -> None:
    """Have a worker look at the drop at the second of its opening, should nobody buy in that moment."""
    send_after_commit("fulfillment.drops.open_one", str(drop.pk), eta=drop.opens_at)


@act
def close_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """End a live drop now. Raises WrongState when it is not live."""
    drop = lock_drop(drop)
    require(drop, [State.LIVE], "closed")
    drop.closes_at = max(clock.now(), drop.opens_at + dt.timedelta(seconds=1))
    drop.save(update_fields=["closes_at"])
    enter(drop, State.CLOSED, f"Closed by {by.name}." if by else "Closed.", by)
    return drop


@act
def _close_due(*, drop: Drop) -> bool:
    drop = lock_drop(drop)
    due = drop.state == State.LIVE and drop.closes_at is not None and drop.closes_at <= clock.now()
    if due:
        enter(drop, State.CLOSED, "Its time is over.")
    return due


def open_and_close_drops() -> tuple[int, int]:
    """Let every drop whose time has come go live, and close every one whose end has come; an act each. Returns how many."""
    now = clock.now()
    opened = closed = 0
    # Those of the coming seconds, before the schedule comes round again.
    for drop in Drop.objects.filter(state=State.RECEIVED, opens_at__range=(now, now + _SOON)):
        _open_on_time(drop)
    for drop in Drop.objects.filter(state=State.RECEIVED, opens_at__lte=now).order_by("opens_at"):
        with suppress(Busy):  # somebody sells from it, or will come by in a moment
            opened += open_drop(drop=drop).state in (State.LIVE, State.SOLD_OUT)
    for drop in Drop.objects.filter(state=State.LIVE, closes_at__lte=now).order_by("closes_at"):
        with suppress(Busy):
            closed += _close_due(drop=drop)
    return opened, closed
