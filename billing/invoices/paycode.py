"""The code on an invoice that a phone pays with: a SEPA transfer where there is one, the invoice's own page otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from segno import helpers

from billing.invoices.models import Invoice


@dataclass(frozen=True)
class PayCode:
    """`svg` to draw, `says` what happens when it is scanned, `iban` in fours when it is a transfer."""

    svg: SafeString
    says: str
    iban: str
    page_url: str


def page_url(invoice: Invoice) -> str:
    """The invoice's page in the member's portal, where paying online begins."""
    return settings.SITE_URL + reverse(
        "portal:invoice", kwargs={"member": invoice.buyer["slug"], "pk": invoice.pk}
    )


def pay_code(invoice: Invoice) -> PayCode:
    """The pay code of an issued invoice."""
    url = page_url(invoice)
    iban = invoice.seller.get("iban", "").replace(" ", "")
    if iban and invoice.currency == "EUR":
        # EPC069-12, the "GiroCode": every European banking app fills the transfer in from it.
        code = helpers.make_epc_qr(
            name=invoice.seller["legal_name"][:70],
            iban=iban,
            amount=invoice.gross_amount,
            text=invoice.number,
        )
        says = "Scan with your banking app"
    else:
        code, says = segno.make(url, micro=False), "Scan to see and pay"
    svg = code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=0)
    fours = " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
    return PayCode(svg=mark_safe(svg), says=says, iban=fours, page_url=url)  # noqa: S308
