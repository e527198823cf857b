"""How far the money of an invoice is: a row of its own, from the moment of issuing on, and what was there before got one too."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader

from billing.invoices.models import Invoice
from billing.payments import proofs, reads
from billing.payments.models import Collection
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import DomainError
from coop.runtime import roles
from coop.runtime.servers import APP_ROLE
from tests.billing.payments_kit import make_invoice
from tests.world import make_member

db = pytest.mark.django_db
WHOLE = {"state": "paid", "note": "late", "stripe_id": "in_1", "pay_url": "https://pay.example/1"}


def a_draft() -> Invoice:
    return Invoice.objects.create(
        member=make_member(),
        period_start=dt.date(2026, 10, 1),
        period_end=dt.date(2026, 10, 31),
        currency="EUR",
    )


@db
def test_issuing_is_what_makes_the_one_collection() -> None:
    draft = a_draft()
    assert not Collection.objects.exists()
    Invoice.objects.filter(pk=draft.pk).update(
        state="issued", number="CS-2026-90001", issued_on=dt.date(2026, 11, 2), due_on=dt.date(2026, 11, 16)
    )
    made = Collection.objects.get(invoice=draft)
    assert (made.state, made.note, made.stripe_id, made.pay_url, made.paid_at) == ("none", "", "", "", None)
    assert list(proofs.issued_invoices_are_collected()) == []


@db
def test_a_collection_stays_with_its_invoice() -> None:
    one, draft = make_invoice(tell=False), a_draft()
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Collection.objects.all().delete()
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Collection.objects.filter(invoice=one).update(invoice=draft)
    assert Collection.objects.get().invoice == one


@db
def test_a_paid_invoice_has_its_time() -> None:
    invoice = make_invoice(tell=False)

    @act
    def pay() -> None:
        Collection.objects.filter(invoice=invoice).update(state="paid")

    with pytest.raises(DomainError, match="has its time") as refused:
        pay()
    assert (refused.value.code, refused.value.status) == ("paid_state", 422)


@db
def test_the_proof_names_who_is_not_collected_and_what_should_not_be() -> None:
    draft = a_draft()
    Collection.objects.create(invoice=draft)
    assert [str(draft.pk) in one for one in proofs.issued_invoices_are_collected()] == [True]


@db
@pytest.mark.parametrize(
    ("state", "days", "names", "word"),
    [
        ("none", 3, {"open"}, "open"),
        ("pushing", -3, {"overdue"}, "overdue"),
        ("open", 0, {"open"}, "open"),
        ("processing", -3, {"open"}, "processing"),
        ("failed", 3, {"open", "trouble"}, "failed"),
        ("attention", -3, {"overdue", "trouble"}, "overdue"),
        ("paid", -3, {"paid"}, "paid"),
        ("void", -3, set(), "void"),
    ],
)
def test_lists_and_words_follow_from_the_state_and_the_day(
    state: str, days: int, names: set[str], word: str
) -> None:
    invoice = make_invoice(tell=False, money={"state": state, "paid_at": clock.now()})
    a_draft()
    assert invoice.due_on is not None
    today = invoice.due_on - dt.timedelta(days=days)
    every = Invoice.objects.all()
    found = {
        name
        for name in ("draft", "open", "overdue", "paid", "trouble")
        if invoice in reads.in_state(every, name, today)
    }
    assert found == names
    assert reads.standing(Invoice.objects.get(pk=invoice.pk), today) == word
    assert reads.unpaid(every).count() == (state not in {"paid", "void"})
    assert reads.in_state(every, "", today).count() == 2


def _migrate(to: str) -> None:
    connection.close()
    call_command("migrate", "billing", to, database="owner", verbosity=0, interactive=False)
    roles.grant(APP_ROLE)
    connections["owner"].close()


def test_invoices_from_before_get_their_collection_and_give_it_back(fresh_db: str) -> None:
    [name] = [
        key[1]
        for key in MigrationLoader(None).disk_migrations
        if key[0] == "billing" and key[1].endswith("_collections_of_invoices")
    ]
    [before] = [
        key[1]
        for key in MigrationLoader(None).disk_migrations["billing", name].dependencies
        if key[0] == "billing"
    ]
    paid_at = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)
    paid = make_invoice(tell=False, money={**WHOLE, "paid_at": paid_at})
    fails = make_invoice(tell=False, money={"state": "failed", "note": "The card was declined."})
    fresh, draft = make_invoice(tell=False), a_draft()
    stood = _rows("SELECT * FROM billing_collection ORDER BY invoice_id")
    _migrate(before)
    rows = _rows("SELECT id, collection, collection_note, stripe_id, pay_url, paid_at FROM billing_invoice")
    told = {pk: rest for pk, *rest in rows}
    assert told == {
        paid.pk: ["paid", "late", "in_1", "https://pay.example/1", paid_at],
        fails.pk: ["failed", "The card was declined.", "", "", None],
        fresh.pk: ["none", "", "", "", None],
        draft.pk: ["none", "", "", "", None],
    }
    _migrate(name)
    assert _rows("SELECT * FROM billing_collection ORDER BY invoice_id") == stood
    assert len(stood) == 3
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Invoice.objects.filter(pk=paid.pk).update(due_on=dt.date(2026, 12, 1))
    assert make_invoice(tell=False).collection.state == "none"
    connection.close()


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
