"""Money given back for a charge. The invoice stays paid; the charge says how much was returned."""

from __future__ import annotations

from lab.stripe_standin.call import Call, merge_metadata, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.forms import Choice, Id, Integer, Pairs, Span
from lab.stripe_standin.resources.balance import book
from lab.stripe_standin.store import new_id

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


@route(
    "POST",
    "/v1/refunds",
    {
        "amount": Integer(low=1),
        "charge": Id(),
        "metadata": Pairs(),
        "payment_intent": Id(),
        "reason": Choice(_REASONS),
    },
)
def create(call: Call) -> Json:
    if "payment_intent" in call.params:
        intent = call.fetch("payment_intent", call.params["payment_intent"], "payment_intent")
        charge_id = intent["latest_charge"]
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
    elif "charge" in call.params:
        charge_id = call.params["charge"]
    else:
        raise ApiError("One of the following params should be provided: `payment_intent` or `charge`.")
    charge = call.fetch("charge", charge_id, "charge")
    return refund_charge(
        call,
        charge,
        call.params.get("amount"),
        call.params.get("reason"),
        call.params.get("metadata", {}),
    )


def refund_charge(
    call: Call,
    charge: Json,
    amount: int | None = None,
    reason: str | None = None,
    metadata: Json | None = None,
) -> Json:
    """Raises 400 for a charge that took no money, is disputed, or has less left than `amount`."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise ApiError(f"The charge {charge['id']} did not succeed and cannot be refunded.", param="charge")
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    amount = left if amount is None else amount
    if amount > left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            code="amount_too_large",
            param="amount",
        )
    refund: Json = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    merge_metadata(refund, metadata or {})
    entry = book(call, -amount, charge["currency"], "refund", refund["id"], kind_of="refund")
    refund["balance_transaction"] = entry["id"]
    call.create(refund)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.store.save(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge, before)
    return refund


@route("GET", "/v1/refunds", {"charge": Id(), "created": Span(), "payment_intent": Id()}, paged=True)
def list_all(call: Call) -> Json:
    where = call.chosen("charge", "payment_intent")
    return call.page("refund", "/v1/refunds", where, spans=("created",))


@route("GET", "/v1/refunds/{refund}")
def retrieve(call: Call, refund: str) -> Json:
    return call.fetch("refund", refund)


@route("POST", "/v1/refunds/{refund}", {"metadata": Pairs()})
def update(call: Call, refund: str) -> Json:
    found = call.fetch("refund", refund)
    if "metadata" in call.params:
        merge_metadata(found, call.params["metadata"])
    call.store.save(found)
    call.emit("refund.updated", found)
    return found
