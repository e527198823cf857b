"""What the books refuse, by name."""

from __future__ import annotations

from coop.kernel.constraints import name_trigger
from coop.kernel.errors import Conflict, Invalid


class Unbalanced(Invalid):
    """The postings of an entry do not sum to zero in each currency."""

    code = "entry_unbalanced"


class PostedOtherwise(Conflict):
    """The source is already in the books, with other amounts."""

    code = "posted_otherwise"


name_trigger(
    "journal_entry_balances",
    kind=Unbalanced,
    code=Unbalanced.code,
    message="This entry does not balance: its postings must sum to zero in each currency.",
)
