"""Stripe behind a door: the only module that imports `stripe`. Requests and answers in our own words, amounts in minor units.

Every function may raise StripeDown (try again later) or StripeRefused (it will say so again). Those that create take
the idempotency key from the caller and may raise KeySpent: nothing new will ever come of that key.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from billing.payments.errors import KeySpent, StripeDown, StripeMissing, StripeRefused, WebhookRefused
from coop.kernel import clock

# What our code was written for; an account's default version may be any other.
API_VERSION = "2026-10-28.endive"
# Seconds to connect and to read. The library's own default would hold a worker for 80 s, three times.
TIMEOUT: tuple[float, float] = (3, 20)
RETRIES = 2
TOLERANCE = dt.timedelta(seconds=300)


@dataclass(frozen=True)
class TheirInvoice:
    """An invoice as Stripe has it. Amounts in minor units; `ours` is our id from its metadata, "" without one."""

    id: str
    status: str
    customer: str
    currency: str
    number: str
    total: int
    amount_paid: int
    paid_outside: int
    pay_url: str
    ours: str
    paid_at: dt.datetime | None
    created: dt.datetime


@dataclass(frozen=True)
class TheirPayment:
    """A payment of an invoice: open, paid or canceled; `intent` is the try behind it."""

    id: str
    invoice: str
    status: str
    amount_paid: int
    currency: str
    intent: str
    paid_at: dt.datetime | None


@dataclass(frozen=True)
class Notice:
    """A signed event."""

    id: str
    type: str
    api_version: str
    livemode: bool
    payload: dict[str, Any]


def find_customer(*, member_id: str, email: str | None, since: dt.datetime | None = None) -> str | None:
    """The living customer that carries this member's id, among those of an address or made since a moment."""
    params: dict[str, Any] = {"limit": 100}
    if email is not None:
        params["email"] = email
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    with _translated():
        for customer in _client().v1.customers.list(_any(params)).auto_paging_iter():
            if _metadata(customer).get("member") == member_id:
                return str(customer.id)
    return None


def create_customer(*, params: Mapping[str, Any], key: str) -> str:
    with _translated():
        return str(_client().v1.customers.create(_any(params), {"idempotency_key": key}).id)


def customer_lives(customer: str) -> bool:
    """Whether a customer can still be invoiced (a deleted one answers, but no longer takes anything)."""
    try:
        with _translated():
            return not getattr(_client().v1.customers.retrieve(customer), "deleted", False)
    except StripeMissing:
        return False


def find_invoices(*, customer: str, ours: str) -> list[TheirInvoice]:
    """The invoices of a customer that carry our id. A list, not a search: it sees what was made a moment ago."""
    return [one for one in list_invoices(customer=customer) if one.ours == ours]


def list_invoices(*, customer: str | None = None, since: dt.datetime | None = None) -> Iterator[TheirInvoice]:
    """Invoices, the newest first."""
    params: dict[str, Any] = {"limit": 100}
    if customer is not None:
        params["customer"] = customer
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    with _translated():
        for invoice in _client().v1.invoices.list(_any(params)).auto_paging_iter():
            yield _invoice(invoice)


def create_draft(*, params: Mapping[str, Any], key: str) -> TheirInvoice:
    with _translated():
        return _invoice(_client().v1.invoices.create(_any(params), {"idempotency_key": key}))


def add_lines(*, invoice: str, lines: Sequence[Mapping[str, Any]], key: str) -> None:
    """All lines in one call: at most 250, each with its whole amount and taxes."""
    with _translated():
        _client().v1.invoices.add_lines(invoice, _any({"lines": list(lines)}), {"idempotency_key": key})


def fetch(invoice: str) -> TheirInvoice:
    with _translated():
        return _invoice(_client().v1.invoices.retrieve(invoice))


def line_amounts(invoice: str) -> list[int]:
    """What the lines of an invoice are, without tax."""
    with _translated():
        lines = _client().v1.invoices.line_items.list(invoice, {"limit": 100})
        return [int(line.amount) for line in lines.auto_paging_iter()]


def finalize(*, invoice: str, key: str) -> TheirInvoice:
    """From draft to open. We remind and collect ourselves, so Stripe is not to advance it."""
    with _translated():
        done = _client().v1.invoices.finalize_invoice(
            invoice, {"auto_advance": False}, {"idempotency_key": key}
        )
        return _invoice(done)


def delete_draft(invoice: str) -> None:
    """Remove a draft; one that is gone already is fine."""
    try:
        with _translated():
            _client().v1.invoices.delete(invoice)
    except StripeMissing:
        return


def list_payments(*, invoice: str | None = None, intent: str | None = None) -> list[TheirPayment]:
    """The payments of an invoice, or those behind a payment intent."""
    params: dict[str, Any] = {"limit": 100}
    if invoice is not None:
        params["invoice"] = invoice
    if intent is not None:
        params["payment"] = {"type": "payment_intent", "payment_intent": intent}
    with _translated():
        found = _client().v1.invoice_payments.list(_any(params)).auto_paging_iter()
        return [_payment(one) for one in found]


def try_of(intent: str) -> tuple[str, str]:
    """How a try to pay stands, and why it failed the last time ("" when it did not)."""
    with _translated():
        found = _client().v1.payment_intents.retrieve(intent)
        error = found.last_payment_error
        return str(found.status), str(getattr(error, "message", None) or "") if error else ""


def is_live() -> bool:
    """Whether our key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def construct_event(*, body: bytes, signature: str) -> Notice:
    """The event in a webhook's raw bytes. Raises WebhookRefused for what is unsigned, stale, early or no snapshot event."""
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, settings.STRIPE_WEBHOOK_SECRET, int(TOLERANCE.total_seconds())
        )
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise WebhookRefused("The signature of this event is not ours, or it is too old.") from error
    # The library refuses what is too old, but takes what comes from the future.
    if _signed_at(signature) > clock.now() + TOLERANCE:
        raise WebhookRefused("This event is dated in the future.")
    if not isinstance(event, dict) or event.get("object") != "event":
        raise WebhookRefused("Only snapshot events are taken here.")
    id_, type_, data = event.get("id"), event.get("type"), event.get("data")
    if not (isinstance(id_, str) and isinstance(type_, str) and isinstance(data, dict)):
        raise WebhookRefused("This event lacks its id, its type or its object.")
    version = str(event.get("api_version") or "")
    return Notice(id_[:80], type_[:80], version[:40], event.get("livemode") is True, event)


def _signed_at(signature: str) -> dt.datetime:
    stamp = next(part[2:] for part in signature.split(",") if part.startswith("t="))
    try:
        return dt.datetime.fromtimestamp(int(stamp), tz=dt.UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise WebhookRefused("This event has no date.") from error


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors in our words."""
    try:
        yield
    except stripe.IdempotencyError as error:
        raise KeySpent(_words(error)) from error
    except stripe.StripeError as error:
        replayed = (error.headers or {}).get("Idempotent-Replayed") == "true"
        status = error.http_status
        unsettled = status is None or status in (401, 403, 409, 429) or status >= 500
        if unsettled and replayed:
            raise KeySpent(_words(error)) from error
        if unsettled:
            raise StripeDown(_words(error)) from error
        if status == 404 or error.code == "resource_missing":
            raise StripeMissing(_words(error)) from error
        raise StripeRefused(_words(error)) from error


def _words(error: stripe.StripeError) -> str:
    return str(error.user_message or error)[:300]


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, TIMEOUT)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str, timeout: tuple[float, float]) -> stripe.StripeClient:
    options: dict[str, Any] = {}
    if base:
        options["base_addresses"] = {"api": base, "files": base, "meter_events": base}
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=_any(timeout)),
        **options,
    )


def _invoice(found: Any) -> TheirInvoice:
    metadata = _metadata(found)
    paid_at = found.status_transitions.paid_at if found.status_transitions else None
    return TheirInvoice(
        id=found.id,
        status=found.status or "",
        customer=found.customer if isinstance(found.customer, str) else found.customer.id,
        currency=found.currency.upper(),
        number=found.number or "",
        total=found.total,
        amount_paid=found.amount_paid,
        paid_outside=getattr(found, "amount_paid_off_stripe", None) or 0,
        pay_url=found.hosted_invoice_url or "",
        ours=metadata.get("invoice", ""),
        paid_at=_moment(paid_at),
        created=dt.datetime.fromtimestamp(found.created, tz=dt.UTC),
    )


def _payment(found: Any) -> TheirPayment:
    invoice = found.invoice if isinstance(found.invoice, str) else found.invoice.id
    return TheirPayment(
        id=found.id,
        invoice=invoice,
        status=found.status,
        amount_paid=found.amount_paid or 0,
        currency=found.currency.upper(),
        intent=str(getattr(found.payment, "payment_intent", None) or ""),
        paid_at=_moment(found.status_transitions.paid_at),
    )


def _metadata(found: Any) -> dict[str, str]:
    return found.metadata.to_dict() if found.metadata else {}


def _moment(stamp: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(stamp, tz=dt.UTC) if stamp else None


def _any(params: Any) -> Any:
    """The library's parameter types are closed dictionaries; ours are built elsewhere."""
    return params
