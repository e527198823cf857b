"""What goes wrong with payments, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid


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
