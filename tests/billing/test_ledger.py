"""The books: an entry balances or is not written, by whatever way it comes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction

from billing.ledger import chart
from billing.ledger.errors import PostedOtherwise, Unbalanced
from billing.ledger.models import Account, JournalEntry, Posting
from billing.ledger.services import post
from coop.kernel.acts import act
from coop.kernel.ids import uuid7
from coop.runtime.audit import proofs
from tests.world import make_member

DAY = dt.date(2026, 10, 31)
db = pytest.mark.django_db


def _sale(source, amount="119.00", member=None):
    member = member or make_member()
    gross = Decimal(amount)
    tax = (gross * 19 / 119).quantize(Decimal("0.01"))
    return post(
        kind="invoice",
        source_id=source,
        day=DAY,
        memo="Invoice CS-2026-00001",
        postings=[
            (chart.receivable(member, "EUR"), gross),
            (chart.revenue("pick", "EUR"), tax - gross),
            (chart.vat("EUR"), -tax),
        ],
    )


@db
def test_an_entry_opens_the_accounts_it_needs():
    member = make_member(slug="tidehouse")
    entry = _sale(uuid7(), member=member)
    assert {a.code: a.kind for a in Account.objects.all()} == {
        "1400-tidehouse": "receivable",
        "1776": "vat",
        "8400-pick": "revenue",
    }
    assert sum(p.amount for p in entry.postings.all()) == 0
    assert entry.postings.get(account__member=member).amount == Decimal("119.00")


@db
def test_other_currencies_have_accounts_of_their_own():
    assert chart.vat("EUR").code == "1776"
    assert chart.vat("USD").code == "1776-USD"


@db
def test_long_short_names_fit_and_stay_apart():
    first, second = (make_member(slug="a" * 50 + end) for end in "xy")
    codes = {chart.receivable(m, "USD").code for m in (first, second)}
    assert len(codes) == 2
    assert all(len(code) <= 40 for code in codes)


@db
def test_told_again_it_is_in_the_books_once():
    member, source = make_member(), uuid7()
    first = _sale(source, member=member)
    assert _sale(source, member=member) == first
    assert JournalEntry.objects.count() == 1
    assert Posting.objects.count() == 3


@db
def test_told_again_with_other_amounts_is_refused():
    member, source = make_member(), uuid7()
    _sale(source, member=member)
    with pytest.raises(PostedOtherwise):
        _sale(source, "238.00", member=member)
    assert Posting.objects.count() == 3


@db
@pytest.mark.parametrize("amount", ["0.01", "-119.00", "0"])
def test_what_does_not_balance_is_refused(amount):
    member = make_member()
    with pytest.raises(Unbalanced):
        post(
            kind="payment",
            source_id=uuid7(),
            day=DAY,
            memo="Off",
            postings=[
                (chart.receivable(member, "EUR"), Decimal(amount)),
                (chart.clearing("EUR"), Decimal(amount)),
            ],
        )
    assert not JournalEntry.objects.exists()
    assert not Account.objects.exists()


@db
def test_currencies_balance_each_for_itself():
    with pytest.raises(Unbalanced, match="EUR"):
        post(
            kind="payment",
            source_id=uuid7(),
            day=DAY,
            memo="Mixed",
            postings=[(chart.clearing("EUR"), Decimal(5)), (chart.clearing("USD"), Decimal(-5))],
        )


def test_the_database_refuses_at_commit_what_goes_round_the_service(fresh_db):
    member = make_member()
    entry = _sale(uuid7(), member=member)
    account = Account.objects.get(code="1776")

    @act
    def unbalance() -> None:
        Posting.objects.create(entry=entry, account=account, amount=Decimal("0.01"), currency="EUR")

    with pytest.raises(Unbalanced, match="does not balance"):
        unbalance()
    assert Posting.objects.count() == 3


def test_the_proofs_are_silent_on_good_books_and_name_bad_ones(fresh_db):
    _sale(uuid7())
    checks = {p.name: p.check for p in proofs() if p.room == "billing.ledger"}
    assert [list(check()) for check in checks.values()] == [[]] * 4
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM billing_account WHERE code = '1776'")
        (account,) = cursor.fetchone()
        Posting.objects.create(
            entry=JournalEntry.objects.get(), account_id=account, amount=Decimal(3), currency="EUR"
        )
        found = [list(check()) for check in checks.values()]
        assert sum(map(len, found)) == 2
        transaction.set_rollback(True)
