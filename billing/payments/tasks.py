from __future__ import annotations

from uuid import UUID

from celery import shared_task

from billing.payments import services
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage


@outbox.handler("stripe.invoice", in_steps=True)
def push_invoice(message: OutboxMessage) -> dict[str, str]:
    """Bring an issued invoice to Stripe."""
    return services.push_invoice(invoice_id=UUID(message.payload["invoice"]))


@shared_task(name="billing.payments.apply_events")
def apply_events() -> int:
    """Work off what Stripe told us."""
    return services.apply_events()


@shared_task(name="billing.payments.review_holds")
def review_holds() -> int:
    """Put who does not pay on hold, and take who paid off it."""
    outcome = services.review_holds()
    return len(outcome.held) + len(outcome.lifted)
