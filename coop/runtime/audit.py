"""The proofs of the house: what must hold at any time, each room's in its `proofs.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coop.kernel.rooms import discover

Check = Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Proof:
    """One thing that must hold, and the function that names what does not."""

    name: str
    room: str
    check: Check


_proofs: list[Proof] = []


def proof(name: str) -> Callable[[Check], Check]:
    """Register a function as a proof: it yields one sentence for each violation, and nothing when all is well."""

    def register(check: Check) -> Check:
        _proofs.append(Proof(name=name, room=check.__module__.rpartition(".")[0], check=check))
        return check

    return register


def proofs() -> list[Proof]:
    """Every proof of every installed floor."""
    discover("proofs")
    return sorted(_proofs, key=lambda p: (p.room, p.name))
