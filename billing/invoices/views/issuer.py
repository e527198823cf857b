"""Who issues the invoices: the accountant's and the steward's page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from billing.invoices import services
from billing.invoices.forms import IssuerForm
from billing.invoices.models import Issuer
from coop.kernel.history import Wording, changes_of
from coop.nodes.doors import CoopDoor, books, network
from coop.web.pages import show_form, submit

_NAMES = {
    "legal_name": "legal name",
    "street": "street",
    "postcode": "postcode",
    "city": "city",
    "country": "country",
    "vat_id": "VAT number",
    "vat_rate": "VAT rate",
    "email": "e-mail",
    "iban": "IBAN",
    "payment_days": "due after",
    "number_prefix": "prefix",
    "timezone": "time zone",
}
_UNITS = {"vat_rate": " %", "payment_days": " days"}


@books(methods=("GET", "POST"))
def issuer(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """What invoices say of the co-op, to change; and who changed what."""
    return _issuer(request, door, "books", reverse("books:month"))


@network(methods=("GET", "POST"))
def network_issuer(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """The same for stewards."""
    return _issuer(request, door, "network", reverse("network:home"))


def _issuer(request: HttpRequest, door: CoopDoor, area: str, back: str) -> HttpResponse:
    # The form writes what was typed into the object it is given; the page shows what is stored.
    stored = door.all(Issuer).order_by("id").first()
    form = IssuerForm(request.POST or None, instance=door.all(Issuer).order_by("id").first())
    if submit(request, form, lambda _: services.save_issuer(details=form.details(), by=door.user)):
        messages.success(request, "Saved. Invoices say so from the next one that is issued.")
        return redirect(f"{area}:issuer")
    context = {
        "base": f"base_{area}.html",
        "stored": stored,
        "back": back,
        "events": changes_of(stored, Wording(_NAMES, _UNITS)) if stored else [],
    }
    return show_form(request, "billing/invoices/issuer.html", form, context)
