"""What an invoice says on paper: figures laid out so that they align, lines gathered under their node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.charges.models import Charge
from billing.invoices.models import Invoice, InvoiceLine
from billing.invoices.paycode import pay_code
from coop.kernel.money import places


@dataclass(frozen=True)
class PaperLine:
    """One line; the unit price is written with `ghosts`, zeros that only keep the place, so that the points align."""

    work: str
    quantity: int
    unit: str
    price: str
    ghosts: str
    amount: Decimal


@dataclass(frozen=True)
class PaperNode:
    """The lines of one node, with their sum."""

    name: str
    lines: list[PaperLine]
    amount: Decimal


def on_paper(invoice: Invoice) -> dict[str, Any]:
    """The template's context for an issued invoice."""
    lines = list(invoice.lines.select_related("node"))
    return {
        "invoice": invoice,
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "nodes": by_node(lines, invoice.currency),
        "pay": pay_code(invoice),
        "count": Charge.objects.filter(invoice_line_id__in=[line.pk for line in lines]).count(),
        "same_month": invoice.period_start.month == invoice.period_end.month,
    }


def by_node(lines: Sequence[InvoiceLine], currency: str) -> list[PaperNode]:
    """Lines in their order, gathered by node."""
    written = {line.pk: _price(line.unit_price, currency) for line in lines}
    most = max((len(price.partition(".")[2]) for price in written.values()), default=0)
    nodes: dict[Any, list[PaperLine]] = {}
    names = {}
    for line in lines:
        price = written[line.pk]
        names[line.node_id] = line.node.name
        nodes.setdefault(line.node_id, []).append(
            PaperLine(
                work=line.get_kind_display().capitalize(),
                quantity=line.quantity,
                unit=line.unit,
                price=price,
                ghosts="0" * (most - len(price.partition(".")[2])),
                amount=line.net_amount,
            )
        )
    return [
        PaperNode(names[node], its, sum((line.amount for line in its), Decimal(0)))
        for node, its in nodes.items()
    ]


def _price(unit_price: Decimal, currency: str) -> str:
    """At least the currency's places, never a zero more than it needs."""
    least = places(currency)
    whole, _, fraction = f"{unit_price:,.6f}".partition(".")
    fraction = fraction[:least] + fraction[least:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole
