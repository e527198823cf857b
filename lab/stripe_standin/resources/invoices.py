"""Invoices as documents: created as drafts, edited, listed, deleted. Their states are in `invoice_states`."""

from __future__ import annotations

from typing import Any

from lab.stripe_standin.call import Call, changes, merge_metadata, renders, route
from lab.stripe_standin.constants import (
    ACCOUNT,
    ACCOUNT_COUNTRY,
    ACCOUNT_NAME,
    DEFAULT_CURRENCY,
    EMBEDDED_LINES,
    MAX_NUMBER_LENGTH,
    Json,
)
from lab.stripe_standin.errors import ApiError, not_editable
from lab.stripe_standin.forms import Choice, Each, Fields, Flag, Id, Integer, Pairs, Rule, Span, Text
from lab.stripe_standin.resources.invoice_items import take_pending
from lab.stripe_standin.resources.totals import recompute
from lab.stripe_standin.store import new_id

DAY_S = 24 * 3600
COLLECTION = ("charge_automatically", "send_invoice")
STATUSES = ("draft", "open", "paid", "uncollectible", "void")

_EDITABLE: dict[str, Rule] = {
    "auto_advance": Flag(),
    "automatic_tax": Fields({"enabled": Flag()}, ("enabled",)),
    "automatically_finalizes_at": Integer(low=0),
    "collection_method": Choice(COLLECTION),
    "custom_fields": Each(
        Fields({"name": Text(40), "value": Text(140)}, ("name", "value")), most=4, clear=True
    ),
    "days_until_due": Integer(low=0),
    "default_payment_method": Text(),
    "description": Text(1500),
    "due_date": Integer(low=0),
    "effective_at": Integer(low=0, clear=True),
    "footer": Text(),
    "metadata": Pairs(),
    "number": Text(MAX_NUMBER_LENGTH),
    "payment_settings": Fields({"payment_method_types": Each(Choice(("card", "sepa_debit")), clear=True)}),
    "statement_descriptor": Text(22),
}
# Money, dates and texts are frozen with the finalised document.
_EDITABLE_LATER = {"auto_advance", "default_payment_method", "metadata", "payment_settings", "due_date"}


@renders("invoice")
def _render(call: Call, invoice: Json) -> Json:
    lines = call.store.find(
        "line_item", {"invoice": invoice["id"]}, oldest_first=True, limit=EMBEDDED_LINES + 1
    )
    shown: Json = {
        "lines": {
            "object": "list",
            "data": [call.show(line) for line in lines[:EMBEDDED_LINES]],
            "has_more": len(lines) > EMBEDDED_LINES,
            "url": f"/v1/invoices/{invoice['id']}/lines",
        },
        "hosted_invoice_url": None,
        "invoice_pdf": None,
    }
    if invoice["_token"]:
        page = f"{call.base_url}/i/{ACCOUNT}/{invoice['_token']}"
        shown |= {"hosted_invoice_url": page, "invoice_pdf": f"{page}/pdf"}
    return shown


@route(
    "POST",
    "/v1/invoices",
    _EDITABLE
    | {
        "currency": Id(3),
        "customer": Id(),
        "pending_invoice_items_behavior": Choice(("exclude", "include")),
    },
    required=("customer",),
)
def create(call: Call) -> Json:
    customer = call.fetch("customer", call.params["customer"], "customer")
    currency = (call.params.get("currency") or customer["currency"] or DEFAULT_CURRENCY).lower()
    invoice = _blank(call, customer, currency)
    _apply(call, invoice, customer)
    if invoice["auto_advance"] and invoice["automatically_finalizes_at"] is None:
        invoice["automatically_finalizes_at"] = call.now + 3600
    call.create(invoice)
    if call.params.get("pending_invoice_items_behavior") == "include":
        take_pending(call, invoice)
    if customer["currency"] is None:
        call.store.save(customer | {"currency": currency})
    recompute(call, invoice)
    schedule_finalization(call, invoice)
    call.emit("invoice.created", invoice)
    return invoice


def _blank(call: Call, customer: Json, currency: str) -> Json:
    zero = dict.fromkeys(
        (
            "amount_due",
            "amount_overpaid",
            "amount_paid",
            "amount_paid_off_stripe",
            "amount_remaining",
            "amount_shipping",
            "attempt_count",
            "post_payment_credit_notes_amount",
            "pre_payment_credit_notes_amount",
            "subtotal",
            "subtotal_excluding_tax",
            "total",
            "total_excluding_tax",
        ),
        0,
    )
    nothing = dict.fromkeys(
        (
            "account_tax_ids",
            "application",
            "automatically_finalizes_at",
            "custom_fields",
            "customer_account",
            "default_payment_method",
            "default_source",
            "description",
            "due_date",
            "effective_at",
            "ending_balance",
            "footer",
            "from_invoice",
            "last_finalization_error",
            "latest_revision",
            "next_payment_attempt",
            "number",
            "on_behalf_of",
            "parent",
            "receipt_number",
            "rendering",
            "shipping_cost",
            "shipping_details",
            "statement_descriptor",
            "test_clock",
            "webhooks_delivered_at",
        )
    )
    return {
        "id": new_id("in"),
        "object": "invoice",
        **zero,
        **nothing,
        **customer_facts(call, customer),
        "account_country": ACCOUNT_COUNTRY,
        "account_name": ACCOUNT_NAME,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": call.now,
        "currency": currency,
        "customer": customer["id"],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "livemode": False,
        "metadata": {},
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": call.now,
        "period_start": call.now,
        "starting_balance": customer["balance"],
        "status": "draft",
        "status_transitions": dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        ),
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "_token": None,
    }


def customer_facts(call: Call, customer: Json) -> Json:
    """What an invoice copies of its customer; frozen when it is finalised."""
    tax_ids = call.store.find("tax_id", {"customer": customer["id"]}, oldest_first=True)
    return {
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [{"type": tax["type"], "value": tax["value"]} for tax in tax_ids],
    }


def _apply(call: Call, invoice: Json, customer: Json) -> None:
    params = dict(call.params)
    if params.get("automatic_tax", {}).get("enabled"):
        raise ApiError("Automatic tax is not enabled for this account.", param="automatic_tax[enabled]")
    for name in ("automatic_tax", "customer", "currency", "pending_invoice_items_behavior"):
        params.pop(name, None)
    if "metadata" in params:
        merge_metadata(invoice, params.pop("metadata"))
    if "payment_settings" in params:
        invoice["payment_settings"] = invoice["payment_settings"] | params.pop("payment_settings")
    if params.get("number"):
        _refuse_used_number(call, invoice, params["number"])
    if params.get("default_payment_method"):
        call.fetch("payment_method", params["default_payment_method"], "default_payment_method")
    _apply_due(call, invoice, params, customer)
    invoice.update(params)


def _refuse_used_number(call: Call, invoice: Json, number: str) -> None:
    holders = call.store.find("invoice", {"number": number})
    if any(holder["id"] != invoice["id"] for holder in holders):
        raise ApiError(
            f"The invoice number '{number}' is already in use by another invoice of this account.",
            param="number",
        )


def _apply_due(call: Call, invoice: Json, params: dict[str, Any], customer: Json) -> None:
    method = params.get("collection_method", invoice["collection_method"])
    days, date = params.pop("days_until_due", None), params.get("due_date")
    if days is not None and date is not None:
        raise ApiError(
            "You may only specify one of these parameters: due_date, days_until_due.", param="due_date"
        )
    if method == "charge_automatically":
        if days is not None or date is not None:
            raise ApiError(
                "You can only set `due_date` or `days_until_due` if `collection_method` is `send_invoice`.",
                param="days_until_due" if days is not None else "due_date",
            )
        params["due_date"] = None
        return
    if not customer.get("email"):
        raise ApiError(
            "Missing email. In order to create invoices that are sent to the customer, the customer must have a "
            "valid email.",
            param="customer",
        )
    if days is not None:
        params["due_date"] = invoice["created"] + days * DAY_S
    elif date is None and invoice["due_date"] is None:
        raise ApiError(
            "If `collection_method` is `send_invoice`, you must pass either `due_date` or `days_until_due`.",
            param="days_until_due",
        )


def schedule_finalization(call: Call, invoice: Json) -> None:
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        call.store.schedule(invoice["automatically_finalizes_at"], "finalize", invoice["id"])


@route(
    "GET",
    "/v1/invoices",
    {
        "collection_method": Choice(COLLECTION),
        "created": Span(),
        "customer": Id(),
        "due_date": Span(),
        "status": Choice(STATUSES),
    },
    paged=True,
)
def list_all(call: Call) -> Json:
    where = call.chosen("customer", "collection_method", "status")
    return call.page("invoice", "/v1/invoices", where, spans=("created", "due_date"))


@route("GET", "/v1/invoices/{invoice}")
def retrieve(call: Call, invoice: str) -> Json:
    return call.fetch("invoice", invoice)


@route("POST", "/v1/invoices/{invoice}", _EDITABLE)
def update(call: Call, invoice: str) -> Json:
    found = call.fetch("invoice", invoice)
    before = dict(found)
    draft = found["status"] == "draft"
    frozen = sorted(set(call.params) - _EDITABLE_LATER)
    if not draft and frozen:
        raise not_editable(found, frozen[0])
    if draft:
        _apply(call, found, call.fetch("customer", found["customer"], "customer"))
        if found["auto_advance"] and found["automatically_finalizes_at"] is None:
            found["automatically_finalizes_at"] = call.now + 3600
        recompute(call, found)
        schedule_finalization(call, found)
    else:
        if "metadata" in call.params:
            merge_metadata(found, call.params.pop("metadata"))
        found.update(call.params)
        call.store.save(found)
    if old := changes(before, found):
        call.emit("invoice.updated", found, old)
    return found


@route("DELETE", "/v1/invoices/{invoice}")
def delete(call: Call, invoice: str) -> Json:
    found = call.fetch("invoice", invoice)
    if found["status"] != "draft":
        raise ApiError(
            "You can only delete draft invoices. Void this invoice instead.", code="invoice_not_editable"
        )
    call.emit("invoice.deleted", found)
    for kind in ("line_item", "invoiceitem"):
        for child in call.store.find(kind, {"invoice": invoice}):
            call.store.remove(child["id"])
    call.store.remove(invoice)
    return {"id": invoice, "object": "invoice", "deleted": True}
