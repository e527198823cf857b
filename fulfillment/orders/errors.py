"""What can go wrong with orders, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coop.kernel.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one order: where it stands, what it says, why not, and what to do.

    `order` and `line` count from 0 in the sequence that was given; `row` is the file's, if the order came from one.
    """

    order: int
    number: str
    field: str
    value: str
    problem: str
    remedy: str
    line: int | None = None
    row: int | None = None

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row is not None else f"order {self.number or self.order + 1}"
        return f"{where}, {self.field} “{self.value}”: {self.problem} {self.remedy}".strip()


class OrdersRefused(Invalid):
    """Some of the orders make no sense; none of them was placed. `problems` names every one."""

    code = "orders_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(f"Nothing was placed: {problems[0]}{more}")
        self.problems = list(problems)


class NumberKnown(Conflict):
    """The channel has told an order of this number before."""

    code = "number_known"


class MemberLeft(Conflict):
    """A member that has left sends nothing any more."""

    code = "member_closed"


class TooLateToCancel(Conflict):
    """The order is being picked, is picked or shipped."""

    code = "too_late_to_cancel"


class AlreadyCancelled(Conflict):
    """There is nothing left to cancel."""

    code = "already_cancelled"


class NothingMissing(Conflict):
    """Nothing of the order is missing: it goes whole."""

    code = "nothing_missing"


class NothingThere(Conflict):
    """No stock at all is promised to the order: there is nothing to send."""

    code = "nothing_there"


class CutTooMuch(Conflict):
    """A line has fewer pieces that wait than were to be cut from it."""

    code = "cut_too_much"


class AllocationMoved(Conflict):
    """An allocation is no longer in the state in which this act could take it."""

    code = "allocation_state"


class PickedTooMuch(Invalid):
    """More was picked than was promised."""

    code = "picked_too_much"


class NotAtPacking(Conflict):
    """Picked goods should lie in the node's packing bin and do not."""

    code = "not_at_packing"
