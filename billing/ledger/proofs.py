"""What must hold in the books."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


@proof("every journal entry sums to zero in each currency")
def entries_balance() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.id, e.memo, p.currency, sum(p.amount)
                 FROM billing_journalentry e JOIN billing_posting p ON p.entry_id = e.id
                GROUP BY e.id, e.memo, p.currency HAVING sum(p.amount) <> 0 ORDER BY e.id"""
        )
        for pk, memo, currency, total in cursor.fetchall():
            yield f"journal entry {pk} ({memo}) is off by {total} {currency}"


@proof("every journal entry has at least two postings")
def entries_are_whole() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.id, e.memo, count(p.id)
                 FROM billing_journalentry e LEFT JOIN billing_posting p ON p.entry_id = e.id
                GROUP BY e.id, e.memo HAVING count(p.id) < 2 ORDER BY e.id"""
        )
        for pk, memo, count in cursor.fetchall():
            yield f"journal entry {pk} ({memo}) has {count} postings"


@proof("the trial balance is zero in each currency")
def trial_balance_is_zero() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT currency, sum(amount) FROM billing_posting GROUP BY currency HAVING sum(amount) <> 0"
        )
        for currency, total in cursor.fetchall():
            yield f"all accounts together are off by {total} {currency}"


@proof("a posting has the currency of its account")
def currencies_agree() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.id, p.currency, a.code, a.currency
                 FROM billing_posting p JOIN billing_account a ON a.id = p.account_id
                WHERE p.currency <> a.currency"""
        )
        for pk, currency, code, other in cursor.fetchall():
            yield f"posting {pk} is in {currency}, its account {code} in {other}"
