"""What rate cards refuse, by name."""

from __future__ import annotations

from coop.kernel.constraints import name_trigger
from coop.kernel.errors import Conflict, Invalid


class EmptyCard(Invalid):
    """A rate card without a price prices nothing."""

    code = "card_empty"


class AlreadyCharged(Conflict):
    """Work of those days is charged at the old prices; prices do not change backwards."""

    code = "already_charged"


# The trigger says in its detail which card it is and up to which day it has priced work.
name_trigger(
    "rate_card_keeps_what_it_priced",
    kind=AlreadyCharged,
    code=AlreadyCharged.code,
    message="Charges keep the price they were made at: it cannot end before that day, and new prices start after it.",
)
