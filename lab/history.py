"""Is there a serial order of what happened to one counter that explains every answer? A small checker. Pure.

Many clients take slots from one window (a day of a pool) and give them back at the same time. Each call has a moment at
which it was made and one at which it was answered; somewhere between the two it must have happened, all at once. The
history is legal when one order of all calls respects that and no answer contradicts it: nobody took more than there
was, and who was told how many are free was told the truth. (Linearizability: M. Herlihy, J. Wing, ACM TOPLAS 12(3),
1990; the search is J. Wing's and C. Gong's, JPDC 17, 1993, with the memory of G. Lowe, 2017.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Order = list[int]


class Undecided(Exception):
    """The search was given up; the history is neither proven legal nor refused."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one client did to the window, between `begin` and `end` (any clock, the same for all).

    `change` slots were taken (below zero: given back); `told` is how many slots it was told are free, if it was told.
    """

    begin: float
    end: float
    change: int = 0
    told: int | None = None
    what: str = ""


def serial_order(calls: Sequence[Call], capacity: int, *, steps: int = 2_000_000) -> Order | None:
    """The positions of `calls` in a legal order, or None when there is none. Raises Undecided after so many steps."""
    turn = sorted(range(len(calls)), key=lambda n: (calls[n].begin, calls[n].end))
    line = [calls[n] for n in turn]
    path: list[int] = []
    start: _Done = (0, frozenset())
    # One entry for each call in the path, and the start: how far we are, what is taken, what is still to be tried there.
    stack = [(start, 0, _next(line, start))]
    seen = {start}
    while stack:
        done, taken, candidates = stack[-1]
        if done[0] == len(line):
            return [turn[n] for n in path]
        if not candidates:
            stack.pop()
            path[-1:] = []
            continue
        steps -= 1
        if steps < 0:
            raise Undecided(f"{len(line)} calls, {len(path)} of them in order")
        n = candidates.pop()
        after = _with(done, n)
        if after in seen or not _legal(line[n], taken, capacity):
            continue
        seen.add(after)
        path.append(n)
        stack.append((after, taken + line[n].change, _next(line, after)))
    return None


# All calls before the first number are placed, and besides them those of the set.
_Done = tuple[int, frozenset[int]]


def _with(done: _Done, n: int) -> _Done:
    first, beyond = done
    placed = {*beyond, n}
    while first in placed:
        placed.discard(first)
        first += 1
    return first, frozenset(placed)


def _next(line: Sequence[Call], done: _Done) -> list[int]:
    """Which calls may come next: those made before any that is left was answered. The one to try first stands last."""
    first, beyond = done
    found: list[int] = []
    earliest = float("inf")
    for n in range(first, len(line)):
        if line[n].begin > earliest:
            break
        if n not in beyond:
            earliest = min(earliest, line[n].end)
            found.append(n)
    return sorted((n for n in found if line[n].begin <= earliest), key=lambda n: -line[n].end)


def _legal(call: Call, taken: int, capacity: int) -> bool:
    if call.told is not None and call.told != capacity - taken:
        return False
    return 0 <= taken + call.change <= capacity
