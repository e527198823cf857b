"""Taxes that the caller computed: whole amounts, each with the rate it was reckoned by."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from lab.stripe_standin.call import Call, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.forms import Choice, Fields, Flag, Id, Integer, Number, Text
from lab.stripe_standin.store import new_id

_REASONS = (
    "customer_exempt",
    "not_collecting",
    "not_subject_to_tax",
    "not_supported",
    "portion_product_exempt",
    "portion_reduced_rated",
    "portion_standard_rated",
    "product_exempt",
    "product_exempt_holiday",
    "proportionally_rated",
    "reduced_rated",
    "reverse_charge",
    "standard_rated",
    "taxable_basis_reduced",
    "zero_rated",
)
_TAX_TYPES = (
    "amusement_tax",
    "communications_tax",
    "gst",
    "hst",
    "igst",
    "jct",
    "lease_tax",
    "pst",
    "qst",
    "retail_delivery_fee",
    "rst",
    "sales_tax",
    "service_tax",
    "vat",
)
_LEVELS = ("city", "country", "county", "district", "multiple", "state")
_TAX_RATE = Fields(
    {
        "country": Text(2),
        "description": Text(),
        "display_name": Id(100),
        "inclusive": Flag(),
        "jurisdiction": Text(200),
        "jurisdiction_level": Choice(_LEVELS),
        "percentage": Number(4, Decimal(0), Decimal(100)),
        "state": Text(),
        "tax_type": Choice(_TAX_TYPES),
    },
    ("display_name", "inclusive", "percentage"),
)
TAX_AMOUNT = Fields(
    {
        "amount": Integer(),
        "tax_rate_data": _TAX_RATE,
        "taxability_reason": Choice(_REASONS),
        "taxable_amount": Integer(),
    },
    ("amount", "tax_rate_data", "taxable_amount"),
)


def plain(number: Decimal) -> str:
    """At most 12 places, no exponent, no trailing zeros: as Stripe writes its decimal strings."""
    text = f"{number.quantize(Decimal('1e-12'), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def taxes(call: Call, amounts: list[Json]) -> list[Json]:
    return [
        {
            "amount": tax["amount"],
            "tax_behavior": "inclusive" if tax["tax_rate_data"]["inclusive"] else "exclusive",
            "tax_rate_details": {"tax_rate": _tax_rate(call, tax["tax_rate_data"])},
            "taxability_reason": tax.get("taxability_reason", "not_available"),
            "taxable_amount": tax["taxable_amount"],
            "type": "tax_rate_details",
        }
        for tax in amounts
    ]


def _tax_rate(call: Call, data: Json) -> str:
    """The archived rate with exactly these facts: found, or made, as Stripe does for given tax amounts."""
    percentage = plain(data["percentage"])
    facts = {
        **{key: data.get(key) for key in _TAX_RATE.rules if key != "percentage"},
        "_percentage": percentage,
    }
    found = call.store.find("tax_rate", facts, limit=1)
    if found:
        return str(found[0]["id"])
    rate: Json = {
        "id": new_id("txr"),
        "object": "tax_rate",
        **facts,
        "active": False,
        "created": call.now,
        # The schema says number; it is shown, never reckoned with.
        "effective_percentage": None,
        "flat_amount": None,
        "livemode": False,
        "metadata": {},
        "percentage": float(percentage),
        "rate_type": "percentage",
    }
    return str(call.create(rate)["id"])


@route("GET", "/v1/tax_rates/{tax_rate}")
def retrieve_tax_rate(call: Call, tax_rate: str) -> Json:
    return call.fetch("tax_rate", tax_rate)
