"""The demo's past months are paid through the Stripe stand-in, as they would have been: pushed, paid, settled."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.test import override_settings

from billing.models import Invoice
from billing.payments.services import settle
from coop import clock
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
    port = urlsplit(settings.STRIPE_STANDIN_URL).port or 0
    moment = [clock.now()]
    state = settings.VAR_DIR / "stripe.sqlite"
    with (
        StandIn(port=port, state=str(state), clock=lambda: moment[0].timestamp()) as stripe,
        override_settings(STRIPE_API_BASE=stripe.url),
    ):
        for invoice in (
            Invoice.objects.filter(state="issued").select_related("member").order_by("issued_on", "number")
        ):
            moment[0] = _morning_after(invoice.issued_on)
            with clock.at(moment[0]):
                deliver_due(topic="stripe.invoice", limit=1)
        for invoice in Invoice.objects.filter(state="issued").exclude(stripe_id="").select_related("member"):
            _pay(stripe, invoice, moment, newest)


def _pay(stripe: StandIn, invoice: Invoice, moment: list[dt.datetime], newest: dt.date) -> None:
    # Creators pay between two and nine days after; always the same ones at the same pace.
    moment[0] = _morning_after(invoice.issued_on) + dt.timedelta(days=2 + len(invoice.member.name) % 8)
    if moment[0] > dt.datetime.now(tz=dt.UTC):
        return
    late = invoice.period_start == newest and invoice.member.slug in STILL_OPEN
    if late and invoice.member.slug != "tin-sparrow":
        return
    with clock.at(moment[0]):
        stripe.act("decline" if late else "pay", invoice.stripe_id)
        settle(stripe_id=invoice.stripe_id)


def _morning_after(day: dt.date | None) -> dt.datetime:
    return dt.datetime.combine(day or clock.now().date(), dt.time(8), tzinfo=dt.UTC) + dt.timedelta(days=1)
