"""Overdue is one fact: lists, figures, words and dunning say the same of a day, and the day is the co-op's."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from billing.invoices.models import Invoice
from billing.payments import month, reads
from billing.payments.models import Collection
from billing.payments.services import review_holds
from coop.kernel import clock
from tests.billing.payments_kit import make_invoice
from tests.world import client_of, make_issuer, make_member, make_staff, make_user

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 11, 16)


def told_by_pages(owner: Client, books: Client, invoice: Invoice) -> dict[str, bool]:
    """Whether each page calls the one invoice overdue."""
    portal = "/portal/tidehouse"
    month_of_it = f"{invoice.period_start:%Y-%m}"
    mine = owner.get(f"{portal}/invoices/").context
    theirs = books.get("/books/invoices/").context
    of_month = books.get(f"/books/?month={month_of_it}").context
    return {
        "member's list": mine["rows"] == [(invoice, "overdue")],
        "member's notice": bool(mine["overdue"]),
        "member's figure": bool({name: n for name, _label, n in mine["states"]}["overdue"]),
        "member's open": not {name: n for name, _label, n in mine["states"]}["open"],
        "member's chosen": bool(owner.get(f"{portal}/invoices/?state=overdue").context["rows"]),
        "member's invoice": owner.get(f"{portal}/invoices/{invoice.pk}/").context["standing"] == "overdue",
        "member's first page": "overdue" in owner.get(f"{portal}/costs/owed/").content.decode(),
        "accountant's list": theirs["rows"] == [(invoice, "overdue")],
        "accountant's figure": bool(theirs["overdue"]),
        "accountant's open": not {name: n for name, _label, n in theirs["states"]}["open"],
        "accountant's month": of_month["rows"] == [(invoice, "overdue")],
        "accountant's stands": {one.name: one.count for one in of_month["stands"]}
        == {"draft": 0, "open": 0, "paid": 0, "overdue": 1},
        "accountant's invoice": books.get(f"/books/invoices/{invoice.pk}/").context["standing"] == "overdue",
        "who is late": [one for one, _days in books.get("/books/overdue/").context["rows"]] == [invoice],
    }


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"])
def test_all_places_agree_on_the_day_where_the_coop_is(zone, settings):
    settings.HOLD_AFTER_DAYS = 0
    make_issuer(timezone=zone)
    user, accountant = make_user(), make_user()
    member = make_member(slug="tidehouse", owner=user)
    make_staff(accountant, "accountant")
    owner, books = client_of(user), client_of(accountant)
    invoice = make_invoice(
        member=member,
        tell=False,
        issued_on=DUE - dt.timedelta(days=14),
        money={"state": "open", "pay_url": "https://pay.example/1"},
    )
    assert invoice.due_on == DUE
    last = dt.datetime.combine(DUE, dt.time(23, 59), tzinfo=ZoneInfo(zone))
    first = dt.datetime.combine(DUE, dt.time(0, 1), tzinfo=ZoneInfo(zone))
    for moment, late in (
        (first - dt.timedelta(days=1), False),
        (first, False),
        (last, False),
        (last + dt.timedelta(minutes=2), True),
        (last + dt.timedelta(days=1), True),
    ):
        with clock.at(moment):
            told = told_by_pages(owner, books, invoice)
            assert told == dict.fromkeys(told, late), moment
    # Last, for it changes the member: whoever is late is held, and nobody a minute before.
    with clock.at(last):
        assert review_holds().held == []
    with clock.at(last + dt.timedelta(minutes=2)):
        assert review_holds().held == [member]
        assert books.get("/books/overdue/").context["rows"] == [(invoice, 1)]


@pytest.mark.parametrize("state", Collection.State.values)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_the_row_the_list_and_the_month_say_the_same_of_every_state(state, days):
    invoice = make_invoice(tell=False, issued_on=DUE - dt.timedelta(days=14))
    Collection.objects.filter(invoice=invoice).update(state=state, paid_at=clock.now())
    invoice, today, every = (
        Invoice.objects.get(pk=invoice.pk),
        DUE + dt.timedelta(days=days),
        Invoice.objects.all(),
    )
    late = days > 0 and state not in {"paid", "void", "processing"}
    assert list(reads.overdue(every, today)) == [invoice] * late
    assert reads.is_overdue(invoice, today) is late
    assert (reads.standing(invoice, today) == "overdue") is late
    assert {one.name: one.count for one in month.stands(every, today)} == {
        "draft": 0,
        "open": int(not late and state not in {"paid", "void"}),
        "paid": int(state == "paid"),
        "overdue": int(late),
    }
