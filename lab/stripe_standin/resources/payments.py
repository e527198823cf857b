"""Payment intents, charges and invoice payments: how the money of an invoice moves."""

from __future__ import annotations

import secrets

from lab.stripe_standin.call import Call, changes, merge_metadata, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.forms import Choice, Fields, Id, Pairs, Span, Text
from lab.stripe_standin.resources.balance import book, fee_of
from lab.stripe_standin.resources.payment_methods import declined
from lab.stripe_standin.store import new_id


def open_payment(call: Call, invoice: Json) -> Json:
    """The default payment of a finalised invoice: an intent that waits, and the row that ties it."""
    id_ = new_id("pi")
    intent: Json = {
        "id": id_,
        "object": "payment_intent",
        "amount": invoice["amount_remaining"],
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{id_}_secret_{secrets.token_hex(8)}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": invoice["payment_settings"]["payment_method_types"] or ["card", "sepa_debit"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_invoice": invoice["id"],
    }
    call.create(intent)
    call.create(
        {
            "id": new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": intent["amount"],
            "created": call.now,
            "currency": intent["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": id_, "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
            "_intent": id_,
        }
    )
    call.emit("payment_intent.created", intent)
    return intent


def intent_of(call: Call, invoice: str) -> Json | None:
    """The intent of the invoice's open payment."""
    rows = call.store.find("invoice_payment", {"invoice": invoice, "status": "open"}, limit=1)
    return call.store.get(rows[0]["_intent"]) if rows else None


def attempt(call: Call, intent: Json, method: Json) -> str:
    """Tries to take the money. Returns how it stands: succeeded, processing, failed or requires_action."""
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    intent["payment_method_types"] = sorted({*intent["payment_method_types"], method["type"]})
    ends = method["_ends"]
    if ends == "requires_action":
        url = f"{call.base_url}/"
        intent.update(status="requires_action")
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": None},
        }
        call.store.save(intent)
        call.emit("payment_intent.requires_action", intent)
        return "requires_action"
    charge = _charge(call, intent, method)
    if method["type"] == "sepa_debit":
        intent["status"] = "processing"
        call.store.save(intent)
        call.emit("charge.pending", charge)
        call.emit("payment_intent.processing", intent)
        delay = int(call.store.note("sepa_seconds", "5"))
        call.store.schedule(call.now + delay, "settle", intent["id"])
        return "processing"
    if ends in ("succeeds", "disputed"):
        succeed(call, intent, charge)
        if ends == "disputed":
            call.store.schedule(call.now + 1, "dispute", charge["id"])
        return "succeeded"
    fail(call, intent, charge, ends)
    return "failed"


def _charge(call: Call, intent: Json, method: Json) -> Json:
    sepa = method["type"] == "sepa_debit"
    details = dict(method[method["type"]])
    if sepa:
        details = {
            key: details[key] for key in ("bank_code", "branch_code", "country", "fingerprint", "last4")
        }
        details["mandate"] = None
    else:
        wanted = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
        details = {key: details[key] for key in wanted}
    charge: Json = {
        "id": new_id("py" if sepa else "ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "COMMONSHELF",
        "captured": False,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": method["type"], method["type"]: details},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }
    intent["latest_charge"] = charge["id"]
    return call.create(charge)


def succeed(call: Call, intent: Json, charge: Json) -> None:
    entry = book(
        call,
        charge["amount"],
        charge["currency"],
        "charge",
        charge["id"],
        fee=fee_of(charge),
        kind_of="charge",
    )
    charge.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=charge["amount"],
        balance_transaction=entry["id"],
        outcome={
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
    )
    call.store.save(charge)
    intent.update(status="succeeded", amount_received=intent["amount"])
    call.store.save(intent)
    call.emit("charge.succeeded", charge)
    call.emit("payment_intent.succeeded", intent)


def fail(call: Call, intent: Json, charge: Json, reason: str) -> None:
    error = declined(reason)
    if charge["payment_method_details"]["type"] == "sepa_debit":
        error = ApiError("The customer's account has insufficient funds to cover this payment.", status=402)
        error.type, error.code = "card_error", "payment_intent_payment_attempt_failed"
    charge.update(
        status="failed",
        failure_code=error.code,
        failure_message=error.message,
        outcome={
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network",
            "reason": reason,
            "risk_level": "normal",
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
    )
    call.store.save(charge)
    intent.update(status="requires_payment_method", payment_method=None)
    intent["last_payment_error"] = error.body()["error"] | {"charge": charge["id"]}
    call.store.save(intent)
    call.emit("charge.failed", charge)
    call.emit("payment_intent.payment_failed", intent)


def cancel(call: Call, intent: Json, reason: str) -> None:
    intent.update(status="canceled", canceled_at=call.now, cancellation_reason=reason)
    call.store.save(intent)
    call.emit("payment_intent.canceled", intent)


@route(
    "GET",
    "/v1/invoice_payments",
    {
        "created": Span(),
        "invoice": Id(),
        "payment": Fields(
            {"payment_intent": Id(), "type": Choice(("payment_intent", "payment_record"))}, ("type",)
        ),
        "status": Choice(("canceled", "open", "paid")),
    },
    paged=True,
)
def list_invoice_payments(call: Call) -> Json:
    where = call.chosen("invoice", "status")
    if wanted := call.params.get("payment", {}).get("payment_intent"):
        where["_intent"] = wanted
    return call.page("invoice_payment", "/v1/invoice_payments", where, spans=("created",))


@route("GET", "/v1/invoice_payments/{invoice_payment}")
def retrieve_invoice_payment(call: Call, invoice_payment: str) -> Json:
    return call.fetch("invoice_payment", invoice_payment)


@route("GET", "/v1/payment_intents", {"created": Span(), "customer": Id()}, paged=True)
def list_intents(call: Call) -> Json:
    where = call.chosen("customer")
    return call.page("payment_intent", "/v1/payment_intents", where, spans=("created",))


@route("GET", "/v1/payment_intents/{intent}")
def retrieve_intent(call: Call, intent: str) -> Json:
    return call.fetch("payment_intent", intent)


@route("POST", "/v1/payment_intents/{intent}", {"description": Text(1000), "metadata": Pairs()})
def update_intent(call: Call, intent: str) -> Json:
    return _update(call, call.fetch("payment_intent", intent))


@route("GET", "/v1/charges", {"created": Span(), "customer": Id(), "payment_intent": Id()}, paged=True)
def list_charges(call: Call) -> Json:
    where = call.chosen("customer", "payment_intent")
    return call.page("charge", "/v1/charges", where, spans=("created",))


@route("GET", "/v1/charges/{charge}")
def retrieve_charge(call: Call, charge: str) -> Json:
    return call.fetch("charge", charge)


@route("POST", "/v1/charges/{charge}", {"description": Text(40000), "metadata": Pairs()})
def update_charge(call: Call, charge: str) -> Json:
    found = _update(call, call.fetch("charge", charge))
    call.emit("charge.updated", found)
    return found


def _update(call: Call, obj: Json) -> Json:
    before = dict(obj)
    if "metadata" in call.params:
        merge_metadata(obj, call.params["metadata"])
    if "description" in call.params:
        obj["description"] = call.params["description"]
    return call.store.save(obj) if changes(before, obj) else obj
