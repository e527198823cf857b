"""VAT on the co-op's services, by EN 16931's categories. Pure: no Django, no database.

Where a service is taxed: to a business where the business is (Directive 2006/112/EC, Art. 44), to everybody else where
the co-op is (Art. 45). A VAT number is what tells a business of another member state from a private person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from coop.kernel.money import round_amount

# The member states, by ISO 3166-1; Greece writes EL on its VAT numbers, Northern Ireland (XI) counts for goods alone.
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
STANDARD, REVERSE_CHARGE, OUTSIDE = "S", "AE", "O"

REVERSE_CHARGE_NOTE = "Reverse charge: VAT is to be accounted for by the recipient (Articles 44 and 196, Directive 2006/112/EC)."
OUTSIDE_NOTE = "Not subject to EU VAT: the place of supply is outside the European Union (Article 44, Directive 2006/112/EC)."


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a sale is taxed: EN 16931's category code and the rate in per cent."""

    category: str
    rate: Decimal

    @property
    def note(self) -> str:
        """The sentence that the law wants printed, if any."""
        return note(self.category)


_NOTES = {REVERSE_CHARGE: REVERSE_CHARGE_NOTE, OUTSIDE: OUTSIDE_NOTE}


def note(category: str) -> str:
    """The sentence that belongs on an invoice of this category, if one does."""
    return _NOTES.get(category, "")


def treat(*, seller_country: str, buyer_country: str, buyer_vat_id: str, rate: Decimal) -> Treatment:
    """The VAT treatment of a service; `rate` is the seller's domestic rate in per cent."""
    if buyer_country != seller_country:
        if buyer_country not in EU:
            return Treatment(OUTSIDE, Decimal(0))
        if is_vat_number_of(buyer_country, buyer_vat_id):
            return Treatment(REVERSE_CHARGE, Decimal(0))
    return Treatment(STANDARD, rate)


def is_vat_number_of(country: str, vat_id: str) -> bool:
    """Whether it looks like a VAT number of that country: its prefix and at least two more places."""
    prefix = "EL" if country == "GR" else country
    bare = "".join(vat_id.split()).upper()
    return bare.startswith(prefix) and len(bare) >= len(prefix) + 2


def tax(net_amounts: Iterable[Decimal], treatment: Treatment, currency: str) -> tuple[Decimal, Decimal]:
    """(net, VAT) of the lines of one category: the tax once, on the summed base (EN 16931, BR-CO-17)."""
    net = sum(net_amounts, Decimal(0))
    return net, round_amount(net * treatment.rate / 100, currency)
