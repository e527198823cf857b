"""The demo's past months are paid through the Stripe stand-in, as they would have been: pushed, paid, settled."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.test import override_settings

from billing.models import Collection, Invoice
from billing.payments.services import settle
from coop.kernel import clock
from coop.runtime.outbox import deliver_due
from lab.stripe_standin import StandIn

# Of the newest month these have not paid yet: one is late, one card was declined, one takes her time.
STILL_OPEN = ("long-table-games", "tin-sparrow", "salt-press")


def collect() -> None:
    """Push every issued invoice to the stand-in and let most members pay. Its state stays for the running demo."""
    newest = (
        Invoice.objects.filter(state="issued")
        .order_by("-period_start")
        .values_list("period_start", flat=True)
        .first()
    )
    if newest is None:
        return
    moment = [clock.now()]
    state = settings.VAR_DIR / "stripe.sqlite"
    with (
        StandIn(state=str(state), clock=lambda: moment[0].timestamp()) as stripe,
        override_settings(STRIPE_API_BASE=stripe.url),
    ):
        for invoice in (
            Invoice.objects.filter(state="issued").select_related("member").order_by("issued_on", "number")
        ):
            moment[0] = _morning_after(invoice.issued_on)
            with clock.at(moment[0]):
                deliver_due(topic="stripe.invoice", limit=1)
        pushed = Collection.objects.exclude(stripe_id="").select_related("invoice__member")
        for collection in pushed.order_by("-invoice__period_start", "-pk"):
            _pay(stripe, collection, moment, newest)


def _pay(stripe: StandIn, collection: Collection, moment: list[dt.datetime], newest: dt.date) -> None:
    invoice = collection.invoice
    # Creators pay between two and nine days after; always the same ones at the same pace.
    moment[0] = _morning_after(invoice.issued_on) + dt.timedelta(days=2 + len(invoice.member.name) % 8)
    if moment[0] > clock.now():
        return
    with clock.at(moment[0]):
        # Who paid by card before is charged by Stripe itself, an hour after the invoice is final.
        stripe.clockwork.run_due()
        settle(stripe_id=collection.stripe_id)
        collection.refresh_from_db(fields=["state"])
        act = _what_happens(invoice, newest)
        if collection.state == Collection.State.OPEN and act:
            stripe.act(act, collection.stripe_id)
            settle(stripe_id=collection.stripe_id)


def _what_happens(invoice: Invoice, newest: dt.date) -> str | None:
    """The stand-in's act for this invoice; None: nobody has done anything yet."""
    if invoice.member.slug not in STILL_OPEN:
        return "pay"
    if invoice.period_start != newest:
        return "pay_outside"  # by bank transfer, so that no card is on file
    return "decline" if invoice.member.slug == "tin-sparrow" else None


def _morning_after(day: dt.date | None) -> dt.datetime:
    return dt.datetime.combine(day or clock.now().date(), dt.time(8), tzinfo=dt.UTC) + dt.timedelta(days=1)
