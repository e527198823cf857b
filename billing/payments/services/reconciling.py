"""What Stripe says against what we say. Differences are shown; nothing is mended behind anybody's back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from billing.invoices.models import Invoice
from billing.payments import stripe_gateway
from billing.payments.models import Payment
from billing.payments.stripe_gateway import StripeMissing, TheirInvoice
from coop.kernel import clock
from coop.kernel.money import from_minor, to_minor

# A SEPA debit can be taken back for eight weeks after up to two weeks on its way; Stripe's invoices of that time are asked about.
REACH = dt.timedelta(days=95)
Collection = Invoice.Collection

_ALLOWED: dict[str, set[str]] = {
    "draft": {Collection.NONE, Collection.PUSHING, Collection.ATTENTION},
    "open": {Collection.OPEN, Collection.PROCESSING, Collection.FAILED},
    "uncollectible": {Collection.FAILED},
    "paid": {Collection.PAID},
    "void": {Collection.VOID},
}
_TAKE_OVER = "Take over what Stripe says."


@dataclass(frozen=True)
class Finding:
    """One difference: what it is about (an invoice number or Stripe's id), what differs, and what can be done."""

    about: str
    what: str
    problem: str
    remedy: str


def compare_with_stripe(*, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Ask Stripe about every invoice that is unsettled or younger than REACH, both ways round. Changes nothing.

    `progress` is told (done, total). Raises StripeDown.
    """
    since = clock.now() - REACH
    unsettled = ~Q(collection__in=[Collection.PAID, Collection.VOID])
    ours = list(
        Invoice.objects.filter(unsettled | Q(issued_on__gte=since.date()), state=Invoice.State.ISSUED)
        .select_related("member")
        .order_by("number")
    )
    theirs = {one.id: one for one in stripe_gateway.list_invoices(since=since)}
    paid = _paid_of(ours)
    by_ours: dict[str, list[TheirInvoice]] = defaultdict(list)
    for one in theirs.values():
        by_ours[one.ours].append(one)
    findings: list[Finding] = []
    for done, invoice in enumerate(ours, start=1):
        findings += _compare(invoice, theirs, by_ours[str(invoice.pk)], paid.get(invoice.pk, Decimal(0)))
        if progress is not None:
            progress(done, len(ours))
    findings += _without_row(theirs.values(), ours)
    return findings


def _paid_of(invoices: list[Invoice]) -> dict[UUID, Decimal]:
    sums = Payment.objects.filter(invoice__in=invoices).values_list("invoice").annotate(sum=Sum("amount"))
    return dict(sums)


def _compare(
    invoice: Invoice, theirs: dict[str, TheirInvoice], told: list[TheirInvoice], paid: Decimal
) -> Iterator[Finding]:
    number = invoice.number or ""
    if len(told) > 1:
        ids = ", ".join(one.id for one in told)
        yield Finding(
            number, "double", f"Stripe holds {len(told)} invoices for it: {ids}.", "Void one at Stripe."
        )
    if not invoice.stripe_id:
        yield _not_there(invoice, told)
        return
    try:
        found = theirs.get(invoice.stripe_id) or stripe_gateway.fetch(invoice.stripe_id)
    except StripeMissing:
        yield Finding(
            number, "missing", f"Stripe no longer has {invoice.stripe_id}.", "Look at Stripe's log."
        )
        return
    yield from _details(invoice, found, paid)


def _not_there(invoice: Invoice, told: list[TheirInvoice]) -> Finding:
    number = invoice.number or ""
    if told:
        problem = f"Stripe has {told[0].id} ({told[0].status}) for it; we have not stored that."
        return Finding(
            number, "unstored", problem, "It is stored when its message is delivered; try that again."
        )
    problem = invoice.collection_note or "It is not at Stripe."
    return Finding(number, "not pushed", problem, "Try its message again.")


def _details(invoice: Invoice, found: TheirInvoice, paid: Decimal) -> Iterator[Finding]:
    number = invoice.number or ""
    if invoice.collection not in _ALLOWED.get(found.status, set()):
        here = invoice.get_collection_display()
        yield Finding(number, "status", f"Stripe says {found.status}, we say {here}.", _TAKE_OVER)
    if (found.total, found.currency) != (to_minor(invoice.gross_amount, invoice.currency), invoice.currency):
        there = f"{from_minor(found.total, found.currency)} {found.currency}"
        here = f"{invoice.gross_amount} {invoice.currency}"
        yield Finding(number, "total", f"Stripe says {there}, we say {here}.", "Void it at Stripe.")
    if found.number != number:
        yield Finding(number, "number", f"Stripe calls it {found.number or 'nothing'}.", "Void it at Stripe.")
    came = from_minor(found.amount_paid, found.currency)
    if came != paid:
        yield Finding(number, "paid", f"Stripe took in {came}, we booked {paid}.", _TAKE_OVER)


def _without_row(theirs: Iterable[TheirInvoice], ours: list[Invoice]) -> list[Finding]:
    """What Stripe has and we do not know."""
    known = {str(invoice.pk) for invoice in ours} | {one.stripe_id for one in ours if one.stripe_id}
    rest = [one for one in theirs if one.ours not in known and one.id not in known]
    by_id = Invoice.objects.filter(stripe_id__in=[one.id for one in rest])
    elsewhere = set(by_id.values_list("stripe_id", flat=True))
    return [
        Finding(
            one.id,
            "unknown",
            f"Stripe has an invoice {one.number or 'without a number'} ({one.status}) that is none of ours.",
            "Look who made it at Stripe.",
        )
        for one in rest
        if one.id not in elsewhere
    ]
