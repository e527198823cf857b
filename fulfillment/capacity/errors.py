"""What can go wrong with slots, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coop.kernel.errors import Conflict, Invalid
from fulfillment.capacity.models import SlotPool

_NAMED_DAYS = 5


def _say(days: Sequence[str]) -> str:
    more = len(days) - _NAMED_DAYS
    return ", ".join(days[:_NAMED_DAYS]) + (f" and {more} more days" if more > 0 else "")


class Full(Conflict):
    """The slots are not free on every day asked for. `days`: each day that lacks some, with what is free then.

    `why` says for each of these days in words why; `may_wait` whether so many can come free on all of them.
    """

    code = "full"

    def __init__(
        self,
        asked: int,
        days: Sequence[tuple[dt.date, int]],
        *,
        what: SlotPool | None = None,
        why: Sequence[str] = (),
        may_wait: bool = True,
    ) -> None:
        self.asked = asked
        self.days = list(days)
        self.pool = what
        self.why = list(why) or [_("%(n)s free") % {"n": free} for _day, free in self.days]
        self.may_wait = may_wait
        words = (
            _("Not free: %(what)s on %(days)s. Take fewer or other days.")
            if all(free > 0 for _day, free in self.days)
            else _("Not free: %(what)s on %(days)s. Take other days.")
        )
        slots = ngettext("%(n)s slot", "%(n)s slots", asked) % {"n": asked}
        listed = [f"{day:%d %b %Y} ({why})" for (day, _free), why in zip(self.days, self.why, strict=True)]
        told = {"what": what.amount(asked) if what else slots, "days": _say(listed)}
        super().__init__(words % told, field="slots")


class BehindOthers(Full):
    """What is free is for those who wait for it; they come first."""

    code = "waiting_list_first"

    def __init__(self, full: Full) -> None:
        super().__init__(full.asked, full.days, what=full.pool, why=full.why, may_wait=full.may_wait)
        self.message = f"Others wait for these slots and come first. {self.message}"


class FreeNow(Conflict):
    """There is nothing to wait for: the slots are free."""

    code = "free_now"


class NeverFits(Invalid):
    """The pool never offers that many slots on that day, however many others go, or the node does not work then."""

    code = "never_fits"


class NotOffered(Conflict):
    """There is no offer to take or to pass (any more)."""

    code = "not_offered"


class NotToday(Conflict):
    """Nobody is expected today by this booking."""

    code = "not_today"


class NothingToChange(Conflict):
    """The booking is over, used, or only held for somebody else's answer."""

    code = "nothing_to_change"


class OverTier(Conflict):
    """The node's tier holds fewer different SKUs. `better`: the name of a node that may hold them, or empty."""

    code = "over_tier"

    def __init__(
        self,
        node: str,
        tier: str,
        asked: int,
        days: Sequence[tuple[dt.date, int]],
        why: Sequence[str],
        better: str,
    ) -> None:
        self.asked = asked
        self.days = list(days)
        self.better = better
        listed = _say([f"{day:%d %b %Y} ({words})" for (day, _left), words in zip(days, why, strict=True)])
        instead = f" {better} may hold them." if better else " Ask a steward to let it pass."
        super().__init__(
            f"{node} is a {tier} node and has no room for {asked} more SKUs on {listed}.{instead}",
            field="skus",
        )


class HoldRanOut(Conflict):
    """The hold is over; what it kept may be somebody else's now."""

    code = "hold_ran_out"


class WouldOversell(Conflict):
    """The capacity cannot be lowered below what is booked. `members`: who holds slots on those days, and how many."""

    code = "would_oversell"

    def __init__(
        self, slots: int, days: Sequence[tuple[dt.date, int]], members: Sequence[tuple[str, int]]
    ) -> None:
        self.days = list(days)
        self.members = list(members)
        booked = _say([f"{day:%d %b %Y} ({booked} booked)" for day, booked in days])
        who = ", ".join(f"{name} ({held} slots)" for name, held in members)
        super().__init__(
            f"{slots} slots are fewer than are booked on {booked}. Affected: {who}. Ask them to release, or choose whose go.",
            field="slots",
        )


class OnHold(Conflict):
    """A member whose invoices are overdue keeps what it has, but books nothing new."""

    code = "on_hold"


class NothingToRelease(Conflict):
    """The booking is released already, or its last day has come."""

    code = "nothing_to_release"
