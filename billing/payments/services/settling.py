"""How far the money of an invoice is: read from Stripe, booked once, and never backwards."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from billing.invoices.models import Invoice
from billing.ledger import chart
from billing.ledger.models import JournalEntry
from billing.ledger.services import post
from billing.payments import stripe_gateway
from billing.payments.errors import PaidOtherwise
from billing.payments.models import Collection, Payment
from billing.payments.stripe_gateway import TheirInvoice, TheirPayment
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import derived
from coop.kernel.locks import lock_rows, one_at_a_time
from coop.kernel.money import from_minor, to_minor
from coop.runtime import failpoints

failpoints.declare("billing.paying.booked")
State = Collection.State


@act
def settle(*, stripe_id: str) -> Collection | None:
    """Ask Stripe how this invoice of its stands, and take that over: payments into the books, the state forwards.

    As often as one likes and in any order: it is the answer that counts, not what asked for it. Returns how far
    the money of our invoice is, None when it is none of ours. Raises StripeDown, StripeMissing, PaidOtherwise.
    """
    # Answers are taken over in the order in which they were given: an older one never overwrites a newer one.
    one_at_a_time(f"stripe.{stripe_id}", timeout_ms=10_000)
    theirs = stripe_gateway.fetch(stripe_id)
    payments = stripe_gateway.list_payments(invoice=stripe_id) if theirs.status != "draft" else []
    target, note = _standing(theirs, payments)
    ours = _ours(theirs)
    if ours is None or theirs.status == "draft":
        return ours
    invoice = ours.invoice
    if ours.stripe_id and ours.stripe_id != theirs.id:
        raise PaidOtherwise(
            f"Stripe has {theirs.id} for {invoice.number} as well, which we know as {ours.stripe_id}."
        )
    if _same_money(invoice, theirs):
        _book(invoice, theirs, payments)
        if target == State.PAID:
            target, note = _checked_paid(invoice)
    else:
        target = State.ATTENTION
        note = f"Stripe's invoice {theirs.id} is of another amount or currency than ours."
    failpoints.reach("billing.paying.booked")
    _move(ours, theirs, target, note)
    return ours


@act
def record_payment(
    *,
    invoice: Invoice,
    amount: Decimal,
    currency: str,
    external_id: str,
    received_at: dt.datetime,
    past_stripe: bool = False,
) -> Payment:
    """Book money that came in, in the payments and in the books, once for an `external_id`.

    `past_stripe` is money that went to the co-op's own account. Raises PaidOtherwise when the same id was told before
    with another invoice or amount.
    """
    payment = Payment(
        id=derived("payment", external_id),
        invoice=invoice,
        amount=amount,
        currency=currency,
        external_id=external_id,
        received_at=received_at,
    )
    Payment.objects.bulk_create([payment], ignore_conflicts=True)
    known = Payment.objects.get(external_id=external_id)
    if (known.invoice_id, known.amount, known.currency) != (invoice.pk, amount, currency):
        raise PaidOtherwise(f"The payment {external_id} is booked otherwise already.")
    into = chart.bank(currency) if past_stripe else chart.clearing(currency)
    zone = ZoneInfo(invoice.seller.get("timezone", "UTC"))
    post(
        kind=JournalEntry.Kind.PAYMENT,
        source_id=known.pk,
        day=known.received_at.astimezone(zone).date(),
        memo=f"Payment of invoice {invoice.number} · {invoice.member.name}",
        postings=[(into, amount), (chart.receivable(invoice.member, currency), -amount)],
    )
    return known


def _ours(theirs: TheirInvoice) -> Collection | None:
    """Our invoice's money, locked: by the id we gave Stripe, or by the one it gave us."""
    wanted = Q(stripe_id=theirs.id)
    with suppress(ValueError):
        wanted |= Q(pk=UUID(theirs.ours))
    found = lock_rows(Collection.objects.select_related("invoice__member").filter(wanted))
    return found[0] if found else None


def _same_money(invoice: Invoice, theirs: TheirInvoice) -> bool:
    ours = (to_minor(invoice.gross_amount, invoice.currency), invoice.currency)
    return (theirs.total, theirs.currency) == ours


def _book(invoice: Invoice, theirs: TheirInvoice, payments: list[TheirPayment]) -> None:
    for one in payments:
        if one.status == "paid" and one.amount_paid > 0:
            record_payment(
                invoice=invoice,
                amount=from_minor(one.amount_paid, one.currency),
                currency=one.currency,
                external_id=one.id,
                received_at=one.paid_at or clock.now(),
            )
    if theirs.paid_outside > 0:
        record_payment(
            invoice=invoice,
            amount=from_minor(theirs.paid_outside, theirs.currency),
            currency=theirs.currency,
            external_id=f"{theirs.id}:outside",
            received_at=theirs.paid_at or clock.now(),
            past_stripe=True,
        )


def _standing(theirs: TheirInvoice, payments: list[TheirPayment]) -> tuple[str, str]:
    """What Stripe's answer means for us, and the reason where there is one."""
    if theirs.status == "paid":
        return State.PAID, ""
    if theirs.status == "void":
        return State.VOID, "Voided at Stripe."
    if theirs.status == "uncollectible":
        return State.FAILED, "Given up at Stripe as uncollectible."
    for one in payments:
        if one.status == "open" and one.intent:
            stands, why = stripe_gateway.try_of(one.intent)
            if stands == "processing":
                return State.PROCESSING, ""
            if why:
                return State.FAILED, why
    return State.OPEN, ""


def _checked_paid(invoice: Invoice) -> tuple[str, str]:
    """Paid is what the payments sum to, not what a status says."""
    came = invoice.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if came == invoice.gross_amount:
        return State.PAID, ""
    return (
        State.ATTENTION,
        f"Stripe says paid, but {came} of {invoice.gross_amount} {invoice.currency} came in.",
    )


def _move(ours: Collection, theirs: TheirInvoice, target: str, note: str) -> None:
    """Forwards only: paid stays paid, and void gives way to money alone."""
    if ours.state == State.PAID or (ours.state == State.VOID and target != State.PAID):
        return
    ours.stripe_id, ours.pay_url = theirs.id, theirs.pay_url
    ours.state, ours.note = target, note[:300]
    if target == State.PAID:
        ours.paid_at = theirs.paid_at or clock.now()
    ours.save(update_fields=["stripe_id", "pay_url", "state", "note", "paid_at"])
