"""The lines of a draft: whole amounts or unit prices, with taxes that the caller computed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lab.stripe_standin.call import Call, merge_metadata, route
from lab.stripe_standin.constants import MAX_INVOICE_LINES, Json
from lab.stripe_standin.errors import ApiError, not_editable
from lab.stripe_standin.forms import Choice, Each, Fields, Flag, Id, Integer, Number, Pairs, Rule, Text
from lab.stripe_standin.resources.taxes import TAX_AMOUNT, plain, taxes
from lab.stripe_standin.resources.totals import recompute
from lab.stripe_standin.store import new_id

PERIOD = Fields({"start": Integer(low=0), "end": Integer(low=0)}, ("start", "end"))
_PRODUCT = Fields(
    {"name": Id(), "description": Text(40000), "metadata": Pairs(), "unit_label": Text(12)}, ("name",)
)
_PRICE = Fields(
    {
        "currency": Id(3),
        "product": Id(),
        "product_data": _PRODUCT,
        "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
        "unit_amount": Integer(),
        "unit_amount_decimal": Number(),
    },
    ("currency",),
)
_LINE: dict[str, Rule] = {
    "amount": Integer(),
    "description": Text(),
    "discountable": Flag(),
    "metadata": Pairs(),
    "period": PERIOD,
    "price_data": _PRICE,
    "quantity": Integer(low=0),
    "quantity_decimal": Number(low=Decimal(0)),
    "tax_amounts": Each(TAX_AMOUNT, most=20, clear=True),
}


@route(
    "POST",
    "/v1/invoices/{invoice}/add_lines",
    {
        "invoice_metadata": Pairs(),
        "lines": Each(Fields({**_LINE, "invoice_item": Id()}), most=MAX_INVOICE_LINES),
    },
    required=("lines",),
)
def add_lines(call: Call, invoice: str) -> Json:
    draft = draft_or_refuse(call, invoice)
    refuse_too_many(call, draft, len(call.params["lines"]))
    for index, data in enumerate(call.params["lines"]):
        at = f"lines[{index}]"
        if "invoice_item" in data:
            item = call.fetch("invoiceitem", data["invoice_item"], f"{at}[invoice_item]")
            attach_item(call, draft, item, at)
        else:
            item = make_item(call, draft["customer"], draft["currency"], data, at)
            add_line(call, draft, item, data)
    return _finish(call, draft)


def _finish(call: Call, draft: Json) -> Json:
    if "invoice_metadata" in call.params:
        merge_metadata(draft, call.params["invoice_metadata"])
    recompute(call, draft)
    call.emit("invoice.updated", draft)
    return draft


def draft_or_refuse(call: Call, invoice: str, param: str | None = None) -> Json:
    found = call.fetch("invoice", invoice, param)
    if found["status"] != "draft":
        raise not_editable(found, param)
    return found


def refuse_too_many(call: Call, draft: Json, more: int) -> None:
    if call.store.count("line_item", {"invoice": draft["id"]}) + more > MAX_INVOICE_LINES:
        raise ApiError(f"An invoice can have at most {MAX_INVOICE_LINES} line items.", param="lines")


def attach_item(call: Call, draft: Json, item: Json, at: str) -> None:
    if item["invoice"] or item["customer"] != draft["customer"] or item["currency"] != draft["currency"]:
        raise ApiError(
            f"The invoice item {item['id']} cannot be added to this invoice.", param=f"{at}[invoice_item]"
        )
    call.store.save(item | {"invoice": draft["id"]})
    add_line(call, draft, item, {})


def make_item(call: Call, customer: str, currency: str, data: Json, at: str) -> Json:
    """The invoice item that Stripe keeps behind every line."""
    amount, quantity, unit = price(data, currency, at)
    moment = call.now
    item: Json = {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "date": moment,
        "description": data.get("description"),
        "discountable": data.get("discountable", False),
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "net_amount": amount,
        "parent": None,
        "period": data.get("period", {"start": moment, "end": moment}),
        "pricing": pricing(unit, data),
        "proration": False,
        "quantity": int(quantity),
        "quantity_decimal": plain(quantity),
        "tax_rates": [],
        "test_clock": None,
    }
    merge_metadata(item, data.get("metadata", {}))
    return call.create(item)


def price(data: Json, currency: str, at: str) -> tuple[int, Decimal, Decimal]:
    """(amount, quantity, unit amount) in minor units; the product is rounded half-up, once."""
    given = data.get("price_data") or {}
    decimal_quantity = data.get("quantity_decimal")
    if "quantity" in data and decimal_quantity is not None:
        raise one_of(at, "quantity", "quantity_decimal")
    quantity = Decimal(data.get("quantity", 1)) if decimal_quantity is None else decimal_quantity
    unit = data.get("unit_amount_decimal", given.get("unit_amount_decimal"))
    if unit is None and "unit_amount" in given:
        unit = Decimal(given["unit_amount"])
    if data.get("amount") is not None:
        if unit is not None:
            raise one_of(at, "amount", "price_data")
        amount: int = data["amount"]
        return amount, quantity, Decimal(amount) / quantity if quantity else Decimal(0)
    if unit is None:
        raise ApiError(
            f"You must specify one of `amount` or `price_data` for `{at}`.",
            code="parameter_missing",
            param=f"{at}[amount]",
        )
    if given and given["currency"].lower() != currency:
        raise ApiError(
            f"The currency of the line ({given['currency']}) must match the invoice's ({currency}).",
            param=f"{at}[price_data][currency]",
        )
    if given and ("product" in given) == ("product_data" in given):
        raise one_of(f"{at}[price_data]", "product", "product_data")
    return int((unit * quantity).quantize(Decimal(1), ROUND_HALF_UP)), quantity, unit


def one_of(at: str, first: str, second: str) -> ApiError:
    return ApiError(
        f"You may only specify one of these parameters: {first}, {second}.", param=f"{at}[{first}]"
    )


def pricing(unit: Decimal, data: Json) -> Json:
    given = data.get("price_data") or {}
    return {
        "price_details": {"price": new_id("price"), "product": given.get("product") or new_id("prod")},
        "type": "price_details",
        "unit_amount_decimal": plain(unit),
    }


def add_line(call: Call, draft: Json, item: Json, data: Json) -> Json:
    line: Json = {
        "id": new_id("il"),
        "object": "line_item",
        "amount": item["amount"],
        "currency": item["currency"],
        "description": item["description"] or _product_name(data),
        "discount_amounts": [],
        "discountable": item["discountable"],
        "discounts": [],
        "invoice": draft["id"],
        "livemode": False,
        "metadata": item["metadata"],
        "parent": {
            "invoice_item_details": {
                "invoice_item": item["id"],
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": None,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        "period": item["period"],
        "pretax_credit_amounts": [],
        "pricing": item["pricing"],
        "quantity": item["quantity"],
        "quantity_decimal": item["quantity_decimal"],
        "subscription": None,
        "subtotal": item["amount"],
        "taxes": taxes(call, data.get("tax_amounts") or []),
    }
    call.store.save(item | {"invoice": draft["id"]})
    return call.store.insert(line, call.now)


def _product_name(data: Json) -> Any:
    return ((data.get("price_data") or {}).get("product_data") or {}).get("name")


@route("GET", "/v1/invoices/{invoice}/lines", paged=True)
def list_lines(call: Call, invoice: str) -> Json:
    call.fetch("invoice", invoice)
    return call.page("line_item", f"/v1/invoices/{invoice}/lines", {"invoice": invoice}, oldest_first=True)


@route(
    "POST",
    "/v1/invoices/{invoice}/update_lines",
    {
        "invoice_metadata": Pairs(),
        "lines": Each(Fields({**_LINE, "id": Id()}, ("id",)), most=MAX_INVOICE_LINES),
    },
    required=("lines",),
)
def update_lines(call: Call, invoice: str) -> Json:
    draft = draft_or_refuse(call, invoice)
    for index, data in enumerate(call.params["lines"]):
        _change_line(call, draft, data.pop("id"), data, f"lines[{index}]")
    return _finish(call, draft)


@route("POST", "/v1/invoices/{invoice}/lines/{line_item_id}", _LINE)
def update_line(call: Call, invoice: str, line_item_id: str) -> Json:
    draft = draft_or_refuse(call, invoice)
    line = _change_line(call, draft, line_item_id, call.params, "line")
    recompute(call, draft)
    call.emit("invoice.updated", draft)
    return line


def _line_of(call: Call, draft: Json, id_: str, at: str) -> Json:
    line = call.fetch("line_item", id_, f"{at}[id]")
    if line["invoice"] != draft["id"]:
        raise ApiError(f"The line {id_} is not on the invoice {draft['id']}.", param=f"{at}[id]")
    return line


def _change_line(call: Call, draft: Json, id_: str, data: Json, at: str) -> Json:
    line = _line_of(call, draft, id_, at)
    if "metadata" in data:
        merge_metadata(line, data["metadata"])
    line.update({key: data[key] for key in ("description", "discountable", "period") if key in data})
    if "tax_amounts" in data:
        line["taxes"] = taxes(call, data["tax_amounts"] or [])
    if {"amount", "price_data", "quantity", "quantity_decimal"} & set(data):
        old = (
            {}
            if "amount" in data
            else {"unit_amount_decimal": Decimal(line["pricing"]["unit_amount_decimal"])}
        )
        kept = {} if "quantity_decimal" in data else {"quantity": line["quantity"]}
        amount, quantity, unit = price(old | kept | data, draft["currency"], at)
        line.update(amount=amount, subtotal=amount, quantity=int(quantity), quantity_decimal=plain(quantity))
        line["pricing"] = pricing(unit, data)
    item = call.store.get(line["parent"]["invoice_item_details"]["invoice_item"])
    if item:
        shared = ("amount", "description", "discountable", "metadata", "period", "pricing", "quantity")
        call.store.save(item | {key: line[key] for key in (*shared, "quantity_decimal")})
    return call.store.save(line)


@route(
    "POST",
    "/v1/invoices/{invoice}/remove_lines",
    {
        "invoice_metadata": Pairs(),
        "lines": Each(
            Fields({"behavior": Choice(("delete", "unassign")), "id": Id()}, ("behavior", "id")),
            most=MAX_INVOICE_LINES,
        ),
    },
    required=("lines",),
)
def remove_lines(call: Call, invoice: str) -> Json:
    draft = draft_or_refuse(call, invoice)
    for index, data in enumerate(call.params["lines"]):
        line = _line_of(call, draft, data["id"], f"lines[{index}]")
        item = line["parent"]["invoice_item_details"]["invoice_item"]
        if data["behavior"] == "delete":
            call.store.remove(item)
        elif found := call.store.get(item):
            call.store.save(found | {"invoice": None})
        call.store.remove(line["id"])
    return _finish(call, draft)
