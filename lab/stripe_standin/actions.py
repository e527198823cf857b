"""What happens without an API request: people in the dashboard or on the hosted page, banks, and time."""

from __future__ import annotations

from collections.abc import Callable

from lab.stripe_standin.call import Call
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.resources import (
    customers,
    disputes,
    invoice_states,
    payment_methods,
    payments,
    refunds,
)


def _open_invoice(call: Call, id_: str) -> Json:
    invoice = call.fetch("invoice", id_)
    if invoice["status"] not in ("open", "uncollectible"):
        raise invoice_states.refuse(invoice, "pay")
    invoice_states.refuse_processing(call, invoice)
    return invoice


def pay(call: Call, id_: str, method: str = "pm_card_visa") -> Json:
    """The customer pays on the hosted page, with this test card or payment method."""
    invoice = _open_invoice(call, id_)
    invoice_states.collect(call, invoice, payment_methods.usable(call, method, "payment_method"))
    return invoice


def decline(call: Call, id_: str) -> Json:
    return pay(call, id_, "pm_card_chargeCustomerFail")


def pay_outside(call: Call, id_: str) -> Json:
    return invoice_states.pay_outside(call, _open_invoice(call, id_))


def void(call: Call, id_: str) -> Json:
    return invoice_states.void_invoice(call, call.fetch("invoice", id_))


def _charge_of(call: Call, id_: str) -> Json:
    """The charge itself, or the one that paid the invoice or the intent of this id."""
    obj = call.store.get(id_)
    if obj and obj["object"] == "invoice":
        paid = call.store.find("invoice_payment", {"invoice": id_, "status": "paid"}, limit=1)
        obj = call.store.get(paid[0]["_intent"]) if paid else None
    if obj and obj["object"] == "payment_intent":
        obj = call.store.get(obj["latest_charge"] or "")
    if obj is None or obj["object"] != "charge":
        raise ApiError(f"Nothing was paid for '{id_}'.")
    return obj


def refund(call: Call, id_: str, amount: int | None = None) -> Json:
    return refunds.refund_charge(call, _charge_of(call, id_), amount, "requested_by_customer")


def dispute(call: Call, id_: str, reason: str = "general") -> Json:
    return disputes.open_dispute(call, _charge_of(call, id_), reason)


def close_dispute(call: Call, id_: str, status: str = "won") -> Json:
    return disputes.close_dispute(call, call.fetch("dispute", id_), status)


def delete_customer(call: Call, id_: str) -> Json:
    return customers.delete(call, id_)


def settle(call: Call, id_: str, outcome: str | None = None) -> Json:
    """The bank's answer to a debit that is processing: succeeds, fails, or disputed (succeeds, then is reversed)."""
    intent = call.fetch("payment_intent", id_)
    if intent["status"] != "processing":
        return intent
    charge = call.fetch("charge", intent["latest_charge"])
    method = call.store.get(intent["payment_method"]) or {}
    ends = outcome or method.get("_ends", "succeeds")
    invoice = call.fetch("invoice", intent["_invoice"])
    if ends == "fails":
        payments.fail(call, intent, charge, "insufficient_funds")
        call.emit("invoice.updated", invoice)
        call.emit("invoice.payment_failed", invoice)
        return intent
    payments.succeed(call, intent, charge)
    invoice_states.settle_paid(call, invoice, intent)
    if ends == "disputed":
        call.store.schedule(call.now + 1, "dispute", charge["id"])
    return intent


def settle_invoice(call: Call, id_: str, outcome: str | None = None) -> Json:
    """`settle` for the payment that is processing on this invoice."""
    intent = payments.intent_of(call, id_)
    if intent is None or intent["status"] != "processing":
        raise ApiError(f"No payment of '{id_}' is processing.")
    settle(call, intent["id"], outcome)
    return call.fetch("invoice", id_)


def _finalize(call: Call, id_: str) -> None:
    """One hour after it was made, a draft that advances by itself; unless it no longer does."""
    draft = call.store.get(id_, "invoice")
    if draft and draft["status"] == "draft" and draft["auto_advance"]:
        if (draft["automatically_finalizes_at"] or 0) > call.now:
            return
        invoice_states.finalize_draft(call, draft)


def _collect(call: Call, id_: str) -> None:
    if invoice := call.store.get(id_, "invoice"):
        invoice_states.collect_automatically(call, invoice)


def _settle(call: Call, id_: str) -> None:
    settle(call, id_)


def _dispute(call: Call, id_: str) -> None:
    charge = call.store.get(id_, "charge")
    if charge and charge["status"] == "succeeded" and not charge["disputed"]:
        disputes.open_dispute(call, charge)


JOBS: dict[str, Callable[[Call, str], None]] = {
    "finalize": _finalize,
    "collect": _collect,
    "settle": _settle,
    "dispute": _dispute,
}
ACTS: dict[str, Callable[..., Json]] = {
    "pay": pay,
    "decline": decline,
    "pay_outside": pay_outside,
    "void": void,
    "refund": refund,
    "dispute": dispute,
    "close_dispute": close_dispute,
    "delete_customer": delete_customer,
    "settle": settle_invoice,
}
