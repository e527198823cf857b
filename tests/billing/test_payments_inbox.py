"""Stripe's news: signed or refused, kept once, and one effect however often and in whatever order it is told."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from billing.invoices.models import Invoice
from billing.ledger.models import JournalEntry
from billing.payments import stripe_gateway
from billing.payments.errors import PaidOtherwise
from billing.payments.models import Collection, Payment, StripeEvent
from billing.payments.services import apply_events, record_payment, settle
from billing.payments.services.inbox import UNKNOWN_TRIES
from billing.payments.views import webhook
from coop.kernel import clock
from coop.runtime.audit import proofs
from lab.stripe_standin import StandIn
from tests.billing.payments_kit import (
    WEBHOOK,
    deliver,
    event,
    fresh,
    invoice_event,
    make_invoice,
    pushed,
    send,
)

pytestmark = pytest.mark.django_db


def all_proofs_hold() -> None:
    broken = [
        s for one in proofs() if one.room in ("billing.payments", "billing.ledger") for s in one.check()
    ]
    assert broken == []


def tell(*types: str, invoice: Invoice) -> None:
    for type_ in types:
        assert send(invoice_event(type_, fresh(invoice).collection.stripe_id)).status_code == 200
    apply_events()


# the door


def test_a_signed_event_is_kept_and_answered_at_once(standin: StandIn) -> None:
    answer = send(invoice_event("invoice.paid", "in_1"))
    assert (answer.status_code, answer.content) == (200, b"Kept.")
    kept = StripeEvent.objects.get()
    assert (kept.type, kept.state, kept.livemode) == ("invoice.paid", "stored", False)
    assert kept.payload["data"]["object"]["id"] == "in_1"


def test_a_repeated_event_is_answered_200_and_kept_once(standin: StandIn) -> None:
    told = invoice_event("invoice.paid", "in_1")
    assert [send(told).content for _ in range(3)] == [b"Kept.", b"Kept already.", b"Kept already."]
    assert StripeEvent.objects.count() == 1


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "whsec_other"},
        {"at": int(time.time()) - 400},
        {"at": int(time.time()) + 100_000},
        {"at": 10**18},
    ],
)
def test_refuses_what_is_signed_by_another_too_old_or_from_the_future(
    standin: StandIn, how: dict[str, Any]
) -> None:
    assert send(invoice_event("invoice.paid", "in_1"), **how).status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("header", [None, "", "t=1,v1=aa", "t=,v1=", "v1=aa", "nonsense", "t=x,v1=y"])
def test_refuses_a_missing_or_broken_signature(standin: StandIn, header: str | None) -> None:
    headers = {} if header is None else {"Stripe-Signature": header}
    body = json.dumps(invoice_event("invoice.paid", "in_1"))
    answer = Client().post(WEBHOOK, body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert not StripeEvent.objects.exists()


def test_refuses_every_event_while_no_secret_is_set(standin: StandIn, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert send(invoice_event("invoice.paid", "in_1"), secret="").status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'"x"', b"not json", b"\xff\xfe", b'{"object": "v2.core.event", "id": "e"}']
    + [json.dumps(event("x", {}) | {key: 7}).encode() for key in ("id", "type", "data")],
)
def test_refuses_what_is_no_snapshot_event(standin: StandIn, body: bytes) -> None:
    assert send(body).status_code == 400
    assert not StripeEvent.objects.exists()


def test_refuses_what_is_too_much_and_what_is_no_post(standin: StandIn) -> None:
    assert send(b"x" * (webhook.MAX_BYTES + 1)).status_code == 413
    assert send(b"x" * (3 * 1024 * 1024)).status_code == 413
    assert Client().get(WEBHOOK).status_code == 405
    assert Client(enforce_csrf_checks=True).post(WEBHOOK).status_code == 400
    assert not StripeEvent.objects.exists()


# the effect


def test_a_paid_invoice_is_paid_here_and_in_the_books(standin: StandIn) -> None:
    invoice = pushed()
    standin.act("pay", invoice.collection.stripe_id)
    tell("invoice.paid", invoice=invoice)
    invoice = fresh(invoice)
    assert invoice.collection.state == "paid"
    assert invoice.collection.paid_at is not None
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency) == (Decimal("158.75"), "EUR")
    entry = JournalEntry.objects.get(kind="payment")
    assert entry.source_id == payment.pk
    assert {p.account.code: p.amount for p in entry.postings.all()} == {
        "1360": Decimal("158.75"),
        f"1400-{invoice.member.slug}": Decimal("-158.75"),
    }
    assert StripeEvent.objects.get().state == "applied"
    all_proofs_hold()


def test_the_payload_is_a_trigger_alone(standin: StandIn) -> None:
    invoice = pushed()
    lie = {
        "object": "invoice",
        "id": invoice.collection.stripe_id,
        "status": "paid",
        "amount_paid": 15875,
        "total": 1,
    }
    send(event("invoice.paid", lie))
    apply_events()
    assert fresh(invoice).collection.state == "open"
    assert not Payment.objects.exists()


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 4, 0, 3, 1)])
def test_out_of_order_and_repeated_news_has_one_effect(standin: StandIn, order: tuple[int, ...]) -> None:
    types = (
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
    )
    invoice = pushed()
    standin.act("pay", invoice.collection.stripe_id)
    for _ in range(2):
        tell(*(types[place] for place in order), invoice=invoice)
    assert (Payment.objects.count(), JournalEntry.objects.filter(kind="payment").count()) == (1, 1)
    assert fresh(invoice).collection.state == "paid"


def test_news_that_is_quicker_than_our_own_row_is_kept_and_applied_later(standin: StandIn) -> None:
    standin.fault("POST /v1/invoices/*/finalize", "drop_after", times=3)
    invoice = make_invoice()
    deliver()
    stripe_id = standin.objects("invoice")[0]["id"]
    assert fresh(invoice).collection.stripe_id == ""
    standin.act("pay", stripe_id)
    send(invoice_event("invoice.paid", stripe_id))
    apply_events()
    paid = fresh(invoice)
    assert (paid.collection.state, paid.collection.stripe_id) == ("paid", stripe_id)
    message = deliver()
    assert message is not None
    assert message.state == "sent"
    assert fresh(invoice).collection.state == "paid"
    all_proofs_hold()


def test_paid_beats_what_comes_later_and_void_gives_way_to_money_alone(standin: StandIn) -> None:
    invoice = pushed()
    standin.act("void", invoice.collection.stripe_id)
    tell("invoice.voided", invoice=invoice)
    assert fresh(invoice).collection.state == "void"
    other = pushed()
    standin.act("pay", other.collection.stripe_id)
    tell("invoice.paid", "invoice.updated", "invoice.payment_failed", invoice=other)
    assert fresh(other).collection.state == "paid"
    Collection.objects.filter(invoice=invoice).update(stripe_id=invoice.collection.stripe_id)
    settle(stripe_id=invoice.collection.stripe_id)
    assert fresh(invoice).collection.state == "void"


def test_a_declined_payment_says_why_and_can_still_be_paid(standin: StandIn) -> None:
    invoice = pushed()
    standin.act("decline", invoice.collection.stripe_id)
    tell("invoice.payment_failed", invoice=invoice)
    failed = fresh(invoice)
    assert failed.collection.state == "failed"
    assert "declined" in failed.collection.note
    standin.act("pay", invoice.collection.stripe_id)
    tell("invoice.paid", invoice=invoice)
    paid = fresh(invoice)
    assert (paid.collection.state, paid.collection.note) == ("paid", "")


def test_a_debit_is_on_its_way_before_it_is_paid(standin: StandIn) -> None:
    invoice = pushed()
    client = stripe_gateway._client()
    method = client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "DE89370400440532013000"},
            "billing_details": {"name": "Anna", "email": "anna@example.org"},
        }
    )
    standin.set_sepa_seconds(14 * 86400)
    customer = standin.objects("invoice")[0]["customer"]
    client.v1.payment_methods.attach(method.id, {"customer": customer})
    client.v1.invoices.pay(invoice.collection.stripe_id, {"payment_method": method.id})
    [intent] = standin.objects("payment_intent")
    send(event("payment_intent.processing", {"object": "payment_intent", "id": intent["id"]}))
    apply_events()
    assert fresh(invoice).collection.state == "processing"
    standin.act("settle", invoice.collection.stripe_id, "fails")
    tell("invoice.payment_failed", invoice=invoice)
    assert fresh(invoice).collection.state == "failed"
    standin.act("pay", invoice.collection.stripe_id)
    tell("invoice.paid", invoice=invoice)
    assert fresh(invoice).collection.state == "paid"


def test_money_past_stripe_goes_on_the_bank_account(standin: StandIn) -> None:
    invoice = pushed()
    standin.act("pay_outside", invoice.collection.stripe_id)
    tell("invoice.paid", invoice=invoice)
    assert fresh(invoice).collection.state == "paid"
    [entry] = JournalEntry.objects.filter(kind="payment")
    assert {p.account.code: p.amount for p in entry.postings.all()}["1200"] == Decimal("158.75")
    all_proofs_hold()


def test_an_invoice_of_another_amount_is_not_booked(standin: StandIn) -> None:
    invoice = pushed()
    [theirs] = standin.objects("invoice")
    with standin.store.transaction():
        standin.store.save(standin.store.get(theirs["id"]) | {"total": 1, "amount_due": 1})
    standin.act("pay", invoice.collection.stripe_id)
    tell("invoice.paid", invoice=invoice)
    assert fresh(invoice).collection.state == "attention"
    assert not Payment.objects.exists()


# what is not ours, or not now


def test_an_unknown_invoice_is_looked_at_again_and_then_left(standin: StandIn) -> None:
    customer = stripe_gateway.create_customer(params={"email": "x@example.org"}, key="c")
    theirs = stripe_gateway.create_draft(params={"customer": customer}, key="i")
    send(invoice_event("invoice.created", theirs.id))
    for tries in range(1, UNKNOWN_TRIES + 1):
        StripeEvent.objects.update(next_attempt_at=clock.now())
        assert apply_events() == 0
        kept = StripeEvent.objects.get()
        assert (kept.attempts, kept.state) == (tries, "ignored" if tries == UNKNOWN_TRIES else "stored")
    assert "none of ours" in kept.note


def test_while_stripe_is_down_events_wait_without_end(standin: StandIn) -> None:
    invoice = pushed()
    standin.act("pay", invoice.collection.stripe_id)
    send(invoice_event("invoice.paid", invoice.collection.stripe_id))
    standin.fault("GET /v1/invoices/*", status=503, times=300)
    for _ in range(UNKNOWN_TRIES + 2):
        StripeEvent.objects.update(next_attempt_at=clock.now())
        apply_events()
    assert StripeEvent.objects.get().state == "stored"
    standin.app.faults.clear()
    with clock.at(clock.now() + timedelta(hours=2)):
        assert apply_events() == 1
    assert fresh(invoice).collection.state == "paid"


@pytest.mark.parametrize(
    ("told", "state", "note"),
    [
        (event("customer.updated", {"object": "customer", "id": "cus_1"}), "ignored", "Nothing about"),
        (event("invoice.paid", {"object": "invoice", "id": "in_1"}, livemode=True), "ignored", "other mode"),
        (event("invoice.deleted", {"object": "invoice", "id": "in_1"}), "ignored", "No longer at Stripe"),
        (event("charge.dispute.created", {"object": "dispute", "id": "dp"}), "failed", "book it by hand"),
        (event("payment_intent.created", {"object": "payment_intent", "id": "pi"}), "ignored", "Nothing"),
    ],
)
def test_other_news_is_kept_with_a_note(
    standin: StandIn, told: dict[str, Any], state: str, note: str
) -> None:
    send(told)
    assert apply_events() == 0
    kept = StripeEvent.objects.get()
    assert kept.state == state
    assert note in kept.note


def test_an_event_of_another_version_is_noted_and_applied(standin: StandIn) -> None:
    invoice = pushed()
    send(invoice_event("invoice.updated", invoice.collection.stripe_id, api_version="2020-08-27"))
    assert apply_events() == 1
    assert "2020-08-27" in StripeEvent.objects.get().note


def test_an_event_that_breaks_us_does_not_hold_up_the_next(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = pushed()
    send(event("invoice.paid", {"object": "invoice", "id": ["not", "an", "id"]}))
    send(event("invoice_payment.paid", {"object": "invoice_payment", "id": "x", "invoice": "in_gone"}))
    send(event("invoice.paid", {"object": {"deep": 1}}))
    send(invoice_event("invoice.updated", invoice.collection.stripe_id))
    assert apply_events() == 1
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {"ignored", "applied"}


def test_a_payment_told_twice_is_booked_once_and_told_otherwise_is_refused(standin: StandIn) -> None:
    invoice, now = make_invoice(tell=False), clock.now()
    facts: dict[str, Any] = {"currency": "EUR", "external_id": "inpay_1", "received_at": now}
    first = record_payment(invoice=invoice, amount=Decimal("10.00"), **facts)
    assert record_payment(invoice=invoice, amount=Decimal("10.00"), **facts) == first
    with pytest.raises(PaidOtherwise):
        record_payment(invoice=invoice, amount=Decimal("11.00"), **facts)
    with pytest.raises(PaidOtherwise):
        record_payment(invoice=make_invoice(tell=False), amount=Decimal("10.00"), **facts)
    assert (Payment.objects.count(), JournalEntry.objects.filter(kind="payment").count()) == (1, 1)
