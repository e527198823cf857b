"""What rate cards refuse, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid


class EmptyCard(Invalid):
    """A rate card without a price prices nothing."""

    code = "card_empty"


class AlreadyCharged(Conflict):
    """Work of those days is charged at the old prices; prices do not change backwards."""

    code = "already_charged"


class NoCard(Conflict):
    """Nothing says what work costs on that day."""

    code = "no_card"
