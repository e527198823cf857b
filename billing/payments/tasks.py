from __future__ import annotations

from uuid import UUID

from billing.invoices.events import issued
from billing.payments import services
from coop.runtime.models import OutboxMessage
from coop.runtime.schedule import scheduled


@issued.heard("stripe.invoice", in_steps=True)
def push_invoice(message: OutboxMessage) -> dict[str, str]:
    """Bring an issued invoice to Stripe."""
    return services.push_invoice(invoice_id=UUID(message.payload["invoice"]))


@scheduled("billing.payments.apply_events", seconds=10)
def apply_events() -> int:
    """Work off what Stripe told us."""
    return services.apply_events()


@scheduled("billing.payments.review_holds", seconds=3600)
def review_holds() -> int:
    """Put who does not pay on hold, and take who paid off it."""
    outcome = services.review_holds()
    return len(outcome.held) + len(outcome.lifted)
