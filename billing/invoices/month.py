"""One month of invoicing, as the accountant looks at it: which work its invoices and drafts do not match, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from billing import months
from billing.charges.models import ChargeQuerySet
from billing.invoices.models import Invoice, InvoiceQuerySet
from coop.templatetags.figures import money


@dataclass(frozen=True)
class Mismatch:
    """Something an accountant has to look at: what, why, and where (the name of a page, or an invoice)."""

    what: str
    why: str
    invoice: Invoice | None = None
    page: str = ""


def not_yet_drawn(charges: ChargeQuerySet, invoices: InvoiceQuerySet, month: dt.date) -> list[Mismatch]:
    """Members whose open charges are not what their draft says, and why."""
    drafts = {i.member_id: i for i in invoices.filter(state=Invoice.State.DRAFT).prefetch_related("lines")}
    issued = {i.member_id: i for i in invoices.filter(state=Invoice.State.ISSUED)}
    drawn = {member: sum(line.quantity for line in draft.lines.all()) for member, draft in drafts.items()}
    found = []
    for member in _open_by_member(charges, month):
        if member.other_currency:
            found.append(
                Mismatch(
                    f"{member.name} has charges of {money(member.amount, member.currency)}",
                    "They are in another currency than the member's and wait for a decision.",
                )
            )
        elif member.pk in issued:
            found.append(
                Mismatch(
                    f"{member.name}: {money(member.amount, member.currency)} came after {issued[member.pk].number}",
                    "It goes on the next month's invoice.",
                    issued[member.pk],
                )
            )
        elif member.pk not in drafts:
            why = (
                "Draw the drafts of this month."
                if member.amount > 0
                else "Nothing to pay; it is carried to the next month."
            )
            found.append(
                Mismatch(f"{member.name} has {money(member.amount, member.currency)} on no draft", why)
            )
        elif drawn[member.pk] != member.quantity:
            found.append(
                Mismatch(
                    f"{member.name}: work was added since the draft was drawn",
                    "Draw the drafts again before issuing.",
                    drafts[member.pk],
                )
            )
    return found


@dataclass(frozen=True)
class _Open:
    pk: UUID
    name: str
    currency: str
    other_currency: bool
    quantity: int
    amount: Decimal


def _open_by_member(charges: ChargeQuerySet, month: dt.date) -> list[_Open]:
    rows = charges.open_by_member(months.last_day(month))
    return [
        _Open(
            row["member_id"],
            row["member__name"],
            row["currency"],
            row["currency"] != row["member__currency"],
            row["total_quantity"],
            row["total"],
        )
        for row in rows
    ]
