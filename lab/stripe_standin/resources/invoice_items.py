"""Invoice items: charges that wait for an invoice, or stand on a draft."""

from __future__ import annotations

from decimal import Decimal

from lab.stripe_standin.call import Call, changes, merge_metadata, route
from lab.stripe_standin.constants import DEFAULT_CURRENCY, MAX_INVOICE_LINES, Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.forms import Fields, Flag, Id, Integer, Number, Pairs, Rule, Span, Text
from lab.stripe_standin.resources.invoice_lines import (
    PERIOD,
    add_line,
    draft_or_refuse,
    make_item,
    price,
    pricing,
    refuse_too_many,
)
from lab.stripe_standin.resources.taxes import plain
from lab.stripe_standin.resources.totals import recompute

_ITEM: dict[str, Rule] = {
    "amount": Integer(),
    "description": Text(),
    "discountable": Flag(),
    "metadata": Pairs(),
    "period": PERIOD,
    "price_data": Fields(
        {"currency": Id(3), "product": Id(), "unit_amount": Integer(), "unit_amount_decimal": Number()},
        ("currency", "product"),
    ),
    "quantity": Integer(low=0),
    "quantity_decimal": Number(low=Decimal(0)),
    "unit_amount_decimal": Number(),
}


@route(
    "POST",
    "/v1/invoiceitems",
    _ITEM | {"currency": Id(3), "customer": Id(), "invoice": Id()},
    required=("customer",),
)
def create(call: Call) -> Json:
    params = call.params
    customer = call.fetch("customer", params["customer"], "customer")
    draft = draft_or_refuse(call, params["invoice"], "invoice") if "invoice" in params else None
    if draft is not None:
        if draft["customer"] != customer["id"]:
            raise ApiError("The invoice belongs to another customer.", param="invoice")
        refuse_too_many(call, draft, 1)
    asked = params.get("currency") or (params.get("price_data") or {}).get("currency")
    if draft is not None and asked and asked.lower() != draft["currency"]:
        raise ApiError(f"The currency must match the invoice's ({draft['currency']}).", param="currency")
    currency = (draft or {}).get("currency") or asked or customer["currency"] or DEFAULT_CURRENCY
    item = make_item(call, customer["id"], currency.lower(), params, "invoiceitem")
    if draft is not None:
        add_line(call, draft, item, {})
        recompute(call, draft)
    found = call.fetch("invoiceitem", item["id"])
    call.emit("invoiceitem.created", found)
    return found


def take_pending(call: Call, draft: Json) -> None:
    """Puts the customer's waiting items on the draft, the newest first, as Stripe sorts them."""
    where = {"customer": draft["customer"], "invoice": None, "currency": draft["currency"]}
    for item in call.store.find("invoiceitem", where, limit=MAX_INVOICE_LINES):
        add_line(call, draft, item, {})


@route(
    "GET",
    "/v1/invoiceitems",
    {"created": Span(), "customer": Id(), "invoice": Id(), "pending": Flag()},
    paged=True,
)
def list_all(call: Call) -> Json:
    where: Json = call.chosen("customer", "invoice")
    if call.params.get("pending"):
        where["invoice"] = None
    if "created" in call.params:
        call.params["date"] = call.params["created"]
    return call.page("invoiceitem", "/v1/invoiceitems", where, spans=("date",))


@route("GET", "/v1/invoiceitems/{invoiceitem}")
def retrieve(call: Call, invoiceitem: str) -> Json:
    return call.fetch("invoiceitem", invoiceitem)


def _line_behind(call: Call, item: Json) -> Json | None:
    for line in call.store.find("line_item", {"invoice": item["invoice"]}):
        if line["parent"]["invoice_item_details"]["invoice_item"] == item["id"]:
            return line
    return None


@route("POST", "/v1/invoiceitems/{invoiceitem}", _ITEM)
def update(call: Call, invoiceitem: str) -> Json:
    item = call.fetch("invoiceitem", invoiceitem)
    draft = draft_or_refuse(call, item["invoice"]) if item["invoice"] else None
    before, data = dict(item), call.params
    if "metadata" in data:
        merge_metadata(item, data["metadata"])
    item.update({key: data[key] for key in ("description", "discountable", "period") if key in data})
    if {"amount", "price_data", "quantity", "quantity_decimal", "unit_amount_decimal"} & set(data):
        unit_was = {"unit_amount_decimal": Decimal(item["pricing"]["unit_amount_decimal"])}
        old = {} if {"amount", "price_data"} & set(data) else unit_was
        kept = {} if "quantity_decimal" in data else {"quantity": item["quantity"]}
        amount, quantity, unit = price(old | kept | data, item["currency"], "invoiceitem")
        item.update(
            amount=amount, net_amount=amount, quantity=int(quantity), quantity_decimal=plain(quantity)
        )
        item["pricing"] = pricing(unit, data)
    call.store.save(item)
    if draft is not None and (line := _line_behind(call, item)):
        shared = ("amount", "description", "discountable", "metadata", "period", "pricing", "quantity")
        line.update({key: item[key] for key in (*shared, "quantity_decimal")}, subtotal=item["amount"])
        call.store.save(line)
        recompute(call, draft)
    if changes(before, item):
        call.emit("invoice.updated", draft) if draft is not None else None
    return item


@route("DELETE", "/v1/invoiceitems/{invoiceitem}")
def delete(call: Call, invoiceitem: str) -> Json:
    item = call.fetch("invoiceitem", invoiceitem)
    if item["invoice"]:
        draft = draft_or_refuse(call, item["invoice"])
        if line := _line_behind(call, item):
            call.store.remove(line["id"])
        recompute(call, draft)
    call.store.remove(invoiceitem)
    call.emit("invoiceitem.deleted", item)
    return {"id": invoiceitem, "object": "invoiceitem", "deleted": True}
