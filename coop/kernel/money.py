"""Money is Decimal. Unit prices carry 6 places, amounts their currency's, rounded half-up once, at the invoice line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 minor units of the currencies that do not have two.
_PLACES = {"JPY": 0, "KRW": 0, "HUF": 2, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}


def places(currency: str) -> int:
    """How many decimals an amount in `currency` has (ISO 4217)."""
    return _PLACES.get(currency, 2)


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """Round half-up to the currency's places (EN 16931 rounds once, at the line)."""
    return amount.quantize(Decimal(1).scaleb(-places(currency)), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units (cents), as Stripe counts. Raises ValueError when it is not a whole number of them."""
    minor = amount.scaleb(places(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} {currency} is not a whole number of minor units")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Minor units back to an amount."""
    return Decimal(minor).scaleb(-places(currency))
