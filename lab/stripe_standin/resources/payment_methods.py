"""Cards by Stripe's test names, and SEPA mandates by Stripe's test IBANs; each knows how its payments end."""

from __future__ import annotations

import hashlib
from typing import Any

from lab.stripe_standin.call import Call, changes, merge_metadata, route
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError, no_such
from lab.stripe_standin.forms import ADDRESS, Choice, Fields, Id, Integer, Pairs, Rule, Text
from lab.stripe_standin.resources.addresses import full_address
from lab.stripe_standin.store import new_id

# name: (brand, last4, how a payment ends)
TEST_CARDS = {
    "pm_card_visa": ("visa", "4242", "succeeds"),
    "pm_card_mastercard": ("mastercard", "4444", "succeeds"),
    "pm_card_chargeDeclined": ("visa", "0002", "generic_decline"),
    "pm_card_visa_chargeDeclined": ("visa", "0002", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("visa", "9995", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("visa", "0069", "expired_card"),
    "pm_card_chargeCustomerFail": ("visa", "0341", "generic_decline"),
    "pm_card_authenticationRequired": ("visa", "3184", "requires_action"),
    "pm_card_createDispute": ("visa", "0259", "disputed"),
}
_NUMBERS = {
    "4242424242424242": "pm_card_visa",
    "5555555555554444": "pm_card_mastercard",
    "4000000000000002": "pm_card_chargeDeclined",
    "4000000000009995": "pm_card_chargeDeclinedInsufficientFunds",
    "4000000000000341": "pm_card_chargeCustomerFail",
    "4000002760003184": "pm_card_authenticationRequired",
    "4000000000000259": "pm_card_createDispute",
}
# Cards that already fail when they are attached to a customer.
_FAILS_ON_ATTACH = ("0002", "9995", "0069")
# Last digits of an IBAN say how its debit ends, some time after `processing`.
_IBAN_ENDS = {"3001": "fails", "3004": "fails", "3002": "disputed"}

_BILLING = Fields({"address": ADDRESS, "email": Text(), "name": Text(), "phone": Text()})
_KINDS = ("card", "sepa_debit")


def _new(call: Call, type_: str, details: Json, ends: str) -> Json:
    return call.create(
        {
            "id": new_id("pm"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": dict.fromkeys(("address", "email", "name", "phone", "tax_id"))
            | {"address": full_address({})},
            "created": call.now,
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": type_,
            type_: details,
            "_ends": ends,
        }
    )


def _card(call: Call, name: str) -> Json:
    brand, last4, ends = TEST_CARDS[name]
    details: Json = {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": _fingerprint(name),
        "funding": "credit",
        "generated_from": None,
        "last4": last4,
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _new(call, "card", details, ends)


def _sepa(call: Call, iban: str) -> Json:
    iban = iban.replace(" ", "").upper()
    if not (15 <= len(iban) <= 34 and iban[:2].isalpha() and iban.isalnum()):
        raise ApiError(
            "The IBAN you provided is invalid.", code="invalid_bank_account_iban", param="sepa_debit[iban]"
        )
    details: Json = {
        "bank_code": iban[4:12],
        "branch_code": None,
        "country": iban[:2],
        "fingerprint": _fingerprint(iban),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }
    return _new(call, "sepa_debit", details, _IBAN_ENDS.get(iban[-4:], "succeeds"))


def _fingerprint(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def usable(call: Call, id_: str, param: str) -> Json:
    """The payment method of this id; a test name makes a fresh one, as in Stripe's test mode."""
    if id_ in TEST_CARDS:
        return _card(call, id_)
    method = call.store.get(id_, "payment_method")
    if method is None:
        raise ApiError(f"No such PaymentMethod: '{id_}'", code="resource_missing", param=param)
    return method


def attach_to(call: Call, id_: str, customer: str) -> Json:
    method = usable(call, id_, "payment_method")
    if method["customer"] not in (None, customer):
        raise ApiError(
            "The payment method you provided has already been attached to a customer.",
            param="payment_method",
        )
    if method["type"] == "card" and method["card"]["last4"] in _FAILS_ON_ATTACH:
        raise declined(method["_ends"])
    method["customer"] = customer
    call.store.save(method)
    call.emit("payment_method.attached", method)
    return method


def declined(reason: str, **extra: Any) -> ApiError:
    messages = {
        "insufficient_funds": "Your card has insufficient funds.",
        "expired_card": "Your card has expired.",
    }
    code = "expired_card" if reason == "expired_card" else "card_declined"
    return ApiError(
        messages.get(reason, "Your card was declined."),
        status=402,
        type="card_error",
        code=code,
        keep=True,
        decline_code=reason,
        **extra,
    )


_CREATE: dict[str, Rule] = {
    "billing_details": _BILLING,
    "card": Fields(
        {"cvc": Text(), "exp_month": Integer(), "exp_year": Integer(), "number": Id(), "token": Id()}
    ),
    "metadata": Pairs(),
    "sepa_debit": Fields({"iban": Id()}, ("iban",)),
    "type": Choice(_KINDS),
}


@route("POST", "/v1/payment_methods", _CREATE, required=("type",))
def create(call: Call) -> Json:
    kind = call.params["type"]
    details = call.params.get(kind)
    if details is None:
        raise ApiError(f"Missing required param: {kind}.", code="parameter_missing", param=kind)
    billing = call.params.get("billing_details") or {}
    if kind == "sepa_debit":
        for name in ("name", "email"):
            if not billing.get(name):
                where = f"billing_details[{name}]"
                raise ApiError(f"Missing required param: {where}.", code="parameter_missing", param=where)
        method = _sepa(call, details["iban"])
    else:
        method = _card(call, _NUMBERS.get(details.get("number", ""), "pm_card_visa"))
    _apply(method, call.params)
    return call.store.save(method)


def _apply(method: Json, params: Json) -> None:
    if "metadata" in params:
        merge_metadata(method, params["metadata"])
    if params.get("billing_details"):
        billing = dict(params["billing_details"])
        if "address" in billing:
            billing["address"] = full_address(billing["address"])
        method["billing_details"] = method["billing_details"] | billing


@route("GET", "/v1/payment_methods", {"customer": Id(), "type": Choice(_KINDS)}, paged=True)
def list_all(call: Call) -> Json:
    return call.page("payment_method", "/v1/payment_methods", dict(_filters(call)))


def _filters(call: Call) -> Json:
    return call.chosen("customer", "type")


@route("GET", "/v1/customers/{customer}/payment_methods", {"type": Choice(_KINDS)}, paged=True)
def list_of_customer(call: Call, customer: str) -> Json:
    if call.fetch("customer", customer).get("deleted"):
        raise no_such("customer", customer)
    url = f"/v1/customers/{customer}/payment_methods"
    return call.page("payment_method", url, _filters(call) | {"customer": customer})


@route("GET", "/v1/payment_methods/{payment_method}")
def retrieve(call: Call, payment_method: str) -> Json:
    return call.fetch("payment_method", payment_method)


@route("POST", "/v1/payment_methods/{payment_method}", {"billing_details": _BILLING, "metadata": Pairs()})
def update(call: Call, payment_method: str) -> Json:
    method = call.fetch("payment_method", payment_method)
    before = dict(method)
    _apply(method, call.params)
    call.store.save(method)
    if old := changes(before, method):
        call.emit("payment_method.updated", method, old)
    return method


@route("POST", "/v1/payment_methods/{payment_method}/attach", {"customer": Id()}, required=("customer",))
def attach(call: Call, payment_method: str) -> Json:
    customer = call.fetch("customer", call.params["customer"], "customer")
    return attach_to(call, payment_method, customer["id"])


@route("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(call: Call, payment_method: str) -> Json:
    method = call.fetch("payment_method", payment_method)
    if method["customer"] is None:
        raise ApiError(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    customer = call.store.get(method["customer"], "customer")
    if customer and customer["invoice_settings"]["default_payment_method"] == payment_method:
        customer["invoice_settings"]["default_payment_method"] = None
        call.store.save(customer)
    before = {"customer": method["customer"]}
    method["customer"] = None
    call.store.save(method)
    call.emit("payment_method.detached", method, before)
    return method
