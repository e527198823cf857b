"""The account's balance: every movement with its fee, immutable, as a bookkeeper reads it back."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from lab.stripe_standin.call import Call, route
from lab.stripe_standin.constants import DEFAULT_CURRENCY, Json
from lab.stripe_standin.forms import Id, Span
from lab.stripe_standin.store import new_id

_CARD_RATE, _CARD_FIXED, _SEPA_FIXED = Decimal("0.015"), 25, 35
_DAYS_TO_AVAILABLE = 7 * 24 * 3600


def fee_of(charge: Json) -> int:
    """Stripe's European list price of a charge, in minor units: 1.5 % + 0.25 a card, 0.35 a SEPA debit."""
    if charge["payment_method_details"]["type"] == "sepa_debit":
        return _SEPA_FIXED
    share = (charge["amount"] * _CARD_RATE).quantize(Decimal(1), ROUND_HALF_UP)
    return int(share) + _CARD_FIXED


def book(
    call: Call, amount: int, currency: str, type_: str, source: str, *, fee: int = 0, kind_of: str
) -> Json:
    details = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return call.create(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": call.now + _DAYS_TO_AVAILABLE,
            "balance_type": "payments",
            "created": call.now,
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [details] if fee else [],
            "net": amount - fee,
            "reporting_category": kind_of,
            "source": source,
            "status": "pending",
            "type": type_,
        }
    )


@route(
    "GET",
    "/v1/balance_transactions",
    {"created": Span(), "currency": Id(), "source": Id(), "type": Id()},
    paged=True,
)
def list_all(call: Call) -> Json:
    where = call.chosen("currency", "source", "type")
    return call.page("balance_transaction", "/v1/balance_transactions", where, spans=("created",))


@route("GET", "/v1/balance_transactions/{id}")
def retrieve(call: Call, id_: str) -> Json:
    return call.fetch("balance_transaction", id_)


@route("GET", "/v1/balance")
def balance(call: Call) -> Json:
    sums: dict[str, int] = {}
    for entry in call.store.find("balance_transaction"):
        sums[entry["currency"]] = sums.get(entry["currency"], 0) + entry["net"]
    pending = [{"amount": amount, "currency": currency} for currency, amount in sorted(sums.items())]
    none = [{"amount": 0, "currency": DEFAULT_CURRENCY}]
    return {"object": "balance", "available": none, "livemode": False, "pending": pending or none}
