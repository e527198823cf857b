from __future__ import annotations

from billing.invoices.models import Invoice
from billing.payments.models import StripeEvent
from coop.runtime.gauges import gauge


@gauge("invoices_unpaid", "Issued invoices that are not paid and not void")
def unpaid() -> float:
    issued = Invoice.objects.filter(state=Invoice.State.ISSUED)
    return issued.exclude(collection__in=[Invoice.Collection.PAID, Invoice.Collection.VOID]).count()


@gauge("invoices_need_attention", "Issued invoices that a person has to look at")
def need_attention() -> float:
    return Invoice.objects.filter(collection=Invoice.Collection.ATTENTION).count()


@gauge("stripe_events_waiting", "Events from Stripe that are stored and not worked off")
def events_waiting() -> float:
    return StripeEvent.objects.filter(state=StripeEvent.State.STORED).count()
