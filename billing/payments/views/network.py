"""What stewards see of the money: one figure on their first page."""

from __future__ import annotations

from typing import cast

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing import months
from billing.invoices.models import Invoice, InvoiceQuerySet
from billing.payments import reads
from coop.kernel import clock
from coop.nodes.doors import CoopDoor, network


@network()
def home_money(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Fragment: what was billed for last month's work, net, and how many of its invoices are still open."""
    month = months.month_before(clock.today("UTC"))
    invoices = cast(InvoiceQuerySet, door.all(Invoice))
    issued = invoices.filter(period_start=month, state=Invoice.State.ISSUED)
    first = issued.first()
    context = {
        "month": month,
        "net": issued.aggregate(net=Sum("net_amount"))["net"] or 0,
        "currency": first.currency if first else "EUR",
        "unpaid": reads.unpaid(issued).count(),
    }
    return render(request, "billing/payments/home_money.html", context)
