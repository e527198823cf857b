"""Dunning, reconciliation, the pages of both, the member's view, gauges and proofs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client

from billing.invoices.models import Invoice
from billing.ledger.models import JournalEntry
from billing.payments import gauges, reads, stripe_gateway
from billing.payments import proofs as room
from billing.payments.models import Collection, Payment, StripeEvent
from billing.payments.services import (
    apply_events,
    compare_with_stripe,
    record_payment,
    review_holds,
    settle,
)
from coop.jobs.models import Job
from coop.jobs.services import run_job
from coop.kernel import clock
from coop.kernel.reasons import Reason
from coop.members.models import Member
from coop.members.services import lift_hold, place_on_hold
from coop.runtime.models import OutboxMessage
from lab.stripe_standin import StandIn
from tests.billing.payments_kit import deliver, fresh, invoice_event, make_invoice, pushed, send
from tests.world import client_of, make_member, make_staff, make_user

db = pytest.mark.django_db


def standing(member: Member) -> tuple[str, str]:
    member = Member.objects.get(pk=member.pk)
    return member.standing, member.standing_reason


def accountant() -> Client:
    user = make_user()
    make_staff(user, "accountant")
    return client_of(user)


# dunning


@db
def test_who_does_not_pay_is_held_and_comes_off_it_by_paying(standin: StandIn) -> None:
    invoice = pushed()
    member = invoice.member
    # At noon it is the same day everywhere that matters.
    late = datetime.combine(invoice.due_on + timedelta(days=14), time(12), tzinfo=UTC)
    with clock.at(late):
        assert list(reads.overdue(Invoice.objects.all(), reads.today())) == [invoice]
        assert review_holds().held == []
    with clock.at(late + timedelta(days=1)):
        assert review_holds().held == [member]
        assert review_holds().held == []
        assert standing(member)[0] == "on_hold"
        assert str(invoice.number) in standing(member)[1]
        standin.act("pay", invoice.collection.stripe_id)
    send(invoice_event("invoice.paid", invoice.collection.stripe_id))
    apply_events()
    assert standing(member) == ("good", "")


@db
def test_a_stewards_hold_is_a_stewards_to_lift(standin: StandIn) -> None:
    member = make_member()
    place_on_hold(member=member, reason=Reason("steward", "Unpaid: by no means. Moving house."))
    pushed(member=member)
    with clock.at(clock.now() + timedelta(days=60)):
        assert review_holds().held == []
    assert review_holds().lifted == []
    assert standing(member) == ("on_hold", "Unpaid: by no means. Moving house.")
    lift_hold(member=member)


@db
def test_an_invoice_that_could_not_be_paid_holds_nobody(standin: StandIn) -> None:
    make_invoice()
    with clock.at(clock.now() + timedelta(days=60)):
        assert review_holds().held == []


# reconciliation


@db
def test_nothing_differs_when_all_is_well(standin: StandIn) -> None:
    invoice = pushed()
    standin.act("pay", pushed().collection.stripe_id)
    settle(stripe_id=Collection.objects.exclude(pk=invoice.pk).get().stripe_id)
    assert compare_with_stripe() == []
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "say the same" in out.getvalue()


@db
def test_every_kind_of_difference_is_found_and_nothing_is_mended(standin: StandIn) -> None:
    silent, gone, otherwise, elsewhere = pushed(), pushed(), pushed(), make_invoice()
    standin.act("pay", silent.collection.stripe_id)
    Collection.objects.filter(invoice=gone).update(stripe_id="in_gone")
    with standin.store.transaction():
        theirs = standin.store.get(otherwise.collection.stripe_id)
        standin.store.save(theirs | {"total": 1, "number": "X-1"})
    customer = stripe_gateway.create_customer(params={"email": "x@example.org"}, key="c")
    foreign = stripe_gateway.create_draft(params={"customer": customer}, key="i")
    found = {(one.about, one.what) for one in compare_with_stripe()}
    assert found == {
        (silent.number, "status"),
        (silent.number, "paid"),
        (gone.number, "missing"),
        (elsewhere.number, "not pushed"),
        (otherwise.number, "total"),
        (otherwise.number, "number"),
        (foreign.id, "unknown"),
    }
    assert fresh(silent).collection.state == "open"
    assert not Payment.objects.exists()
    with pytest.raises(CommandError, match="7 differences"):
        call_command("reconcile", stdout=StringIO())


@db
def test_an_invoice_that_stripe_has_and_we_lost_is_found(standin: StandIn) -> None:
    standin.fault("POST /v1/invoices/*/finalize", "drop_after", times=3)
    invoice = make_invoice()
    deliver()
    assert [(one.about, one.what) for one in compare_with_stripe()] == [(invoice.number, "unstored")]


@db
def test_asking_stripe_is_a_job_whose_findings_the_page_shows(standin: StandIn) -> None:
    invoice, browser = pushed(), accountant()
    standin.act("pay", invoice.collection.stripe_id)
    assert b"not been asked yet" in browser.get("/books/reconciliation/").content
    answer = browser.post("/books/reconciliation/ask/")
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert b"is being asked" in browser.get("/books/reconciliation/").content
    run_job(job_id=job.pk)
    page = browser.get("/books/reconciliation/").content.decode()
    assert "Stripe says paid, we say open." in page
    again = f"/books/reconciliation/invoices/{invoice.pk}/refresh/"
    assert again in page
    assert browser.post(again).status_code == 302
    assert fresh(invoice).collection.state == "paid"
    assert "stands as at Stripe: paid" in browser.get("/books/reconciliation/").content.decode()


@db
def test_asking_while_stripe_is_down_says_so(standin: StandIn) -> None:
    standin.fault("GET /v1/invoices", status=503, times=99)
    browser = accountant()
    browser.post("/books/reconciliation/ask/")
    run_job(job_id=Job.objects.get().pk)
    assert b"Stripe could not be asked" in browser.get("/books/reconciliation/").content
    with pytest.raises(CommandError, match="did not answer"):
        call_command("reconcile")


@db
def test_what_failed_is_shown_and_tried_again_by_a_button(standin: StandIn) -> None:
    browser, invoice = accountant(), make_invoice()
    customer = stripe_gateway.create_customer(params={"email": "x@example.org"}, key="x")
    params = {"customer": customer, "number": invoice.number}
    taken = stripe_gateway.create_draft(params=params, key="y")
    message = deliver()
    assert message is not None
    send(invoice_event("charge.dispute.created", "dp_1") | {"type": "charge.dispute.created"})
    apply_events()
    event = StripeEvent.objects.get()
    page = browser.get("/books/reconciliation/").content.decode()
    for words in ("already in use", str(invoice.number), "book it by hand", "Try again", "Look again"):
        assert words in page
    stripe_gateway.delete_draft(taken.id)
    assert browser.post(f"/books/reconciliation/messages/{message.pk}/again/").status_code == 302
    deliver(again=False)
    assert fresh(invoice).collection.state == "open"
    assert browser.post(f"/books/reconciliation/events/{event.pk}/again/").status_code == 302
    assert StripeEvent.objects.get().state == "stored"
    assert OutboxMessage.objects.get(pk=message.pk).state == "sent"
    assert browser.post(f"/books/reconciliation/messages/{message.pk}/again/").status_code == 302
    assert OutboxMessage.objects.get(pk=message.pk).state == "sent"


@db
def test_an_invoice_that_is_not_at_stripe_cannot_be_refreshed(standin: StandIn) -> None:
    invoice = make_invoice(tell=False)
    answer = accountant().post(f"/books/reconciliation/invoices/{invoice.pk}/refresh/")
    assert answer.status_code == 409


@db
def test_the_overdue_page_names_who_is_late_and_who_is_held(standin: StandIn) -> None:
    browser = accountant()
    assert b"Nobody is late" in browser.get("/books/overdue/").content
    invoice = pushed(issued_on=clock.today("Europe/Berlin") - timedelta(days=40))
    review_holds()
    page = browser.get("/books/overdue/").content.decode()
    assert str(invoice.number) in page
    assert "Unpaid: invoice" in page


@db
def test_the_books_of_stripe_are_for_accountants_alone(standin: StandIn) -> None:
    owner = make_user()
    make_member(owner=owner)
    for url in ("/books/reconciliation/", "/books/overdue/"):
        assert client_of(owner).get(url).status_code == 404
        assert Client().get(url).status_code == 302
    assert client_of(owner).post("/books/reconciliation/ask/").status_code == 404
    assert not Job.objects.exists()


@db
def test_a_member_sees_the_pay_link_and_how_far_the_payment_is(standin: StandIn) -> None:
    owner = make_user()
    member = make_member(slug="tidehouse", owner=owner)
    browser, invoice = client_of(owner), make_invoice(member=member)
    url = f"/portal/tidehouse/invoices/{invoice.pk}/payment/"
    assert b"in a moment" in browser.get(url).content
    deliver()
    page = browser.get(url).content.decode()
    assert fresh(invoice).collection.pay_url in page
    standin.act("decline", fresh(invoice).collection.stripe_id)
    settle(stripe_id=fresh(invoice).collection.stripe_id)
    page = browser.get(url).content.decode()
    assert "did not go through" in page
    assert fresh(invoice).collection.pay_url in page
    standin.act("pay", fresh(invoice).collection.stripe_id)
    settle(stripe_id=fresh(invoice).collection.stripe_id)
    page = browser.get(url).content.decode()
    assert "Thank you" in page
    assert fresh(invoice).collection.pay_url not in page
    part = browser.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Thank you" in part
    assert "<html" not in part
    other = client_of(make_user())
    assert other.get(url).status_code == 404
    stranger = make_user()
    make_member(slug="foxglove", owner=stranger)
    assert client_of(stranger).get(url.replace("tidehouse", "foxglove")).status_code == 404


# gauges and proofs


@db
def test_gauges_count_what_is_open(standin: StandIn) -> None:
    make_invoice(money={"state": "attention"})
    send(invoice_event("invoice.paid", "in_1"))
    assert (gauges.unpaid(), gauges.need_attention(), gauges.events_waiting()) == (1, 1, 1)


@db
def test_the_proofs_find_what_does_not_hold(standin: StandIn) -> None:
    one, two = make_invoice(tell=False), make_invoice(tell=False)
    Collection.objects.filter(invoice=one).update(state="paid", paid_at=clock.now())
    Collection.objects.update(stripe_id="in_same")
    facts: dict[str, Any] = {"currency": "EUR", "received_at": clock.now()}
    Payment.objects.create(invoice=two, amount=Decimal("200.00"), external_id="inpay_1", **facts)
    assert len(list(room.paid_invoices_are_paid())) == 2
    assert len(list(room.payments_are_posted())) == 1
    assert len(list(room.stripe_ids_are_unique())) == 1


@db
def test_the_proofs_are_silent_over_what_is_right(standin: StandIn) -> None:
    invoice = make_invoice(tell=False)
    record_payment(
        invoice=invoice, amount=Decimal("100.00"), currency="EUR", external_id="a", received_at=clock.now()
    )
    for check in (room.paid_invoices_are_paid, room.payments_are_posted, room.stripe_ids_are_unique):
        assert list(check()) == []


# many at once


def _ten(work: Any) -> None:
    """`work` ten times at once, each with a connection of its own."""
    begin, problems = threading.Barrier(10), []

    def run() -> None:
        try:
            begin.wait()
            work()
        except BaseException as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_ten_deliveries_and_ten_workers_at_once_have_one_effect(fresh_db: str, standin: StandIn) -> None:
    invoice = pushed()
    standin.act("pay", invoice.collection.stripe_id)
    told = [
        invoice_event(type_, invoice.collection.stripe_id) for type_ in ("invoice.paid", "invoice.updated")
    ]
    _ten(lambda: [send(one) for one in told])
    assert StripeEvent.objects.count() == 2
    _ten(apply_events)
    StripeEvent.objects.update(next_attempt_at=clock.now())
    apply_events()
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {"applied"}
    assert fresh(invoice).collection.state == "paid"
    assert (Payment.objects.count(), JournalEntry.objects.filter(kind="payment").count()) == (1, 1)
    connection.close()


def test_ten_workers_push_one_invoice_once(fresh_db: str, standin: StandIn) -> None:
    invoice = make_invoice()
    _ten(lambda: deliver(again=False))
    assert fresh(invoice).collection.state == "open"
    assert (standin.counts()["customer"], standin.counts()["invoice"]) == (1, 1)
    connection.close()
