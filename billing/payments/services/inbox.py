"""What Stripe tells us: stored once and answered at once; worked off later, by asking Stripe itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from django.db import transaction

from billing.payments import stripe_gateway
from billing.payments.errors import NotForUs, StripeMissing, StripeRefused, UnknownInvoice
from billing.payments.models import StripeEvent
from billing.payments.services.dunning import review_holds
from billing.payments.services.settling import settle
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Busy, DomainError
from coop.kernel.locks import lock_rows
from coop.runtime.nudges import send_after_commit
from coop.runtime.outbox import TryLater

_APPLY = "billing.payments.apply_events"
log = structlog.get_logger(__name__)
State = StripeEvent.State

# Our own row may come later than the news of it; after so many looks (about an hour) it is somebody else's.
UNKNOWN_TRIES = 8
_RETRY_CAP = dt.timedelta(hours=1)
_BY_HAND = {
    "charge.refunded": "Money was given back at Stripe.",
    "charge.dispute.created": "A payment is disputed.",
    "charge.dispute.closed": "A dispute is decided.",
    "credit_note.created": "A credit note was written at Stripe.",
}


@act
def receive_webhook(*, body: bytes, signature: str) -> bool:
    """Verify an event and keep it. False when it is kept already. Raises WebhookRefused; nothing is kept then."""
    notice = stripe_gateway.construct_event(body=body, signature=signature)
    event = StripeEvent(
        stripe_id=notice.id,
        type=notice.type,
        api_version=notice.api_version,
        livemode=notice.livemode,
        payload=notice.payload,
    )
    StripeEvent.objects.bulk_create([event], ignore_conflicts=True)
    new = StripeEvent.objects.filter(pk=event.pk).exists()
    if new:
        send_after_commit(_APPLY)
    return new


@act
def retry_event(*, event: StripeEvent) -> bool:
    """A person wants it looked at once more. False when it is applied by now."""
    moved = StripeEvent.objects.filter(
        pk=event.pk, state__in=[State.STORED, State.FAILED, State.IGNORED]
    ).update(state=State.STORED, attempts=0, next_attempt_at=clock.now(), note="")
    send_after_commit(_APPLY)
    return bool(moved)


def apply_events(*, limit: int = 200) -> int:
    """Work off stored events that are due; other workers take other ones. Returns how many were applied."""
    applied = 0
    for _ in range(limit):
        with transaction.atomic():
            due = StripeEvent.objects.filter(state=State.STORED, next_attempt_at__lte=clock.now())
            claimed = lock_rows(due.order_by("next_attempt_at", "id"), skip_locked=True, limit=1)
            if not claimed:
                break
            applied += _work_off(claimed[0])
    if applied:
        review_holds()
    return applied


def _work_off(event: StripeEvent) -> bool:
    """Apply one event, and write down what became of it."""
    event.attempts += 1
    try:
        with transaction.atomic():
            event.note = _apply(event)
        event.state, event.applied_at = State.APPLIED, clock.now()
    except NotForUs as error:
        event.state, event.note = State.IGNORED, str(error)
    except StripeMissing as error:
        event.state, event.note = State.IGNORED, f"No longer at Stripe: {error}"
    except (TryLater, Busy) as error:
        _later(event, str(error))
    except UnknownInvoice as error:
        _later(event, str(error))
        if event.attempts >= UNKNOWN_TRIES:
            event.state = State.IGNORED
    except (DomainError, StripeRefused) as error:
        event.state, event.note = State.FAILED, str(error)
    except Exception as error:
        # One event that breaks us must not hold up those behind it.
        log.exception("stripe.event_failed", event=event.stripe_id)
        event.state, event.note = State.FAILED, f"{type(error).__name__}: {error}"
    event.save(update_fields=["state", "attempts", "next_attempt_at", "note", "applied_at"])
    return event.state == State.APPLIED


def _later(event: StripeEvent, why: str) -> None:
    event.note = why
    event.next_attempt_at = clock.now() + min(
        dt.timedelta(seconds=5 * 2 ** min(event.attempts, 20)), _RETRY_CAP
    )


def _apply(event: StripeEvent) -> str:
    """Settle the invoice that the event is about. Returns a note."""
    if event.livemode != stripe_gateway.is_live():
        raise NotForUs("From the other mode (live or test) than ours.")
    if event.type in _BY_HAND:
        raise DomainError(
            f"{_BY_HAND[event.type]} This is not booked by itself: look at Stripe, and book it by hand."
        )
    stripe_id = _invoice_in(event)
    if settle(stripe_id=stripe_id) is None:
        raise UnknownInvoice(f"Stripe's invoice {stripe_id} is none of ours.")
    other = event.api_version and event.api_version != stripe_gateway.API_VERSION
    return f"Told in API version {event.api_version}." if other else ""


def _invoice_in(event: StripeEvent) -> str:
    """Which invoice of Stripe's to ask about: all that is taken from the payload."""
    found: Any = event.payload.get("data", {}).get("object", {})
    kind, id_ = found.get("object"), found.get("id")
    if kind == "invoice" and isinstance(id_, str):
        return id_
    if kind == "invoice_payment" and isinstance(found.get("invoice"), str):
        return str(found["invoice"])
    if kind == "payment_intent" and isinstance(id_, str):
        payments = stripe_gateway.list_payments(intent=id_)
        if payments:
            return payments[0].invoice
    raise NotForUs("Nothing about an invoice.")
