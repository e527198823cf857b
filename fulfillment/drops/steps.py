"""How a drop gets from one state to the next: locked, allowed, written down in words."""

from __future__ import annotations

from collections.abc import Collection

from coop.kernel import clock
from coop.kernel.locks import lock_rows
from coop.models import User
from fulfillment.drops.errors import DropIsOver, WrongState
from fulfillment.drops.models import Drop, DropStep

State = Drop.State
_OVER = (State.SOLD_OUT, State.CLOSED, State.SETTLED, State.CANCELLED)
_MOST = 300


def lock_drop(drop: Drop) -> Drop:
    """The drop as it is now, locked: its states, legs and lines are written under this lock alone (sales move counters)."""
    [locked] = lock_rows(Drop.objects.select_related("member").filter(pk=drop.pk))
    return locked


def require(drop: Drop, allowed: Collection[str], what: str) -> None:
    """Raises WrongState (DropIsOver once it is over) unless the drop is in one of the `allowed` states."""
    if drop.state in allowed:
        return
    error = DropIsOver if drop.state in _OVER else WrongState
    names = " or ".join(State(state).label for state in allowed)
    raise error(f"{drop.title} is {drop.get_state_display()}; only a drop that is {names} can be {what}.")


def enter(drop: Drop, state: str, what: str, by: User | None = None) -> DropStep:
    """Put a locked drop into a state, and write down why."""
    drop.state = state
    drop.save(update_fields=["state"])
    return say(drop, what, by)


def say(drop: Drop, what: str, by: User | None = None) -> DropStep:
    """Write down what happened to a drop; the state stays."""
    words = what if len(what) <= _MOST else what[: _MOST - 1] + "…"
    return DropStep.objects.create(drop=drop, state=drop.state, what=words, taken_by=by, taken_at=clock.now())
