"""Named places where a crash would hurt, and a way to crash exactly there.

A no-op unless the environment arms one: `COMMONSHELF_FAILPOINT=name[:probability[:seed]]`. Armed, the process kills
itself (SIGKILL: no cleanup, no flush) when it reaches the point. Random kills prove nothing: a wrong design survives
them; killed at its weak point it does not.
"""

from __future__ import annotations

import os
import random
import signal

_declared: set[str] = set()
_rng: random.Random | None = None


def declare(*names: str) -> None:
    """Make the names known, so that the crash tests can visit every one of them."""
    _declared.update(names)


def declared() -> list[str]:
    """All names declared by the rooms imported so far."""
    return sorted(_declared)


def reach(name: str) -> None:
    """Die here if this point is armed. Raises KeyError for a name that nobody declared."""
    if name not in _declared:
        raise KeyError(f"fail-point {name!r} was never declared")
    armed = os.environ.get("COMMONSHELF_FAILPOINT")
    if not armed:
        return
    target, _, rest = armed.partition(":")
    if target != name:
        return
    probability, _, seed = rest.partition(":")
    global _rng
    if _rng is None:
        _rng = random.Random(seed or None)  # noqa: S311 - a crash test's dice, not a secret
    if _rng.random() < float(probability or 1):
        os.kill(os.getpid(), signal.SIGKILL)
