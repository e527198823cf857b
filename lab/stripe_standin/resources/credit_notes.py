"""Credit notes: before payment they lower what is due, after it they say where the money goes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from lab.stripe_standin.call import Call, merge_metadata, renders, route
from lab.stripe_standin.constants import ACCOUNT, Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.forms import Choice, Each, Fields, Id, Integer, Number, Pairs, Span, Text
from lab.stripe_standin.resources import payments
from lab.stripe_standin.resources.customers import move_balance
from lab.stripe_standin.resources.invoice_states import close_payment, mark_paid, refuse, refuse_processing
from lab.stripe_standin.resources.refunds import refund_charge
from lab.stripe_standin.resources.taxes import plain
from lab.stripe_standin.resources.totals import sum_taxes
from lab.stripe_standin.store import new_id

_TAX = Fields(
    {"amount": Integer(), "tax_rate": Id(), "taxable_amount": Integer()},
    ("amount", "tax_rate", "taxable_amount"),
)
_LINE = Fields(
    {
        "amount": Integer(),
        "description": Text(),
        "invoice_line_item": Id(),
        "metadata": Pairs(),
        "quantity": Integer(low=0),
        "tax_amounts": Each(_TAX, most=10, clear=True),
        "type": Choice(("custom_line_item", "invoice_line_item")),
        "unit_amount": Integer(),
        "unit_amount_decimal": Number(),
    },
    ("type",),
)
_REASONS = ("duplicate", "fraudulent", "order_change", "product_unsatisfactory")


@renders("credit_note")
def _render(call: Call, note: Json) -> Json:
    url = f"/v1/credit_notes/{note['id']}/lines"
    lines = {"object": "list", "data": note["_lines"][:10], "has_more": len(note["_lines"]) > 10, "url": url}
    return {"lines": lines, "pdf": f"{call.base_url}/i/{ACCOUNT}/{note['_token']}/pdf"}


@route(
    "POST",
    "/v1/credit_notes",
    {
        "amount": Integer(low=1),
        "credit_amount": Integer(low=0),
        "effective_at": Integer(low=0),
        "email_type": Choice(("credit_note", "none")),
        "invoice": Id(),
        "lines": Each(_LINE, most=250),
        "memo": Text(),
        "metadata": Pairs(),
        "out_of_band_amount": Integer(low=0),
        "reason": Choice(_REASONS),
        "refund_amount": Integer(low=0),
    },
    required=("invoice",),
)
def create(call: Call) -> Json:
    invoice = call.fetch("invoice", call.params["invoice"], "invoice")
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        raise refuse(invoice, "credit")
    refuse_processing(call, invoice)
    note = _note(call, invoice, _lines(call, invoice))
    _refuse_more_than_invoiced(invoice, note["total"])
    before = min(note["total"], invoice["amount_remaining"]) if invoice["status"] != "paid" else 0
    after = note["total"] - before
    note.update(pre_payment_amount=before, post_payment_amount=after)
    note["type"] = "mixed" if before and after else "post_payment" if after else "pre_payment"
    _place_money(call, invoice, note, after)
    call.create(note)
    invoice["pre_payment_credit_notes_amount"] += before
    invoice["post_payment_credit_notes_amount"] += after
    lower_due(call, invoice, before)
    call.emit("credit_note.created", note)
    if before and invoice["amount_remaining"] == 0:
        close_payment(call, invoice, "automatic")
        mark_paid(call, invoice)
    else:
        call.emit("invoice.updated", invoice)
    return note


def lower_due(call: Call, invoice: Json, amount: int) -> None:
    """Takes `amount` off what is due (negative puts it back), on the open payment too."""
    invoice["amount_due"] -= amount
    invoice["amount_remaining"] -= amount
    call.store.save(invoice)
    intent = payments.intent_of(call, invoice["id"])
    if intent and amount and invoice["amount_remaining"]:
        call.store.save(intent | {"amount": invoice["amount_remaining"]})
        for row in call.store.find("invoice_payment", {"_intent": intent["id"], "status": "open"}):
            call.store.save(row | {"amount_requested": invoice["amount_remaining"]})


def _refuse_more_than_invoiced(invoice: Json, total: int) -> None:
    credited = invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
    left = invoice["total"] - credited
    if total > left:
        raise ApiError(
            f"The credit note's total ({total}) exceeds what is left to credit on the invoice ({left}).",
            code="amount_too_large",
            param="amount",
        )


def _lines(call: Call, invoice: Json) -> list[Json]:
    if "lines" in call.params:
        return [_line(call, invoice, data, f"lines[{i}]") for i, data in enumerate(call.params["lines"])]
    if "amount" not in call.params:
        raise ApiError(
            "You must provide one of `amount`, `lines`, or `shipping_cost`.",
            code="parameter_missing",
            param="amount",
        )
    return [_blank_line("custom_line_item", call.params["amount"], None, [])]


def _blank_line(type_: str, amount: int, description: str | None, taxes: list[Json]) -> Json:
    return {
        "id": new_id("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": description,
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": None,
        "tax_rates": [],
        "taxes": taxes,
        "type": type_,
        "unit_amount": None,
        "unit_amount_decimal": None,
    }


def _line(call: Call, invoice: Json, data: Json, at: str) -> Json:
    given = [_given_tax(call, tax, at) for tax in data.get("tax_amounts") or []]
    if data["type"] == "custom_line_item":
        unit = data.get("unit_amount_decimal", data.get("unit_amount"))
        if unit is None or not data.get("description"):
            raise ApiError(f"Missing required param: {at}[unit_amount].", code="parameter_missing", param=at)
        quantity = data.get("quantity", 1)
        amount = int((Decimal(unit) * quantity).quantize(Decimal(1), ROUND_HALF_UP))
        line = _blank_line("custom_line_item", amount, data["description"], given)
        line.update(
            quantity=quantity, unit_amount=data.get("unit_amount"), unit_amount_decimal=plain(Decimal(unit))
        )
    else:
        line = _invoice_line(call, invoice, data, given, at)
    merge_metadata(line, data.get("metadata", {}))
    return line


def _invoice_line(call: Call, invoice: Json, data: Json, given: list[Json], at: str) -> Json:
    param = f"{at}[invoice_line_item]"
    source = call.fetch("line_item", data.get("invoice_line_item", ""), param)
    if source["invoice"] != invoice["id"]:
        raise ApiError("The line is not on the credited invoice.", param=param)
    if "amount" in data:
        amount = data["amount"]
    else:
        share = Decimal(data["quantity"] if "quantity" in data else source["quantity"]) / (
            source["quantity"] or 1
        )
        amount = _part(source["amount"], share)
    taxes = given
    if "tax_amounts" not in data and source["amount"]:
        share = Decimal(amount) / source["amount"]
        taxes = [
            tax
            | {"amount": _part(tax["amount"], share), "taxable_amount": _part(tax["taxable_amount"], share)}
            for tax in source["taxes"]
        ]
    line = _blank_line("invoice_line_item", amount, data.get("description") or source["description"], taxes)
    return line | {"invoice_line_item": source["id"], "quantity": data.get("quantity")}


def _part(amount: int, share: Decimal) -> int:
    return int((amount * share).quantize(Decimal(1), ROUND_HALF_UP))


def _given_tax(call: Call, tax: Json, at: str) -> Json:
    rate = call.fetch("tax_rate", tax["tax_rate"], f"{at}[tax_amounts][0][tax_rate]")
    return {
        "amount": tax["amount"],
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "not_available",
        "taxable_amount": tax["taxable_amount"],
        "type": "tax_rate_details",
    }


def _note(call: Call, invoice: Json, lines: list[Json]) -> Json:
    taxes = [tax for line in lines for tax in line["taxes"]]
    subtotal = sum(line["amount"] for line in lines)
    outside = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    inside = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    total = subtotal + outside
    if "amount" in call.params and call.params["amount"] != total:
        raise ApiError(f"`amount` must equal the sum of the lines and their taxes ({total}).", param="amount")
    number = call.store.count("credit_note", {"invoice": invoice["id"]}) + 1
    note: Json = {
        "id": new_id("cn"),
        "object": "credit_note",
        "amount": total,
        "amount_shipping": 0,
        "created": call.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": call.params.get("effective_at", call.now),
        "invoice": invoice["id"],
        "livemode": False,
        "memo": call.params.get("memo"),
        "metadata": {},
        "number": f"{invoice['number']}-CN-{number:02d}",
        "out_of_band_amount": call.params.get("out_of_band_amount"),
        "pretax_credit_amounts": [],
        "reason": call.params.get("reason"),
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inside,
        "total": total,
        "total_excluding_tax": subtotal - inside,
        "total_taxes": sum_taxes(taxes),
        "voided_at": None,
        "_lines": lines,
        "_token": invoice["_token"],
    }
    merge_metadata(note, call.params.get("metadata", {}))
    return note


def _place_money(call: Call, invoice: Json, note: Json, after: int) -> None:
    credit, back = call.params.get("credit_amount", 0), call.params.get("refund_amount", 0)
    placed = credit + back + (note["out_of_band_amount"] or 0)
    if placed != after:
        raise ApiError(
            f"The sum of credit amount, refund amount and out of band amount ({placed}) must equal the part of the "
            f"credit note that is already paid ({after})."
        )
    if credit:
        customer = call.fetch("customer", invoice["customer"], "invoice")
        entry = move_balance(
            call,
            customer,
            -credit,
            "credit_note",
            currency=invoice["currency"],
            invoice=invoice["id"],
            credit_note=note["id"],
        )
        note["customer_balance_transaction"] = entry["id"]
    if back:
        paid = call.store.find("invoice_payment", {"invoice": invoice["id"], "status": "paid"}, limit=1)
        if not paid:
            raise ApiError("The invoice has no payment that could be refunded.", param="refund_amount")
        intent = call.fetch("payment_intent", paid[0]["_intent"])
        refund = refund_charge(call, call.fetch("charge", intent["latest_charge"]), back)
        note["refunds"] = [{"amount_refunded": back, "refund": refund["id"], "type": "refund"}]
        note["refunds"][0]["payment_record_refund"] = None


@route("GET", "/v1/credit_notes", {"created": Span(), "customer": Id(), "invoice": Id()}, paged=True)
def list_all(call: Call) -> Json:
    where = call.chosen("customer", "invoice")
    return call.page("credit_note", "/v1/credit_notes", where, spans=("created",))


@route("GET", "/v1/credit_notes/{id}")
def retrieve(call: Call, id_: str) -> Json:
    return call.fetch("credit_note", id_)


@route("GET", "/v1/credit_notes/{credit_note}/lines", paged=True)
def list_lines(call: Call, credit_note: str) -> Json:
    note = call.fetch("credit_note", credit_note)
    ids = [line["id"] for line in note["_lines"]]
    after = call.params.get("starting_after")
    start = ids.index(after) + 1 if after in ids else 0
    stop = start + call.params.get("limit", 10)
    url = f"/v1/credit_notes/{credit_note}/lines"
    return {"object": "list", "data": note["_lines"][start:stop], "has_more": stop < len(ids), "url": url}


@route("POST", "/v1/credit_notes/{id}", {"memo": Text(), "metadata": Pairs()})
def update(call: Call, id_: str) -> Json:
    note = call.fetch("credit_note", id_)
    if "metadata" in call.params:
        merge_metadata(note, call.params["metadata"])
    if "memo" in call.params:
        note["memo"] = call.params["memo"]
    call.store.save(note)
    call.emit("credit_note.updated", note)
    return note


@route("POST", "/v1/credit_notes/{id}/void")
def void(call: Call, id_: str) -> Json:
    note = call.fetch("credit_note", id_)
    invoice = call.fetch("invoice", note["invoice"])
    if note["status"] != "issued" or invoice["status"] != "open" or note["post_payment_amount"]:
        raise ApiError("You can only void a credit note of an open invoice that has not been paid.")
    refuse_processing(call, invoice)
    note.update(status="void", voided_at=call.now)
    call.store.save(note)
    invoice["pre_payment_credit_notes_amount"] -= note["pre_payment_amount"]
    lower_due(call, invoice, -note["pre_payment_amount"])
    call.emit("credit_note.voided", note)
    call.emit("invoice.updated", invoice)
    return note
