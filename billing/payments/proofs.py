"""What must hold between invoices, payments and the books."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


@proof("a paid invoice has payments of its gross amount, and no invoice has more")
def paid_invoices_are_paid() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.number, i.collection, i.gross_amount, i.currency, coalesce(sum(p.amount), 0)
                 FROM billing_invoice i LEFT JOIN billing_payment p ON p.invoice_id = i.id
                GROUP BY i.id HAVING (i.collection = 'paid' AND coalesce(sum(p.amount), 0) <> i.gross_amount)
                                     OR coalesce(sum(p.amount), 0) > i.gross_amount
                ORDER BY i.number"""
        )
        for number, collection, gross, currency, paid in cursor.fetchall():
            yield f"invoice {number} ({collection}) is of {gross} {currency}, its payments of {paid}"


@proof("each payment is in the books once, with its amount, off its member's receivable")
def payments_are_posted() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.external_id, p.amount, count(e.id), coalesce(sum(booked.amount), 0)
                 FROM billing_payment p
                 JOIN billing_invoice i ON i.id = p.invoice_id
                 LEFT JOIN billing_journalentry e ON e.kind = 'payment' AND e.source_id = p.id
                 LEFT JOIN LATERAL (
                      SELECT -sum(o.amount) AS amount FROM billing_posting o
                        JOIN billing_account a ON a.id = o.account_id
                       WHERE o.entry_id = e.id AND a.kind = 'receivable' AND a.member_id = i.member_id
                         AND o.currency = p.currency) booked ON true
                GROUP BY p.id HAVING count(e.id) <> 1 OR coalesce(sum(booked.amount), 0) <> p.amount
                ORDER BY p.external_id"""
        )
        for external, amount, entries, booked in cursor.fetchall():
            yield f"payment {external} of {amount} has {entries} journal entries, {booked} off the receivable"
        cursor.execute(
            """SELECT e.id, e.memo FROM billing_journalentry e
                WHERE e.kind = 'payment' AND NOT EXISTS (SELECT 1 FROM billing_payment p WHERE p.id = e.source_id)"""
        )
        for pk, memo in cursor.fetchall():
            yield f"journal entry {pk} ({memo}) books a payment that is not there"


@proof("an invoice of Stripe's belongs to one invoice of ours, and a payment has its invoice's currency")
def stripe_ids_are_unique() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT stripe_id, string_agg(number, ', ' ORDER BY number) FROM billing_invoice
                WHERE stripe_id <> '' GROUP BY stripe_id HAVING count(*) > 1"""
        )
        for stripe_id, numbers in cursor.fetchall():
            yield f"Stripe's {stripe_id} stands at the invoices {numbers}"
        cursor.execute(
            """SELECT p.external_id, p.currency, i.currency FROM billing_payment p
                 JOIN billing_invoice i ON i.id = p.invoice_id WHERE p.currency <> i.currency"""
        )
        for external, currency, other in cursor.fetchall():
            yield f"payment {external} is in {currency}, its invoice in {other}"
