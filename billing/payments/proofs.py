"""What must hold between invoices, payments and the books."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


@proof("each issued invoice is collected once, and no draft is")
def issued_invoices_are_collected() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(i.number, 'draft ' || i.id), i.state
                 FROM billing_invoice i LEFT JOIN billing_collection c ON c.invoice_id = i.id
                WHERE (i.state = 'issued') <> (c.invoice_id IS NOT NULL) ORDER BY i.number, i.id"""
        )
        for name, state in cursor.fetchall():
            yield f"{name} is issued and nobody collects it" if state == "issued" else f"{name} is collected"


@proof("a paid invoice has payments of its gross amount, and no invoice has more")
def paid_invoices_are_paid() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.number, c.state, i.gross_amount, i.currency, coalesce(sum(p.amount), 0)
                 FROM billing_invoice i LEFT JOIN billing_collection c ON c.invoice_id = i.id
                 LEFT JOIN billing_payment p ON p.invoice_id = i.id
                GROUP BY i.id, c.invoice_id
               HAVING (c.state = 'paid' AND coalesce(sum(p.amount), 0) <> i.gross_amount)
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
            """SELECT c.stripe_id, string_agg(i.number, ', ' ORDER BY i.number)
                 FROM billing_collection c JOIN billing_invoice i ON i.id = c.invoice_id
                WHERE c.stripe_id <> '' GROUP BY c.stripe_id HAVING count(*) > 1"""
        )
        for stripe_id, numbers in cursor.fetchall():
            yield f"Stripe's {stripe_id} stands at the invoices {numbers}"
        cursor.execute(
            """SELECT p.external_id, p.currency, i.currency FROM billing_payment p
                 JOIN billing_invoice i ON i.id = p.invoice_id WHERE p.currency <> i.currency"""
        )
        for external, currency, other in cursor.fetchall():
            yield f"payment {external} is in {currency}, its invoice in {other}"


@proof("what a member owes is their invoices less their payments")
def receivables_are_right() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH owed AS (
                    SELECT a.member_id, p.currency, sum(p.amount) AS amount
                      FROM billing_posting p JOIN billing_account a ON a.id = p.account_id
                     WHERE a.kind = 'receivable' GROUP BY 1, 2),
                 due AS (
                    SELECT member_id, currency, sum(amount) AS amount FROM (
                        SELECT member_id, currency, gross_amount AS amount FROM billing_invoice WHERE state = 'issued'
                        UNION ALL
                        SELECT i.member_id, p.currency, -p.amount FROM billing_payment p
                          JOIN billing_invoice i ON i.id = p.invoice_id) moved
                     GROUP BY 1, 2)
               SELECT m.slug, coalesce(owed.currency, due.currency), coalesce(owed.amount, 0), coalesce(due.amount, 0)
                 FROM owed FULL JOIN due USING (member_id, currency)
                 JOIN coop_member m ON m.id = coalesce(owed.member_id, due.member_id)
                WHERE coalesce(owed.amount, 0) <> coalesce(due.amount, 0)"""
        )
        for member, currency, owed, expected in cursor.fetchall():
            yield f"{member} owes {owed} {currency} by the books, {expected} by invoices less payments"
