"""An invoice's life: draft, open, then paid, uncollectible or void. Each step has its guard and its events."""

from __future__ import annotations

from lab.stripe_standin.call import Call, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.forms import Flag, Id
from lab.stripe_standin.resources import payments
from lab.stripe_standin.resources.customers import move_balance
from lab.stripe_standin.resources.invoices import customer_facts
from lab.stripe_standin.resources.payment_methods import declined, usable
from lab.stripe_standin.resources.totals import recompute
from lab.stripe_standin.store import new_id


def refuse(invoice: Json, act: str, code: str | None = None) -> ApiError:
    return ApiError(f"You cannot {act} an invoice that is {invoice['status']}.", code=code)


@route("POST", "/v1/invoices/{invoice}/finalize", {"auto_advance": Flag()})
def finalize(call: Call, invoice: str) -> Json:
    found = call.fetch("invoice", invoice)
    if found["status"] != "draft":
        raise ApiError(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            code="invoice_not_editable",
        )
    if "auto_advance" in call.params:
        found["auto_advance"] = call.params["auto_advance"]
    return finalize_draft(call, found)


def finalize_draft(call: Call, invoice: Json) -> Json:
    customer = call.fetch("customer", invoice["customer"], "customer")
    if invoice["number"] is None:
        invoice["number"] = _next_number(call, customer)
    invoice.update(customer_facts(call, customer))
    recompute(call, invoice)
    _apply_balance(call, invoice, customer)
    invoice["status"] = "open"
    invoice["status_transitions"]["finalized_at"] = call.now
    invoice["effective_at"] = invoice["effective_at"] or call.now
    invoice["automatically_finalizes_at"] = None
    invoice["_token"] = new_id("standin")
    call.store.save(invoice)
    if invoice["amount_remaining"] > 0:
        payments.open_payment(call, invoice)
    call.emit("invoice.updated", invoice, {"status": "draft"})
    call.emit("invoice.finalized", invoice)
    if invoice["amount_remaining"] == 0:
        mark_paid(call, invoice)
    elif invoice["auto_advance"]:
        if invoice["collection_method"] == "send_invoice":
            call.emit("invoice.sent", invoice)
        else:
            call.store.schedule(call.now, "collect", invoice["id"])
    return invoice


def _next_number(call: Call, customer: Json) -> str:
    while True:
        number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
        customer["next_invoice_sequence"] += 1
        call.store.save(customer)
        if not call.store.find("invoice", {"number": number}, limit=1):
            return number


def _apply_balance(call: Call, invoice: Json, customer: Json) -> None:
    """What the customer has or owes from before goes into the amount due; a negative total becomes a credit."""
    total, before = invoice["total"], customer["balance"]
    moved, why = 0, "applied_to_invoice"
    if total < 0:
        moved, why = total, "invoice_too_small"
    elif total > 0:
        moved = min(-before, total)
    if moved:
        move_balance(call, customer, moved, why, currency=invoice["currency"], invoice=invoice["id"])
    invoice["ending_balance"] = customer["balance"]


@route(
    "POST",
    "/v1/invoices/{invoice}/pay",
    {"forgive": Flag(), "off_session": Flag(), "paid_out_of_band": Flag(), "payment_method": Id()},
)
def pay(call: Call, invoice: str) -> Json:
    found = call.fetch("invoice", invoice)
    if found["status"] == "paid":
        raise ApiError("Invoice is already paid")
    if found["status"] not in ("open", "uncollectible"):
        raise refuse(found, "pay")
    refuse_processing(call, found)
    if call.params.get("paid_out_of_band"):
        return pay_outside(call, found)
    method = _method_for(call, found, call.params.get("payment_method"))
    if method is None:
        raise ApiError(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set either and try again."
        )
    stands = collect(call, found, method)
    if stands == "failed":
        intent = payments.intent_of(call, invoice)
        raise declined(method["_ends"], charge=(intent or {}).get("latest_charge"))
    if stands == "requires_action":
        raise ApiError(
            "Payment for this invoice requires additional user action before it can be completed successfully.",
            status=402,
            type="card_error",
            code="invoice_payment_intent_requires_action",
            keep=True,
        )
    return found


def refuse_processing(call: Call, invoice: Json) -> None:
    intent = payments.intent_of(call, invoice["id"])
    if intent and intent["status"] == "processing":
        raise ApiError(
            "This invoice has a payment that is still processing; wait until it has succeeded or failed.",
            code="payment_intent_unexpected_state",
        )


def _method_for(call: Call, invoice: Json, wanted: str | None) -> Json | None:
    if wanted:
        return usable(call, wanted, "payment_method")
    customer = call.store.get(invoice["customer"], "customer") or {}
    settings = customer.get("invoice_settings") or {}
    id_ = invoice["default_payment_method"] or settings.get("default_payment_method")
    return usable(call, id_, "default_payment_method") if id_ else None


def collect(call: Call, invoice: Json, method: Json) -> str:
    """One attempt to take what remains; see `payments.attempt` for what it returns."""
    intent = payments.intent_of(call, invoice["id"])
    if intent is None:
        raise ApiError("This invoice has no open payment.", code="payment_intent_unexpected_state")
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
    call.store.save(invoice)
    stands = payments.attempt(call, intent, method)
    if stands == "succeeded":
        settle_paid(call, invoice, intent)
    elif stands == "failed":
        call.emit("invoice.updated", invoice)
        call.emit("invoice.payment_failed", invoice)
    elif stands == "requires_action":
        call.emit("invoice.payment_action_required", invoice)
    return stands


def collect_automatically(call: Call, invoice: Json) -> None:
    """What Stripe does by itself after finalising an invoice that it is to charge."""
    if invoice["status"] != "open" or invoice["amount_remaining"] == 0:
        return
    intent = payments.intent_of(call, invoice["id"])
    if intent is None or intent["status"] == "processing":
        return
    method = _method_for(call, invoice, None)
    if method is not None:
        collect(call, invoice, method)
        return
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
    call.store.save(invoice)
    call.emit("invoice.updated", invoice)
    call.emit("invoice.payment_failed", invoice)


def settle_paid(call: Call, invoice: Json, intent: Json) -> None:
    for row in call.store.find("invoice_payment", {"_intent": intent["id"], "status": "open"}):
        row.update(status="paid", amount_paid=intent["amount"])
        row["status_transitions"]["paid_at"] = call.now
        call.store.save(row)
        call.emit("invoice_payment.paid", row)
    invoice["amount_paid"] += intent["amount"]
    invoice["amount_remaining"] = invoice["amount_due"] - invoice["amount_paid"]
    mark_paid(call, invoice)


def mark_paid(call: Call, invoice: Json) -> None:
    before = {"status": invoice["status"]}
    invoice.update(status="paid", attempted=True, auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"]["paid_at"] = call.now
    call.store.save(invoice)
    call.emit("invoice.updated", invoice, before)
    call.emit("invoice.paid", invoice)
    call.emit("invoice.payment_succeeded", invoice)


def pay_outside(call: Call, invoice: Json) -> Json:
    """Marked as paid by other means (a bank transfer): no charge, no fee."""
    close_payment(call, invoice, "automatic")
    remaining = invoice["amount_remaining"]
    invoice["amount_paid"] += remaining
    invoice["amount_paid_off_stripe"] += remaining
    invoice["amount_remaining"] = 0
    mark_paid(call, invoice)
    return invoice


def close_payment(call: Call, invoice: Json, reason: str) -> None:
    intent = payments.intent_of(call, invoice["id"])
    if intent is None:
        return
    payments.cancel(call, intent, reason)
    for row in call.store.find("invoice_payment", {"_intent": intent["id"], "status": "open"}):
        row["status"] = "canceled"
        row["status_transitions"]["canceled_at"] = call.now
        call.store.save(row)


@route("POST", "/v1/invoices/{invoice}/send")
def send(call: Call, invoice: str) -> Json:
    found = call.fetch("invoice", invoice)
    if found["status"] != "open":
        raise refuse(found, "send")
    call.emit("invoice.sent", found)
    return found


@route("POST", "/v1/invoices/{invoice}/void")
def void(call: Call, invoice: str) -> Json:
    return void_invoice(call, call.fetch("invoice", invoice))


def void_invoice(call: Call, found: Json) -> Json:
    if found["status"] not in ("open", "uncollectible"):
        raise refuse(found, "void")
    if found["amount_paid"]:
        raise ApiError("You cannot void an invoice with payments; issue a credit note instead.")
    refuse_processing(call, found)
    close_payment(call, found, "void_invoice")
    _give_back_balance(call, found)
    before = {"status": found["status"]}
    found.update(status="void", auto_advance=False)
    found["status_transitions"]["voided_at"] = call.now
    call.store.save(found)
    call.emit("invoice.updated", found, before)
    call.emit("invoice.voided", found)
    return found


def _give_back_balance(call: Call, invoice: Json) -> None:
    applied = call.store.find(
        "customer_balance_transaction", {"invoice": invoice["id"], "type": "applied_to_invoice"}
    )
    customer = call.store.get(invoice["customer"], "customer")
    moved = sum(entry["amount"] for entry in applied)
    if moved and customer and not customer.get("deleted"):
        move_balance(call, customer, -moved, "unapplied_from_invoice", invoice=invoice["id"])


@route("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(call: Call, invoice: str) -> Json:
    found = call.fetch("invoice", invoice)
    if found["status"] != "open":
        raise refuse(found, "mark as uncollectible")
    found.update(status="uncollectible", auto_advance=False)
    found["status_transitions"]["marked_uncollectible_at"] = call.now
    call.store.save(found)
    call.emit("invoice.updated", found, {"status": "open"})
    call.emit("invoice.marked_uncollectible", found)
    return found
