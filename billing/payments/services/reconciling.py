"""What Stripe says against what we say. Differences are shown; nothing is mended behind anybody's back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from billing.payments import stripe_gateway
from billing.payments.errors import StripeMissing
from billing.payments.models import Collection, Payment
from billing.payments.reads import SETTLED
from billing.payments.stripe_gateway import TheirInvoice
from coop.kernel import clock
from coop.kernel.money import from_minor, to_minor

# A SEPA debit can be taken back for eight weeks after up to two weeks on its way; Stripe's invoices of that time are asked about.
REACH = dt.timedelta(days=95)
State = Collection.State

_ALLOWED: dict[str, set[str]] = {
    "draft": {State.NONE, State.PUSHING, State.ATTENTION},
    "open": {State.OPEN, State.PROCESSING, State.FAILED},
    "uncollectible": {State.FAILED},
    "paid": {State.PAID},
    "void": {State.VOID},
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
    ours = list(
        Collection.objects.filter(~Q(state__in=SETTLED) | Q(invoice__issued_on__gte=since.date()))
        .select_related("invoice__member")
        .order_by("invoice__number")
    )
    theirs = {one.id: one for one in stripe_gateway.list_invoices(since=since)}
    paid = _paid_of(ours)
    by_ours: dict[str, list[TheirInvoice]] = defaultdict(list)
    for one in theirs.values():
        by_ours[one.ours].append(one)
    findings: list[Finding] = []
    for done, one_of_ours in enumerate(ours, start=1):
        told, came = by_ours[str(one_of_ours.pk)], paid.get(one_of_ours.pk, Decimal(0))
        findings += _compare(one_of_ours, theirs, told, came)
        if progress is not None:
            progress(done, len(ours))
    findings += _without_row(theirs.values(), ours)
    return findings


def _paid_of(ours: list[Collection]) -> dict[UUID, Decimal]:
    payments = Payment.objects.filter(invoice__in=[one.pk for one in ours])
    return dict(payments.values_list("invoice").annotate(sum=Sum("amount")))


def _compare(
    ours: Collection, theirs: dict[str, TheirInvoice], told: list[TheirInvoice], paid: Decimal
) -> Iterator[Finding]:
    number = ours.invoice.number or ""
    if len(told) > 1:
        ids = ", ".join(one.id for one in told)
        yield Finding(
            number, "double", f"Stripe holds {len(told)} invoices for it: {ids}.", "Void one at Stripe."
        )
    if not ours.stripe_id:
        yield _not_there(ours, told)
        return
    try:
        found = theirs.get(ours.stripe_id) or stripe_gateway.fetch(ours.stripe_id)
    except StripeMissing:
        yield Finding(number, "missing", f"Stripe no longer has {ours.stripe_id}.", "Look at Stripe's log.")
        return
    yield from _details(ours, found, paid)


def _not_there(ours: Collection, told: list[TheirInvoice]) -> Finding:
    number = ours.invoice.number or ""
    if told:
        problem = f"Stripe has {told[0].id} ({told[0].status}) for it; we have not stored that."
        return Finding(
            number, "unstored", problem, "It is stored when its message is delivered; try that again."
        )
    problem = ours.note or "It is not at Stripe."
    return Finding(number, "not pushed", problem, "Try its message again.")


def _details(ours: Collection, found: TheirInvoice, paid: Decimal) -> Iterator[Finding]:
    invoice = ours.invoice
    number = invoice.number or ""
    if ours.state not in _ALLOWED.get(found.status, set()):
        here = ours.get_state_display()
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


def _without_row(theirs: Iterable[TheirInvoice], ours: list[Collection]) -> list[Finding]:
    """What Stripe has and we do not know."""
    known = {str(one.pk) for one in ours} | {one.stripe_id for one in ours if one.stripe_id}
    rest = [one for one in theirs if one.ours not in known and one.id not in known]
    by_id = Collection.objects.filter(stripe_id__in=[one.id for one in rest])
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
