"""Who comes first when capacity is scarce. Pure.

The rule, in three sentences. Those who wait are served in the order they joined, each with everything they asked for
on every day or with nothing. Whose ask does not fit into what is left blocks nobody behind them: what they cannot use
now is not kept idle for them. A newcomer takes only what is left when all who wait, and whose ask fits, are served.

So nobody who could be served is overtaken. A large ask may be passed by smaller ones that fit while it does not; the
alternative, keeping slots empty until a large ask fits, lets anybody block a node for nothing by waiting for much.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


def serve(free: Mapping[KeyT, int], wants: Sequence[Mapping[KeyT, int]]) -> list[int]:
    """Which of `wants` (in the order they joined) are served out of `free`, as their positions.

    A want names how much it takes of each counter, a day of a pool. A counter that `free` does not know has nothing.
    """
    return _serve(dict(free), wants)


def left_for_others(free: Mapping[KeyT, int], wants: Sequence[Mapping[KeyT, int]]) -> dict[KeyT, int]:
    """What of `free` is left when all who wait, and whose ask fits, are served."""
    left = dict(free)
    _serve(left, wants)
    return left


def fits(free: Mapping[KeyT, int], want: Mapping[KeyT, int]) -> bool:
    """Whether every counter has what is wanted of it."""
    return all(free.get(key, 0) >= n for key, n in want.items())


def _serve(left: dict[KeyT, int], wants: Sequence[Mapping[KeyT, int]]) -> list[int]:
    served = []
    for position, want in enumerate(wants):
        if fits(left, want):
            for key, n in want.items():
                left[key] -= n
            served.append(position)
    return served
