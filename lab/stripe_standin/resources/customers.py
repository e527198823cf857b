"""Customers, their balance, and what Stripe answers about one that was deleted."""

from __future__ import annotations

import secrets

from lab.stripe_standin.call import Call, changes, merge_metadata, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError, no_such
from lab.stripe_standin.forms import ADDRESS, Choice, Each, Fields, Id, Integer, Pairs, Span, Text
from lab.stripe_standin.resources.addresses import full_address
from lab.stripe_standin.resources.payment_methods import attach_to
from lab.stripe_standin.store import new_id

_SETTINGS = Fields(
    {
        "custom_fields": Each(
            Fields({"name": Text(40), "value": Text(140)}, ("name", "value")), most=4, clear=True
        ),
        "default_payment_method": Text(),
        "footer": Text(),
    }
)
_EDITABLE = {
    "address": ADDRESS,
    "balance": Integer(),
    "business_name": Text(150),
    "description": Text(),
    "email": Text(512),
    "individual_name": Text(150),
    "invoice_prefix": Id(12),
    "invoice_settings": _SETTINGS,
    "metadata": Pairs(),
    "name": Text(256),
    "next_invoice_sequence": Integer(low=1),
    "phone": Text(20),
    "preferred_locales": Each(Text()),
    "shipping": Fields(
        {"address": ADDRESS, "name": Text(), "phone": Text()}, ("address", "name"), clear=True
    ),
    "tax_exempt": Choice(("exempt", "none", "reverse"), clear=True),
}


@route(
    "POST",
    "/v1/customers",
    _EDITABLE
    | {
        "payment_method": Id(),
        "tax_id_data": Each(Fields({"type": Id(), "value": Id()}, ("type", "value")), most=5),
    },
)
def create(call: Call) -> Json:
    customer: Json = {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": secrets.token_hex(4).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    balance = call.params.pop("balance", 0)
    wanted = call.params.pop("payment_method", None)
    tax_ids = call.params.pop("tax_id_data", [])
    _apply(call, customer)
    call.create(customer)
    if wanted:
        attach_to(call, wanted, customer["id"])
    for tax_id in tax_ids:
        _add_tax_id(call, customer["id"], tax_id)
    if balance:
        move_balance(call, customer, balance, "adjustment")
    call.emit("customer.created", customer)
    return customer


def _apply(call: Call, customer: Json) -> None:
    for name, value in call.params.items():
        if name == "metadata":
            merge_metadata(customer, value)
        elif name == "invoice_settings":
            _apply_settings(call, customer, value)
        elif name == "address":
            customer[name] = full_address(value)
        elif name == "shipping" and value:
            customer[name] = {"phone": None, **value, "address": full_address(value["address"])}
        elif name == "tax_exempt":
            customer[name] = value or "none"
        elif name in _EDITABLE:
            customer[name] = value


def _apply_settings(call: Call, customer: Json, settings: Json) -> None:
    method = settings.get("default_payment_method")
    if method is not None:
        held = call.fetch("payment_method", method, "invoice_settings[default_payment_method]")
        if held["customer"] != customer["id"]:
            raise ApiError(
                f"The customer does not have a payment method with the ID {method}. The payment method must be "
                "attached to the customer.",
                code="resource_missing",
                param="invoice_settings[default_payment_method]",
            )
    customer["invoice_settings"] = customer["invoice_settings"] | settings


@route("GET", "/v1/customers", {"email": Text(512), "created": Span()}, paged=True)
def list_all(call: Call) -> Json:
    where: Json = {"deleted": None}
    if call.params.get("email"):
        where["email"] = call.params["email"]
    return call.page("customer", "/v1/customers", where, spans=("created",))


@route("GET", "/v1/customers/{customer}")
def retrieve(call: Call, customer: str) -> Json:
    return call.fetch("customer", customer)


def _living(call: Call, id_: str) -> Json:
    customer = call.fetch("customer", id_)
    if customer.get("deleted"):
        raise no_such("customer", id_)
    return customer


@route("POST", "/v1/customers/{customer}", _EDITABLE)
def update(call: Call, customer: str) -> Json:
    found = _living(call, customer)
    before = call.show(found)
    balance = call.params.pop("balance", None)
    _apply(call, found)
    call.store.save(found)
    if balance is not None and balance != found["balance"]:
        move_balance(call, found, balance - found["balance"], "adjustment")
    if old := changes(before, found):
        call.emit("customer.updated", found, old)
    return found


@route("DELETE", "/v1/customers/{customer}")
def delete(call: Call, customer: str) -> Json:
    return delete_customer(call, _living(call, customer))


def delete_customer(call: Call, customer: Json) -> Json:
    call.emit("customer.deleted", customer)
    for method in call.store.find("payment_method", {"customer": customer["id"]}):
        call.store.save(method | {"customer": None})
    gone: Json = {"id": customer["id"], "object": "customer", "deleted": True}
    return call.store.save(gone)


# balance


def move_balance(
    call: Call,
    customer: Json,
    amount: int,
    type_: str,
    *,
    currency: str | None = None,
    invoice: str | None = None,
    credit_note: str | None = None,
) -> Json:
    """Adds `amount` (minor units; negative is a credit of the customer) with the entry that says why."""
    customer["balance"] += amount
    customer["currency"] = customer["currency"] or currency
    call.store.save(customer)
    return call.create(
        {
            "id": new_id("cbtxn"),
            "object": "customer_balance_transaction",
            "amount": amount,
            "checkout_session": None,
            "created": call.now,
            "credit_note": credit_note,
            "currency": customer["currency"] or "eur",
            "customer": customer["id"],
            "customer_account": None,
            "description": None,
            "ending_balance": customer["balance"],
            "invoice": invoice,
            "livemode": False,
            "metadata": {},
            "type": type_,
        }
    )


@route(
    "GET",
    "/v1/customers/{customer}/balance_transactions",
    {"created": Span(), "invoice": Id()},
    paged=True,
)
def list_balance_transactions(call: Call, customer: str) -> Json:
    _living(call, customer)
    where: Json = {"customer": customer}
    if "invoice" in call.params:
        where["invoice"] = call.params["invoice"]
    return call.page(
        "customer_balance_transaction",
        f"/v1/customers/{customer}/balance_transactions",
        where,
        spans=("created",),
    )


# tax ids


def _add_tax_id(call: Call, customer: str, data: Json) -> Json:
    tax_id: Json = {
        "id": new_id("txi"),
        "object": "tax_id",
        "country": data["value"][:2].upper() if data["type"] == "eu_vat" else None,
        "created": call.now,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "owner": {"type": "customer", "customer": customer},
        "type": data["type"],
        "value": data["value"],
        "verification": {"status": "unavailable", "verified_address": None, "verified_name": None},
    }
    call.create(tax_id)
    call.emit("customer.tax_id.created", tax_id)
    return tax_id


@route("POST", "/v1/customers/{customer}/tax_ids", {"type": Id(), "value": Id()}, required=("type", "value"))
def create_tax_id(call: Call, customer: str) -> Json:
    _living(call, customer)
    return _add_tax_id(call, customer, call.params)


@route("GET", "/v1/customers/{customer}/tax_ids", paged=True)
def list_tax_ids(call: Call, customer: str) -> Json:
    _living(call, customer)
    return call.page("tax_id", f"/v1/customers/{customer}/tax_ids", {"customer": customer})


@route("GET", "/v1/customers/{customer}/tax_ids/{id}")
def retrieve_tax_id(call: Call, customer: str, id_: str) -> Json:  # noqa: ARG001 # a part of the address
    return call.fetch("tax_id", id_)


@route("DELETE", "/v1/customers/{customer}/tax_ids/{id}")
def delete_tax_id(call: Call, customer: str, id_: str) -> Json:  # noqa: ARG001 # a part of the address
    tax_id = call.fetch("tax_id", id_)
    call.store.remove(id_)
    call.emit("customer.tax_id.deleted", tax_id)
    return {"id": id_, "object": "tax_id", "deleted": True}
