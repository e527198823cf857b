"""Work without a price as people look at it: what lacks the same price for the same reason is one line. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from billing.charges.rating import Unpriced


@dataclass
class Lacking:
    """So much work of one kind, of a member at a node, without a price from `first` to `last`. `code` is a `NoPrice`."""

    member_id: UUID
    node_id: UUID
    kind: str
    storage_class: str
    code: str
    first: dt.date
    last: dt.date
    quantity: int = 0


def lacking(unpriced: Iterable[Unpriced]) -> list[Lacking]:
    """Put together by the reason's code, in the order in which each came first."""
    found: dict[tuple[UUID, UUID, str, str, str], Lacking] = {}
    for one in unpriced:
        work, code = one.work, one.why.code
        key = (work.member_id, work.node_id, work.kind, work.storage_class, code)
        line = found.setdefault(key, Lacking(*key, first=work.day, last=work.day))
        line.first, line.last = min(line.first, work.day), max(line.last, work.day)
        line.quantity += work.quantity
    return list(found.values())
