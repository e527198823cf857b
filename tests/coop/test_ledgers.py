"""Ledgers are append-only by trigger, whoever asks; and the program is a plain role that owns nothing."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, connections, transaction

from billing.models import Account, JournalEntry, Posting
from coop.kernel import clock
from coop.runtime.roles import ledger_tables
from tests import story

LEDGERS = {"fulfillment_activity", "fulfillment_stockmove", "billing_posting", "billing_journalentry"}


@pytest.mark.django_db
def test_the_program_owns_no_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


def test_no_row_of_a_ledger_can_be_changed_or_removed_by_anybody(fresh_db: str) -> None:
    story.one_order_from_sku_to_invoice()
    assert set(ledger_tables()) >= LEDGERS
    for table in ledger_tables():
        before = _rows(table)
        assert before, f"the story leaves rows in {table}"
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
            # The program's role lacks the right; the owner has it, and the trigger stops even the owner.
            for alias, why in (("default", "permission denied|Cannot"), ("owner", "Cannot")):
                with pytest.raises(DatabaseError, match=why), transaction.atomic(using=alias):
                    connections[alias].cursor().execute(statement)
        assert _rows(table) == before


def _rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names from our own models
        return int(cursor.fetchone()[0])


@transaction.atomic
def _post_one_leg(account: Account) -> None:
    entry = JournalEntry.objects.create(
        kind="invoice", source_id=account.pk, day=clock.today("UTC"), memo="one leg"
    )
    Posting.objects.create(entry=entry, account=account, amount="0.01", currency="EUR")


def test_an_entry_that_does_not_balance_does_not_commit(fresh_db: str) -> None:
    account = Account.objects.create(code="9999", name="Test", kind="clearing")
    with pytest.raises(DatabaseError, match="off by"):
        _post_one_leg(account)
    assert not JournalEntry.objects.exists()
