"""Disputes: opened by the customer's bank (here: the dashboard switch), answered or conceded by us."""

from __future__ import annotations

from lab.stripe_standin.call import Call, merge_metadata, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.forms import Fields, Flag, Id, Pairs, Span, Text
from lab.stripe_standin.resources.balance import book
from lab.stripe_standin.store import new_id

_FEE = 2000
_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
_CLOSED = ("won", "lost")


def open_dispute(call: Call, charge: Json, reason: str = "general") -> Json:
    """The bank takes the money back at once. A SEPA debit's dispute is final: lost when it comes."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise ApiError(f"The charge {charge['id']} cannot be disputed.")
    sepa = charge["payment_method_details"]["type"] == "sepa_debit"
    dispute: Json = {
        "id": new_id("du" if not sepa else "pdp"),
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys((*_TEXTS, *_FILES)) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": None if sepa else call.now + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    _book(call, dispute, -dispute["amount"], _FEE)
    call.create(dispute)
    charge["disputed"] = True
    call.store.save(charge)
    call.emit("charge.dispute.created", dispute)
    call.emit("charge.dispute.funds_withdrawn", dispute)
    if sepa:
        close_dispute(call, dispute, "lost")
    return dispute


def _book(call: Call, dispute: Json, amount: int, fee: int) -> None:
    entry = book(call, amount, dispute["currency"], "adjustment", dispute["id"], fee=fee, kind_of="dispute")
    dispute["balance_transactions"].append(call.show(entry))


def close_dispute(call: Call, dispute: Json, status: str) -> Json:
    if dispute["status"] in _CLOSED:
        raise ApiError("This dispute is already closed.")
    dispute["status"] = status
    if status == "won":
        _book(call, dispute, dispute["amount"], -_FEE)
    call.store.save(dispute)
    call.emit("charge.dispute.closed", dispute)
    if status == "won":
        call.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


@route("GET", "/v1/disputes", {"charge": Id(), "created": Span(), "payment_intent": Id()}, paged=True)
def list_all(call: Call) -> Json:
    where = call.chosen("charge", "payment_intent")
    return call.page("dispute", "/v1/disputes", where, spans=("created",))


@route("GET", "/v1/disputes/{dispute}")
def retrieve(call: Call, dispute: str) -> Json:
    return call.fetch("dispute", dispute)


@route(
    "POST",
    "/v1/disputes/{dispute}",
    {
        "evidence": Fields({name: Text(20000) for name in (*_TEXTS, *_FILES)}),
        "metadata": Pairs(),
        "submit": Flag(),
    },
)
def update(call: Call, dispute: str) -> Json:
    found = call.fetch("dispute", dispute)
    if found["status"] in _CLOSED:
        raise ApiError("This dispute is already closed.")
    if "metadata" in call.params:
        merge_metadata(found, call.params["metadata"])
    if call.params.get("evidence"):
        found["evidence"] = found["evidence"] | call.params["evidence"]
        found["evidence_details"]["has_evidence"] = True
        # Stripe submits evidence to the bank at once unless it is told to keep it staged.
        if call.params.get("submit", True):
            found["evidence_details"]["submission_count"] += 1
            found["status"] = "under_review"
    call.store.save(found)
    call.emit("charge.dispute.updated", found)
    return found


@route("POST", "/v1/disputes/{dispute}/close")
def close(call: Call, dispute: str) -> Json:
    return close_dispute(call, call.fetch("dispute", dispute), "lost")
