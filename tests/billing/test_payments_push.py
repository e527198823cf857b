"""Invoices on their way to Stripe: once, as they are, or not at all."""

from __future__ import annotations

import pytest
from django.db import connections

from billing.payments import params, stripe_gateway
from billing.payments.models import StripeCustomer
from billing.payments.services import push_invoice
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from lab.stripe_standin import API_VERSION, StandIn
from tests.billing.payments_kit import deliver, fresh, make_invoice, pushed
from tests.world import make_member

pytestmark = pytest.mark.django_db


def test_speaks_the_version_of_the_library() -> None:
    assert stripe_gateway.API_VERSION == API_VERSION == stripe_gateway.stripe.api_version


def test_an_issued_invoice_lies_open_at_stripe_with_its_number_lines_and_total(standin: StandIn) -> None:
    invoice = fresh(make_invoice())
    message = deliver()
    [theirs] = standin.objects("invoice")
    assert message is not None
    assert (message.state, message.response) == ("sent", {"stripe": theirs["id"]})
    assert (theirs["status"], theirs["number"], theirs["currency"]) == ("open", invoice.number, "eur")
    assert (theirs["total"], theirs["subtotal"], theirs["auto_advance"]) == (15875, 13340, False)
    assert theirs["metadata"]["invoice"] == str(invoice.pk)
    assert theirs["collection_method"] == "send_invoice"
    invoice = fresh(invoice)
    assert (invoice.collection.state, invoice.collection.stripe_id) == ("open", theirs["id"])
    assert invoice.collection.pay_url == theirs["hosted_invoice_url"]
    assert StripeCustomer.objects.get(member=invoice.member).stripe_id == theirs["customer"]


def test_pushing_again_changes_nothing(standin: StandIn) -> None:
    invoice = pushed()
    before = standin.counts()
    assert push_invoice(invoice_id=invoice.pk) == {"stripe": invoice.collection.stripe_id}
    assert standin.counts() == before


def test_two_invoices_of_a_member_share_one_customer(standin: StandIn) -> None:
    member = make_member()
    pushed(member=member)
    pushed(member=member)
    assert (standin.counts()["customer"], standin.counts()["invoice"]) == (1, 2)


def test_reverse_charge_goes_without_tax(standin: StandIn) -> None:
    pushed(rate="0.00", vat_category="AE")
    [theirs] = standin.objects("invoice")
    line = theirs["lines"]["data"][0]
    assert (theirs["total"], line["taxes"][0]["taxability_reason"]) == (13340, "reverse_charge")


def test_more_lines_than_stripe_takes_become_one_for_each_kind(standin: StandIn) -> None:
    pushed(nets=("0.37",) * 300)
    [theirs] = standin.objects("invoice")
    assert (theirs["subtotal"], theirs["total"]) == (11100, 13209)
    assert standin.counts()["line_item"] == len(params.Kind.values)


@pytest.mark.parametrize(("total", "parts"), [(10, [1, 1, 1]), (-7, [5, -2, 9]), (19, [0, 100]), (0, [3, 4])])
def test_tax_is_spread_to_the_last_cent(total: int, parts: list[int]) -> None:
    shares = params.spread(total, parts)
    assert sum(shares) == total
    assert all(abs(share - total * part / sum(parts)) <= 1 for share, part in zip(shares, parts, strict=True))


@pytest.mark.parametrize(
    "route",
    [
        "POST /v1/customers",
        "POST /v1/invoices",
        "POST /v1/invoices/*/add_lines",
        "POST /v1/invoices/*/finalize",
    ],
)
@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("drop_after", {}),
        ("drop_after", {"times": 3}),
        ("drop_before", {"times": 3}),
        ("status", {"status": 500}),
        ("status", {"status": 503, "times": 3}),
        ("status", {"status": 409, "times": 3}),
        ("status", {"status": 429}),
    ],
)
@pytest.mark.parametrize("aged", [False, True])
def test_trouble_at_any_step_makes_one_invoice_all_the_same(
    standin: StandIn, route: str, kind: str, facts: dict[str, int], aged: bool
) -> None:
    standin.fault(route, kind, **facts)
    invoice = make_invoice()
    for _ in range(6):
        deliver()
        if aged:
            standin.age_keys(25)
    [theirs] = standin.objects("invoice")
    assert (theirs["status"], theirs["total"]) == ("open", 15875)
    assert (standin.counts()["customer"], standin.counts()["invoice"]) == (1, 1)
    assert standin.counts()["line_item"] == 3
    assert (fresh(invoice).collection.state, fresh(invoice).collection.stripe_id) == ("open", theirs["id"])


def test_while_stripe_is_down_the_message_waits_and_the_invoice_says_so(standin: StandIn) -> None:
    standin.fault("GET /v1/customers", "drop_before", times=99)
    invoice = make_invoice()
    for _ in range(outbox.GIVE_UP_AFTER + 3):
        message = deliver()
    assert message is not None
    assert (message.state, fresh(invoice).collection.state) == ("pending", "pushing")
    assert "StripeDown" in message.last_error


def test_a_customer_deleted_at_stripe_is_replaced_and_remembered(standin: StandIn) -> None:
    member = make_member()
    first = pushed(member=member)
    old = StripeCustomer.objects.get(member=member).stripe_id
    standin.act("delete_customer", old)
    second = pushed(member=member)
    customer = StripeCustomer.objects.get(member=member)
    assert customer.former_ids == [old]
    assert customer.stripe_id != old
    assert stripe_gateway.fetch(second.collection.stripe_id).customer == customer.stripe_id
    assert stripe_gateway.fetch(first.collection.stripe_id).customer == old


def test_a_customer_deleted_between_draft_and_lines_costs_a_draft_not_a_double(standin: StandIn) -> None:
    standin.fault("POST /v1/invoices/*/add_lines", status=503, times=3)
    invoice = make_invoice()
    deliver()
    old = StripeCustomer.objects.get().stripe_id
    standin.act("delete_customer", old)
    for _ in range(3):
        deliver()
    [theirs] = standin.objects("invoice")
    assert (theirs["status"], theirs["customer"]) == ("open", StripeCustomer.objects.get().stripe_id)
    assert fresh(invoice).collection.state == "open"


def test_a_draft_that_somebody_changed_is_deleted_and_never_finalised(standin: StandIn) -> None:
    standin.fault("POST /v1/invoices/*/finalize", status=503, times=3)
    invoice = make_invoice()
    deliver()
    [theirs] = standin.objects("invoice")
    stripe_gateway.add_lines(invoice=theirs["id"], lines=[{"amount": 100}], key="by hand")
    message = deliver()
    assert message is not None
    assert message.state == "failed"
    invoice = fresh(invoice)
    assert (invoice.collection.state, invoice.collection.stripe_id) == ("attention", "")
    assert "the number of lines and the sum of the lines and the total" in invoice.collection.note
    assert standin.objects("invoice") == []
    assert outbox.try_again(message=message)
    deliver()
    assert fresh(invoice).collection.state == "open"
    assert [one["total"] for one in standin.objects("invoice")] == [15875]


def test_a_refusal_is_said_once_and_waits_for_a_person(standin: StandIn) -> None:
    theirs = stripe_gateway.create_customer(params={"email": "x@example.org"}, key="x")
    invoice = make_invoice()
    stripe_gateway.create_draft(params={"customer": theirs, "number": invoice.number}, key="y")
    message = deliver()
    assert message is not None
    assert (message.state, message.attempts) == ("failed", 1)
    assert fresh(invoice).collection.state == "attention"
    assert "already in use" in fresh(invoice).collection.note
    assert standin.counts()["invoice"] == 1


def test_an_invoice_voided_at_stripe_before_we_stored_it_is_void_here(standin: StandIn) -> None:
    standin.fault("POST /v1/invoices/*/finalize", "drop_after", times=3)
    invoice = make_invoice()
    deliver()
    standin.act("void", standin.objects("invoice")[0]["id"])
    deliver()
    assert fresh(invoice).collection.state == "void"
    assert standin.counts()["invoice"] == 1


def test_a_message_that_another_worker_delivers_is_left_alone(standin: StandIn) -> None:
    make_invoice()
    pk = OutboxMessage.objects.get(topic="stripe.invoice").pk
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [pk.int & (2**63 - 1)])
        message = deliver()
        assert message is not None
        assert (message.state, message.attempts, standin.counts()) == ("pending", 0, {})
        # Given back by name: a server notices a closed line only in its own time.
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [pk.int & (2**63 - 1)])
    finally:
        other.close()
    message = deliver()
    assert message is not None
    assert message.state == "sent"
