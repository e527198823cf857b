"""An invoice's sums, from its lines and its customer's balance. Whole minor units only."""

from __future__ import annotations

from lab.stripe_standin.call import Call
from lab.stripe_standin.constants import Json


def recompute(call: Call, invoice: Json) -> None:
    """Sets every amount of a draft from its lines and saves it."""
    lines = call.store.find("line_item", {"invoice": invoice["id"]}, oldest_first=True)
    subtotal = sum(line["amount"] for line in lines)
    taxes = [tax for line in lines for tax in line["taxes"]]
    outside = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    inside = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    total = subtotal + outside
    balance = invoice["starting_balance"]
    if invoice["status"] == "draft":
        customer = call.store.get(invoice["customer"], "customer") or {}
        balance = customer.get("balance", 0)
    due = max(0, total + balance) if total > 0 else 0
    invoice.update(
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal - inside,
        total=total,
        total_excluding_tax=subtotal - inside,
        total_taxes=sum_taxes(taxes),
        starting_balance=balance,
        amount_due=due,
        amount_remaining=due - invoice["amount_paid"],
    )
    call.store.save(invoice)


def sum_taxes(taxes: list[Json]) -> list[Json]:
    """One entry for each rate, behaviour and reason, as the invoice shows them."""
    sums: dict[tuple[str, str, str], Json] = {}
    for tax in taxes:
        details = tax["tax_rate_details"]
        key = (details["tax_rate"], tax["tax_behavior"], tax["taxability_reason"])
        if key in sums:
            sums[key]["amount"] += tax["amount"]
            sums[key]["taxable_amount"] += tax["taxable_amount"]
        else:
            sums[key] = dict(tax)
    return list(sums.values())
