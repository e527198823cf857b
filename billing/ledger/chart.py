"""The chart of accounts: which account an amount belongs on. Accounts are made when they are first posted to.

The numbers are those of the German standard chart SKR 03, so that an accountant recognises them; a currency other than
the euro has accounts of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from billing.ledger.models import Account
from coop.models import Member
from fulfillment.models import Kind

_HOME_CURRENCY = "EUR"


@dataclass(frozen=True)
class AccountSpec:
    """An account by what it is for. `member_id` for receivables alone."""

    code: str
    name: str
    kind: str
    currency: str
    member_id: UUID | None = None


def receivable(member: Member, currency: str) -> AccountSpec:
    """What `member` owes the co-op in `currency`."""
    # Codes have 40 places; a long short name is cut and told apart by the member's id.
    slug = member.slug if len(member.slug) <= 30 else f"{member.slug[:23]}-{member.pk.hex[-6:]}"
    code = _code(f"1400-{slug}", currency)
    return AccountSpec(code, f"Receivable {member.name}"[:120], Account.Kind.RECEIVABLE, currency, member.pk)


def revenue(kind: str, currency: str) -> AccountSpec:
    """What the co-op earned with work of `kind`."""
    name = f"Revenue {Kind(kind).label}"
    return AccountSpec(_code(f"8400-{kind}", currency), name, Account.Kind.REVENUE, currency)


def vat(currency: str) -> AccountSpec:
    """VAT owed to the tax office."""
    return AccountSpec(_code("1776", currency), "VAT owed", Account.Kind.VAT, currency)


def clearing(currency: str) -> AccountSpec:
    """Money that Stripe has taken in and not yet paid out."""
    return AccountSpec(_code("1360", currency), "Stripe clearing", Account.Kind.CLEARING, currency)


def bank(currency: str) -> AccountSpec:
    """Money that came to the co-op's own account, past Stripe."""
    return AccountSpec(_code("1200", currency), "Bank", Account.Kind.BANK, currency)


def _code(base: str, currency: str) -> str:
    return base if currency == _HOME_CURRENCY else f"{base}-{currency}"
