"""What Stripe is told about an invoice: pure, and the same at every try, since a key is bound to its parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.invoices.models import Invoice, InvoiceLine
from billing.words import amount_of
from coop.kernel.money import to_minor
from coop.models import Member
from fulfillment.models import Kind

MAX_LINES = 250
_REASONS = {"S": "standard_rated", "AE": "reverse_charge", "O": "not_subject_to_tax"}


def customer_params(member: Member) -> dict[str, Any]:
    return {
        "email": member.email,
        "name": member.legal_name,
        "metadata": {"member": str(member.pk), "slug": member.slug},
    }


def draft_params(invoice: Invoice, customer: str) -> dict[str, Any]:
    """Ours in all that shows: number, date, currency. Nothing happens to it by itself, and nothing else gets onto it."""
    if invoice.issued_on is None or invoice.due_on is None or invoice.number is None:
        raise ValueError("a draft of ours is not sent")
    zone = ZoneInfo(invoice.seller.get("timezone", "UTC"))
    issued = dt.datetime.combine(invoice.issued_on, dt.time(), tzinfo=zone)
    return {
        "customer": customer,
        "currency": invoice.currency.lower(),
        "number": invoice.number,
        "auto_advance": False,
        "pending_invoice_items_behavior": "exclude",
        "collection_method": "send_invoice",
        "days_until_due": (invoice.due_on - invoice.issued_on).days,
        "effective_at": int(issued.timestamp()),
        "metadata": {"invoice": str(invoice.pk), "member": str(invoice.member_id)},
    }


def line_params(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[dict[str, Any]]:
    """One line for each of ours, or one for each kind of work when there are more than Stripe takes.

    The VAT of the whole invoice, reckoned once on its net, is laid onto the lines so that it sums up to the last cent.
    """
    amounts = [
        (f"{line.description} · {amount_of(line.quantity, line.unit)}", line.net_amount) for line in lines
    ]
    if len(amounts) > MAX_LINES:
        amounts = _by_kind(lines)
    net = [to_minor(amount, invoice.currency) for _, amount in amounts]
    taxes = spread(to_minor(invoice.vat_amount, invoice.currency), net)
    return [
        {
            "amount": amount,
            "description": words[:500],
            "tax_amounts": [
                {
                    "amount": tax,
                    "taxable_amount": amount,
                    "taxability_reason": _REASONS.get(invoice.vat_category, "not_available"),
                    "tax_rate_data": {
                        "display_name": "VAT",
                        "inclusive": False,
                        "percentage": str(invoice.vat_rate),
                        "tax_type": "vat",
                    },
                }
            ],
        }
        for (words, _), amount, tax in zip(amounts, net, taxes, strict=True)
    ]


def spread(total: int, parts: Sequence[int]) -> list[int]:
    """`total` split like `parts`, in whole units that sum to it exactly: each running sum is rounded half-up.

    >>> spread(10, [1, 1, 1])
    [3, 4, 3]
    """
    whole = sum(parts)
    if whole == 0:
        return [total if index == 0 else 0 for index in range(len(parts))]
    shares, given, so_far = [], 0, 0
    for part in parts:
        so_far += part
        due = int((Decimal(total) * so_far / whole).quantize(Decimal(1), ROUND_HALF_UP))
        shares.append(due - given)
        given = due
    return shares


def _by_kind(lines: Sequence[InvoiceLine]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.kind] = sums.get(line.kind, Decimal(0)) + line.net_amount
    return [(Kind(kind).label.capitalize(), amount) for kind, amount in sums.items()]
