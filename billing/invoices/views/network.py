"""What stewards see of the money: one figure on their first page."""

from __future__ import annotations

import datetime as dt

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing import months
from billing.models import Invoice
from coop.kernel import clock
from coop.nodes.doors import CoopDoor, network


@network()
def home_money(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Fragment: what was billed for last month's work, net, and how many of its invoices are still open."""
    month = months.first_day(months.first_day(clock.today("UTC")) - dt.timedelta(days=1))
    issued = door.all(Invoice).filter(period_start=month, state=Invoice.State.ISSUED)
    first = issued.first()
    context = {
        "month": month,
        "net": issued.aggregate(net=Sum("net_amount"))["net"] or 0,
        "currency": first.currency if first else "EUR",
        "unpaid": issued.exclude(collection__in=["paid", "void"]).count(),
    }
    return render(request, "billing/invoices/home_money.html", context)
