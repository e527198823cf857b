"""How much a benchmark does, by the environment: `BENCH_<NAME>_<WHAT>`. The defaults end within five minutes a name.

The reference lists them from here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """A figure somebody may set: `default` is written as it would be in the environment."""

    variable: str
    default: str
    about: str


SIZES: dict[str, Size] = {}


def size(name: str, what: str, default: int, about: str) -> int:
    """How many of `what` the benchmark `name` takes: `BENCH_NAME_WHAT`, or the default."""
    return sizes(name, what, (default,), about)[0]


def sizes(name: str, what: str, default: tuple[int, ...], about: str) -> tuple[int, ...]:
    """The same for several figures, separated by commas."""
    told = Size(
        f"BENCH_{name}_{what}".upper().replace("-", "_"), ",".join(str(one) for one in default), about
    )
    SIZES[told.variable] = told
    return tuple(int(one) for one in os.environ.get(told.variable, told.default).split(","))
