"""The stand-in answers the official library as Stripe does: objects, states, refusals, idempotency."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from lab.stripe_standin import API_VERSION, StandIn
from tests.lab.stripe_kit import client_for, draft, member, opened, tax, until


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def standin(server: StandIn) -> StandIn:
    server.reset()
    return server


@pytest.fixture
def client(standin: StandIn) -> stripe.StripeClient:
    return client_for(standin.url)


def test_speaks_the_version_of_the_installed_library(standin: StandIn, client: stripe.StripeClient) -> None:
    assert stripe.api_version == API_VERSION
    customer = member(client)
    assert customer.last_response.headers["Stripe-Version"] == API_VERSION
    assert customer.last_response.headers["Request-Id"].startswith("req_")
    assert customer.livemode is False


def test_listens_on_the_loopback_interface_alone(standin: StandIn) -> None:
    assert standin._server.server_address[0] == "127.0.0.1"
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", standin.port))


def test_an_invoice_walks_from_draft_to_paid(standin: StandIn, client: stripe.StripeClient) -> None:
    invoices, customer = client.v1.invoices, member(client)
    invoice = invoices.create(
        {
            "customer": customer.id,
            "currency": "eur",
            "number": "2026-000017",
            "collection_method": "send_invoice",
            "days_until_due": 14,
            "effective_at": 1_790_000_000,
            "metadata": {"invoice_uuid": "u-1"},
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
        }
    )
    assert (invoice.status, invoice.total, invoice.hosted_invoice_url) == ("draft", 0, None)
    assert invoice.due_date == invoice.created + 14 * 86400
    lines = [
        {"amount": 1000, "description": "Picks", "tax_amounts": tax(210, 1000), "metadata": {"kind": "pick"}},
        {"amount": -100, "description": "Credit", "tax_amounts": tax(-21, -100)},
    ]
    invoice = invoices.add_lines(invoice.id, {"lines": lines})
    assert (invoice.subtotal, invoice.total, invoice.amount_due) == (900, 1089, 1089)
    assert [(one.amount, one.taxable_amount) for one in invoice.total_taxes] == [(189, 900)]
    invoice = invoices.finalize_invoice(invoice.id, {"auto_advance": True})
    assert (invoice.status, invoice.number) == ("open", "2026-000017")
    assert invoice.effective_at == 1_790_000_000
    paid = standin.act("pay", invoice.id)
    assert (paid["status"], paid["amount_paid"], paid["amount_remaining"]) == ("paid", 1089, 0)
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    assert (payment.status, payment.amount_paid) == ("paid", 1089)
    again = invoices.retrieve(invoice.id, {"expand": ["payments", "customer"]})
    assert (again.customer.email, again.payments.data[0].id) == ("anna@example.org", payment.id)
    assert again.metadata.to_dict() == {"invoice_uuid": "u-1"}


def test_embeds_ten_lines_and_lists_the_rest_by_cursor(client: stripe.StripeClient) -> None:
    invoice = draft(client, member(client).id, *range(100, 123))
    assert (len(invoice.lines.data), invoice.lines.has_more) == (10, True)
    pages = client.v1.invoices.line_items.list(invoice.id, {"limit": 7})
    assert [line.amount for line in pages.auto_paging_iter()] == list(range(100, 123))


def test_lists_newest_first_by_customer_and_moment(client: stripe.StripeClient) -> None:
    anna, bert = member(client), member(client)
    ids = [client.v1.invoices.create({"customer": anna.id}).id for _ in range(5)]
    client.v1.invoices.create({"customer": bert.id})
    found = client.v1.invoices.list({"customer": anna.id, "limit": 2})
    assert (found.has_more, [one.id for one in found.auto_paging_iter()]) == (True, ids[::-1])
    before = client.v1.invoices.list({"customer": anna.id, "ending_before": ids[1], "limit": 2})
    assert [one.id for one in before.data] == [ids[3], ids[2]]
    later = {"customer": anna.id, "created": {"gte": int(time.time()) + 100}}
    assert client.v1.invoices.list(later).data == []


def test_refuses_more_than_250_lines(client: stripe.StripeClient) -> None:
    invoice = draft(client, member(client).id, *[1] * 250)
    with pytest.raises(stripe.InvalidRequestError, match="at most 250"):
        client.v1.invoices.add_lines(invoice.id, {"lines": [{"amount": 1}]})
    assert client.v1.invoices.retrieve(invoice.id).subtotal == 250


def test_rounds_a_unit_price_half_up_once(client: stripe.StripeClient) -> None:
    invoice = draft(client, member(client).id)
    price = {"currency": "eur", "product_data": {"name": "Pick"}, "unit_amount_decimal": "12.5"}
    invoice = client.v1.invoices.add_lines(invoice.id, {"lines": [{"price_data": price, "quantity": 3}]})
    line = invoice.lines.data[0]
    assert (line.amount, line.quantity, str(line.pricing.unit_amount_decimal)) == (38, 3, "12.5")


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({}, "customer", "parameter_missing"),
        ({"customer": "cus_none"}, "customer", "resource_missing"),
        ({"customer": "ok", "colour": "red"}, "colour", "parameter_unknown"),
        ({"customer": "ok", "metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"customer": "ok", "days_until_due": "soon"}, "days_until_due", "parameter_invalid_integer"),
        ({"customer": "ok", "collection_method": "barter"}, "collection_method", None),
        ({"customer": "ok", "number": "x" * 27}, "number", None),
        ({"customer": "ok", "collection_method": "send_invoice"}, "days_until_due", None),
        ({"customer": "ok", "days_until_due": 3}, "days_until_due", None),
        ({"customer": ""}, "customer", "parameter_invalid_empty"),
    ],
)
def test_refuses_wrong_parameters_by_name(
    standin: StandIn, client: stripe.StripeClient, params: dict[str, Any], param: str, code: str | None
) -> None:
    known = member(client).id
    params = {key: known if value == "ok" else value for key, value in params.items()}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.invoices.create(params)
    assert (refusal.value.http_status, refusal.value.param, refusal.value.code) == (400, param, code)
    assert "invoice" not in standin.counts()


def test_refuses_a_number_in_use_and_frees_that_of_a_deleted_draft(client: stripe.StripeClient) -> None:
    customer = member(client)
    first = client.v1.invoices.create({"customer": customer.id, "number": "A-1"})
    with pytest.raises(stripe.InvalidRequestError, match="already in use"):
        client.v1.invoices.create({"customer": customer.id, "number": "A-1"})
    assert client.v1.invoices.delete(first.id).deleted is True
    assert client.v1.invoices.create({"customer": customer.id, "number": "A-1"}).number == "A-1"


def test_guards_every_step_of_an_invoices_life(client: stripe.StripeClient) -> None:
    invoices, customer = client.v1.invoices, member(client)
    invoice = opened(client, customer.id, 1000)
    for refused in (
        lambda: invoices.finalize_invoice(invoice.id),
        lambda: invoices.delete(invoice.id),
        lambda: invoices.update(invoice.id, {"number": "other"}),
        lambda: invoices.add_lines(invoice.id, {"lines": [{"amount": 5}]}),
        lambda: client.v1.invoice_items.create(
            {"customer": customer.id, "invoice": invoice.id, "amount": 5, "currency": "eur"}
        ),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            refused()
    assert invoices.update(invoice.id, {"metadata": {"a": "b"}}).total == 1210
    assert invoices.mark_uncollectible(invoice.id).status == "uncollectible"
    assert invoices.void_invoice(invoice.id).status == "void"
    for refused in (lambda: invoices.pay(invoice.id), lambda: invoices.void_invoice(invoice.id)):
        with pytest.raises(stripe.InvalidRequestError):
            refused()
    assert invoices.retrieve(invoice.id).status == "void"


def test_metadata_merges_and_empties(client: stripe.StripeClient) -> None:
    customer = member(client, metadata={"a": "1", "b": "2"})
    customer = client.v1.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert customer.metadata.to_dict() == {"b": "2", "c": "3"}
    assert client.v1.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


def test_a_deleted_customer_answers_deleted_and_gets_no_invoice(client: stripe.StripeClient) -> None:
    customer = member(client)
    assert client.v1.customers.delete(customer.id).deleted is True
    assert client.v1.customers.retrieve(customer.id).deleted is True
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.invoices.create({"customer": customer.id})


def test_a_declined_card_is_told_and_leaves_the_invoice_open(client: stripe.StripeClient) -> None:
    invoice = opened(client, member(client).id, 1000)
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_chargeDeclined"})
    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")
    invoice = client.v1.invoices.retrieve(invoice.id)
    assert (invoice.status, invoice.attempt_count, invoice.amount_remaining) == ("open", 1, 1210)
    paid = client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.attempt_count) == ("paid", 2)


@pytest.mark.parametrize(
    ("iban", "status"),
    [("DE89370400440532013000", "paid"), ("DE62370400440532013001", "open")],
)
def test_a_sepa_debit_is_processing_before_it_ends(
    standin: StandIn, client: stripe.StripeClient, iban: str, status: str
) -> None:
    customer = member(client)
    standin.set_sepa_seconds(14 * 86400)
    method = client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": iban},
            "billing_details": {"name": "Anna", "email": "anna@example.org"},
        }
    )
    client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    invoice = opened(client, customer.id, 1000)
    invoice = client.v1.invoices.pay(invoice.id, {"payment_method": method.id})
    intent = client.v1.payment_intents.list().data[0]
    assert (invoice.status, intent.status) == ("open", "processing")
    with pytest.raises(stripe.InvalidRequestError, match="still processing"):
        client.v1.invoices.void_invoice(invoice.id)
    standin.advance(15 * 86400)
    assert client.v1.invoices.retrieve(invoice.id).status == status


def test_charges_automatically_what_it_is_told_to(standin: StandIn, client: stripe.StripeClient) -> None:
    customer = member(client, payment_method="pm_card_visa")
    method = client.v1.customers.payment_methods.list(customer.id).data[0].id
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method}})
    invoice = draft(client, customer.id, 500)
    client.v1.invoices.finalize_invoice(invoice.id, {"auto_advance": True})
    until(lambda: client.v1.invoices.retrieve(invoice.id).status == "paid")


def test_a_draft_that_advances_is_finalised_after_an_hour(
    standin: StandIn, client: stripe.StripeClient
) -> None:
    customer = member(client)
    waits = draft(client, customer.id, 100)
    advances = draft(client, customer.id, 100, auto_advance=True)
    standin.advance(3700)
    until(lambda: client.v1.invoices.retrieve(advances.id).status == "open")
    assert client.v1.invoices.retrieve(waits.id).status == "draft"


def test_a_credit_note_lowers_what_is_due_or_gives_back(client: stripe.StripeClient) -> None:
    invoice = opened(client, member(client).id, 1000)
    line = {
        "type": "invoice_line_item",
        "invoice_line_item": invoice.lines.data[0].id,
        "amount": 400,
    }
    note = client.v1.credit_notes.create({"invoice": invoice.id, "lines": [line]})
    assert (note.total, note.type, note.number) == (484, "pre_payment", f"{invoice.number}-CN-01")
    invoice = client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    assert (invoice.status, invoice.amount_paid) == ("paid", 726)
    with pytest.raises(stripe.InvalidRequestError, match="must equal"):
        client.v1.credit_notes.create({"invoice": invoice.id, "amount": 100})
    note = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 100, "refund_amount": 100})
    refund = client.v1.refunds.retrieve(note.refunds[0].refund)
    assert (note.type, refund.amount) == ("post_payment", 100)
    with pytest.raises(stripe.InvalidRequestError, match="exceeds"):
        client.v1.credit_notes.create({"invoice": invoice.id, "amount": 5000, "refund_amount": 5000})


def test_refunds_and_disputes_show_on_the_charge_and_in_the_balance(
    standin: StandIn, client: stripe.StripeClient
) -> None:
    invoice = opened(client, member(client).id, 1000)
    standin.act("pay", invoice.id)
    standin.act("refund", invoice.id, 210)
    charge = client.v1.charges.list().data[0]
    assert (charge.amount_refunded, charge.disputed) == (210, False)
    standin.act("dispute", invoice.id)
    dispute = client.v1.disputes.list({"charge": charge.id}).data[0]
    assert (dispute.amount, dispute.status) == (1000, "needs_response")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"charge": charge.id})
    assert standin.act("close_dispute", dispute.id, "won")["status"] == "won"
    moves = [entry.amount for entry in client.v1.balance_transactions.list().data]
    assert moves == [1000, -1000, -210, 1210]


def test_a_customers_credit_goes_into_the_amount_due(client: stripe.StripeClient) -> None:
    customer = member(client, balance=-500)
    invoice = opened(client, customer.id, 1000)
    assert (invoice.total, invoice.starting_balance, invoice.amount_due) == (1210, -500, 710)
    assert client.v1.customers.retrieve(customer.id).balance == 0
    client.v1.invoices.void_invoice(invoice.id)
    assert client.v1.customers.retrieve(customer.id).balance == -500


def test_the_same_key_gives_the_same_answer_and_one_object(
    standin: StandIn, client: stripe.StripeClient
) -> None:
    params, options = {"email": "a@example.org"}, {"idempotency_key": "cus:anna:create:1"}
    first = client.v1.customers.create(params, options)
    again = client.v1.customers.create(params, options)
    assert first.id == again.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert standin.counts()["customer"] == 1
    with pytest.raises(stripe.IdempotencyError) as refusal:
        client.v1.customers.create({"email": "b@example.org"}, options)
    assert refusal.value.http_status == 400
    assert standin.counts()["customer"] == 1
    standin.age_keys(25)
    assert client.v1.customers.create(params, options).id != first.id


def test_a_decline_is_kept_under_its_key_and_a_wrong_parameter_is_not(client: stripe.StripeClient) -> None:
    invoice = opened(client, member(client).id, 1000)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.invoices.pay(
                invoice.id, {"payment_method": "pm_card_chargeCustomerFail"}, {"idempotency_key": "pay"}
            )
    assert client.v1.invoices.retrieve(invoice.id).attempt_count == 1
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"emial": "x"}, {"idempotency_key": "typo"})
    assert client.v1.customers.create({"email": "x"}, {"idempotency_key": "typo"}).email == "x"


def test_a_key_in_flight_is_refused_with_409(standin: StandIn, client: stripe.StripeClient) -> None:
    standin.fault("POST /v1/customers", "slow", seconds=1.0)
    options: Any = {"idempotency_key": "same"}
    slow = threading.Thread(target=client.v1.customers.create, args=({"email": "a"}, options))
    slow.start()
    until(lambda: bool(standin.app.faults.armed()[0]["hits"]))
    with pytest.raises(stripe.APIError) as refusal:
        client_for(standin.url).v1.customers.create({"email": "a"}, options)
    slow.join()
    assert refusal.value.http_status == 409
    assert standin.counts()["customer"] == 1


@pytest.mark.parametrize("key", ["", "sk_live_real", "nonsense"])
def test_refuses_a_missing_live_or_foreign_key(standin: StandIn, key: str) -> None:
    request = urllib.request.Request(f"{standin.url}/v1/customers")  # noqa: S310
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=5)  # noqa: S310
    with refusal.value as answer:
        assert answer.code == 401


def test_a_person_pays_on_the_hosted_page(standin: StandIn, client: stripe.StripeClient) -> None:
    customer = member(client, name="<b>Anna</b>")
    url = opened(client, customer.id, 1000).hosted_invoice_url
    assert url is not None

    def page(way: str | None = None) -> str:
        data = None if way is None else urllib.parse.urlencode({"way": way}).encode()
        with urllib.request.urlopen(url + ("/pay" if way else ""), data, timeout=5) as answer:  # noqa: S310
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            return str(answer.read().decode())

    first = page()
    assert "No real money" in first
    assert "EUR 12.10" in first
    assert "<b>Anna" not in first
    assert "Your card was declined" in page("decline")
    assert "<h1>Paid</h1>" in page("card")
    assert client.v1.invoices.list().data[0].status == "paid"
    with urllib.request.urlopen(url + "/pdf", timeout=5) as answer:  # noqa: S310
        assert answer.read().startswith(b"%PDF-1.4")
