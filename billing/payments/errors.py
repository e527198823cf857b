"""What goes wrong with payments, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid
from coop.runtime.outbox import TryLater


class WebhookRefused(Invalid):
    """What came to the webhook address is not a fresh, signed event of ours."""

    code = "webhook_refused"
    status = 400


class PaidOtherwise(Conflict):
    """The same payment was told before, for another invoice or with another amount."""

    code = "paid_otherwise"


class NotPushed(Conflict):
    """Stripe knows nothing of this invoice."""

    code = "not_pushed"


# What Stripe answers, as its gateway tells it.


class StripeDown(TryLater):
    """Not to be had, too busy, or refusing our key: what became of the request is unknown."""


class StripeRefused(Exception):
    """Stripe said no to this request, in these words, and changed nothing."""


class StripeMissing(StripeRefused):
    """There is no such object (any more)."""


class KeySpent(TryLater):
    """The idempotency key is bound to a failure or to other parameters. Look what exists, then take another key."""


# What our own side makes of an answer.


class Differs(Exception):
    """Stripe has this invoice otherwise than we do; it must not be sent to anybody."""


class UnknownInvoice(Exception):
    """Not one of our invoices, or not yet."""


class NotForUs(Exception):
    """An event that says nothing about our invoices."""
