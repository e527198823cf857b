from __future__ import annotations

from billing.payments.models import Collection, StripeEvent
from billing.payments.reads import SETTLED
from coop.runtime.gauges import gauge


@gauge("invoices_unpaid", "Issued invoices that are not paid and not void")
def unpaid() -> float:
    return Collection.objects.exclude(state__in=SETTLED).count()


@gauge("invoices_need_attention", "Issued invoices that a person has to look at")
def need_attention() -> float:
    return Collection.objects.filter(state=Collection.State.ATTENTION).count()


@gauge("stripe_events_waiting", "Events from Stripe that are stored and not worked off")
def events_waiting() -> float:
    return StripeEvent.objects.filter(state=StripeEvent.State.STORED).count()
