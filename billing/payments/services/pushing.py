"""An issued invoice becomes one invoice at Stripe, and only one, whatever happens on the way.

customer → draft → lines → compare → finalise → store. Before anything is created Stripe is asked whether it is there
already (by our id in its metadata), and what is created carries a key derived from the invoice. The first holds however
old the loss is, the second while a lost request may still be under way; neither would do alone.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import F

from billing.invoices.models import Invoice
from billing.payments import params, stripe_gateway
from billing.payments.errors import Differs, KeySpent, StripeDown, StripeMissing, StripeRefused
from billing.payments.models import Collection, StripeCustomer, StripePush
from billing.payments.services.settling import settle
from billing.payments.stripe_gateway import TheirInvoice
from coop.kernel import clock
from coop.kernel.locks import lock_rows
from coop.kernel.money import to_minor
from coop.runtime import failpoints
from coop.runtime.outbox import GiveUp

failpoints.declare(
    "billing.pushing.customer",
    "billing.pushing.drafted",
    "billing.pushing.lined",
    "billing.pushing.finalized",
    "billing.pushing.stored",
)
State = Collection.State
# Stripe forgets a key after a day at the earliest.
_KEYS_LIVE = dt.timedelta(hours=48)


def push_invoice(*, invoice_id: UUID) -> dict[str, str]:
    """Bring an issued invoice to Stripe, as far as it is not there yet. Returns {"stripe": its id there}.

    Runs outside a transaction and commits after each step. Raises StripeDown or KeySpent (later), GiveUp when Stripe
    refuses or has it otherwise: the invoice then needs attention, and says why.
    """
    collection, push = _begin(invoice_id)
    if push is None:
        return {"stripe": collection.stripe_id}
    invoice = collection.invoice
    try:
        theirs = _bring(invoice, push)
    except KeySpent:
        _next_attempt(push)
        raise
    except StripeRefused as error:
        # A refusal is kept under its key; when a person has mended the cause, the next try must not get it again.
        _next_attempt(push)
        _needs_attention(invoice, str(error))
        raise GiveUp(str(error)) from error
    except Differs as error:
        _needs_attention(invoice, str(error))
        raise GiveUp(str(error)) from error
    _store(invoice, theirs)
    failpoints.reach("billing.pushing.stored")
    if theirs.status != "open":
        settle(stripe_id=theirs.id)
    return {"stripe": theirs.id}


def key_of(invoice: Invoice, step: str, attempt: int) -> str:
    """The idempotency key of a step: the same at every try of an attempt."""
    return f"inv:{invoice.pk}:{step}:{attempt}"


def _begin(invoice_id: UUID) -> tuple[Collection, StripePush | None]:
    """The invoice's money on its way, and how far it is; None when it is there."""
    with transaction.atomic():
        locked = lock_rows(Collection.objects.select_related("invoice__member").filter(pk=invoice_id))
        if not locked:
            raise GiveUp("A draft is not sent to Stripe.")
        [collection] = locked
        if collection.stripe_id and collection.state not in (State.NONE, State.PUSHING, State.ATTENTION):
            return collection, None
        push, _ = StripePush.objects.get_or_create(invoice=collection.invoice)
        if collection.state != State.PUSHING:
            collection.state, collection.note = State.PUSHING, ""
            collection.save(update_fields=["state", "note"])
        return collection, push


def _bring(invoice: Invoice, push: StripePush) -> TheirInvoice:
    """Every step that is not done yet; returns the invoice as it stands at Stripe, compared with ours and no draft."""
    customer = _customer(invoice)
    failpoints.reach("billing.pushing.customer")
    theirs = _existing(invoice, push, customer) or _draft(invoice, push, customer)
    lines = params.line_params(invoice, list(invoice.lines.order_by("position")))
    if theirs.status == "draft":
        if not stripe_gateway.line_amounts(theirs.id):
            key = key_of(invoice, "lines", push.attempt)
            stripe_gateway.add_lines(invoice=theirs.id, lines=lines, key=key)
        failpoints.reach("billing.pushing.lined")
        theirs = stripe_gateway.fetch(theirs.id)
    try:
        _compare(invoice, theirs, customer, [line["amount"] for line in lines])
    except Differs:
        if theirs.status == "draft":
            stripe_gateway.delete_draft(theirs.id)
            _next_attempt(push)
        raise
    if theirs.status == "draft":
        theirs = _finalize(invoice, push, theirs)
    failpoints.reach("billing.pushing.finalized")
    return theirs


def _customer(invoice: Invoice) -> StripeCustomer:
    """The member at Stripe: known, found there, or made. One that was deleted there is replaced, its id kept."""
    member = invoice.member
    customer, _ = StripeCustomer.objects.get_or_create(member=member)
    if customer.stripe_id and not stripe_gateway.customer_lives(customer.stripe_id):
        customer = _bury(customer, customer.stripe_id)
    if customer.stripe_id:
        return customer
    found = stripe_gateway.find_customer(member_id=str(member.pk), email=member.email)
    if found is None:
        try:
            found = stripe_gateway.create_customer(
                params=params.customer_params(member), key=f"cus:{member.pk}:create:{customer.asked}"
            )
        except KeySpent as error:
            # Asked for before with another address perhaps, which the search by address above does not see.
            found = stripe_gateway.find_customer(
                member_id=str(member.pk), email=None, since=clock.now() - _KEYS_LIVE
            )
            if found is None:
                StripeCustomer.objects.filter(pk=customer.pk, asked=customer.asked).update(
                    asked=F("asked") + 1
                )
                raise StripeDown(str(error)) from error
    customer.stripe_id = found
    customer.save(update_fields=["stripe_id"])
    return customer


def _bury(customer: StripeCustomer, dead: str) -> StripeCustomer:
    with transaction.atomic():
        [fresh] = lock_rows(StripeCustomer.objects.filter(pk=customer.pk))
        if fresh.stripe_id == dead:
            fresh.former_ids = [*fresh.former_ids, dead]
            fresh.stripe_id, fresh.asked = None, fresh.asked + 1
            fresh.save(update_fields=["former_ids", "stripe_id", "asked"])
        return fresh


def _existing(invoice: Invoice, push: StripePush, customer: StripeCustomer) -> TheirInvoice | None:
    """What Stripe holds for this invoice already. Raises Differs when that is more than one."""
    found: list[TheirInvoice] = []
    for stripe_id in filter(None, [customer.stripe_id, *customer.former_ids]):
        found += stripe_gateway.find_invoices(customer=stripe_id, ours=str(invoice.pk))
    orphans = [one for one in found if one.status == "draft" and one.customer != customer.stripe_id]
    for orphan in orphans:
        # Its customer is gone, so it can never be finalised; and the number is to be free again.
        stripe_gateway.delete_draft(orphan.id)
        _next_attempt(push)
    found = [one for one in found if one not in orphans]
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise Differs(f"Stripe holds more than one invoice for {invoice.number}: {ids}.")
    return found[0] if found else None


def _draft(invoice: Invoice, push: StripePush, customer: StripeCustomer) -> TheirInvoice:
    try:
        theirs = stripe_gateway.create_draft(
            params=params.draft_params(invoice, customer.stripe_id or ""),
            key=key_of(invoice, "create", push.attempt),
        )
    except StripeMissing as error:
        # Deleted since we asked whether it lives; the next try finds that out and makes another.
        raise KeySpent(str(error)) from error
    failpoints.reach("billing.pushing.drafted")
    push.draft_id = theirs.id
    push.save(update_fields=["draft_id"])
    return theirs


def _compare(invoice: Invoice, theirs: TheirInvoice, customer: StripeCustomer, amounts: list[int]) -> None:
    """Raises Differs with what is not as we have it."""
    customers = (
        {customer.stripe_id} if theirs.status == "draft" else {customer.stripe_id, *customer.former_ids}
    )
    found = stripe_gateway.line_amounts(theirs.id)
    pairs: list[tuple[str, object, object]] = [
        ("the currency", theirs.currency, invoice.currency),
        ("the number", theirs.number, invoice.number),
        ("the number of lines", len(found), len(amounts)),
        ("the sum of the lines", sum(found), sum(amounts)),
        ("the total", theirs.total, to_minor(invoice.gross_amount, invoice.currency)),
        ("the customer", theirs.customer in customers, True),
    ]
    wrong = [what for what, at_stripe, here in pairs if at_stripe != here]
    if wrong:
        left = "It was not sent to anybody." if theirs.status == "draft" else "It is out already."
        raise Differs(f"Stripe had {' and '.join(wrong)} otherwise than our invoice. {left}")


def _finalize(invoice: Invoice, push: StripePush, theirs: TheirInvoice) -> TheirInvoice:
    try:
        key = key_of(invoice, "finalize", push.attempt)
        return stripe_gateway.finalize(invoice=theirs.id, key=key)
    except StripeRefused:
        # Refused because it was done: by a request of ours that seemed lost, or by hand.
        now = stripe_gateway.fetch(theirs.id)
        if now.status == "draft":
            raise
        return now


def _next_attempt(push: StripePush) -> None:
    """New keys from here on. What exists under the old ones is looked for before anything is created."""
    push.attempt += 1
    push.draft_id = ""
    push.save(update_fields=["attempt", "draft_id"])


def _needs_attention(invoice: Invoice, why: str) -> None:
    Collection.objects.filter(invoice=invoice, state=State.PUSHING).update(
        state=State.ATTENTION, note=why[:300]
    )


def _store(invoice: Invoice, theirs: TheirInvoice) -> None:
    """Where it is, and that it is open; unless news of more than that was quicker."""
    with transaction.atomic():
        [fresh] = lock_rows(Collection.objects.filter(invoice=invoice))
        fresh.stripe_id, fresh.pay_url = theirs.id, theirs.pay_url
        if fresh.state == State.PUSHING:
            fresh.state, fresh.note = State.OPEN, ""
        fresh.save(update_fields=["stripe_id", "pay_url", "state", "note"])
