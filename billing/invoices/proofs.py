"""What must hold of invoices: sums down to the charges, numbers without gap or double, and the books beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from coop.runtime.audit import proof


def _rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


@proof("an invoice is the sum of its lines, and its VAT is taken once on that sum")
def invoices_are_their_lines() -> Iterator[str]:
    for number, net, lines in _rows(
        """SELECT coalesce(i.number, 'draft ' || i.id), i.net_amount, coalesce(sum(l.net_amount), 0)
             FROM billing_invoice i LEFT JOIN billing_invoiceline l ON l.invoice_id = i.id
            GROUP BY i.id HAVING i.net_amount <> coalesce(sum(l.net_amount), 0)"""
    ):
        yield f"{number} says {net} net, its lines {lines}"
    for number, vat, expected in _rows(
        """SELECT coalesce(number, 'draft ' || id), vat_amount, round(net_amount * vat_rate / 100, 2)
             FROM billing_invoice WHERE abs(vat_amount - net_amount * vat_rate / 100) > 0.005"""
    ):
        yield f"{number} says {vat} VAT, {expected} is right"


@proof("each line of an issued invoice is the sum of its charges, rounded once")
def lines_are_their_charges() -> Iterator[str]:
    for number, position, quantity, net, charged_quantity, charged in _rows(
        """SELECT i.number, l.position, l.quantity, l.net_amount, coalesce(sum(c.quantity), 0), coalesce(sum(c.amount), 0)
             FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
             LEFT JOIN billing_charge c ON c.invoice_line_id = l.id
            WHERE i.state = 'issued' GROUP BY i.number, l.id
           HAVING l.quantity <> coalesce(sum(c.quantity), 0)
               OR l.net_amount <> round(coalesce(sum(c.amount), 0), 2)"""
    ):
        yield f"{number} line {position}: {quantity} for {net}, its charges say {charged_quantity} for {charged}"


@proof("a charge stands on an issued invoice of its own member, in that period or before its end")
def charges_are_on_their_invoice() -> Iterator[str]:
    for charge, number, state in _rows(
        """SELECT c.id, i.number, i.state FROM billing_charge c
             JOIN billing_invoiceline l ON l.id = c.invoice_line_id JOIN billing_invoice i ON i.id = l.invoice_id
            WHERE i.state <> 'issued' OR c.member_id <> i.member_id OR c.currency <> i.currency
               OR c.day > i.period_end
               OR (c.kind, c.node_id, c.unit_price) <> (l.kind, l.node_id, l.unit_price)"""
    ):
        yield f"charge {charge} does not belong on {number or 'a draft'} ({state})"


@proof("invoice numbers run without gap or double in each series")
def numbers_have_no_gap() -> Iterator[str]:
    for series, last, first, highest, count in _rows(
        """SELECT s.prefix || '-' || s.year, s.last_number, min(n.n), max(n.n), count(n.n)
             FROM billing_invoiceseries s
             LEFT JOIN LATERAL (
                  SELECT substring(i.number from length(s.prefix) + 7)::int AS n FROM billing_invoice i
                   WHERE i.number LIKE s.prefix || '-' || s.year || '-%%') n ON true
            GROUP BY s.id
           HAVING count(n.n) <> s.last_number OR count(DISTINCT n.n) <> count(n.n)
               OR coalesce(min(n.n), 1) <> 1 OR coalesce(max(n.n), 0) <> s.last_number"""
    ):
        yield f"series {series}: counter at {last}, but {count} numbers from {first} to {highest}"
    for number, series in _rows(
        """SELECT i.number, to_char(i.issued_on, 'YYYY') FROM billing_invoice i
            WHERE i.state = 'issued' AND NOT EXISTS (
                  SELECT 1 FROM billing_invoiceseries s
                   WHERE i.number LIKE s.prefix || '-' || s.year || '-%%'
                     AND s.year = extract(year FROM i.issued_on))"""
    ):
        yield f"{number} belongs to no series of {series}"


@proof("each issued invoice is in the books with its total, and nothing else is")
def invoices_are_posted() -> Iterator[str]:
    for number, gross, posted in _rows(
        """SELECT i.number, i.gross_amount, sum(p.amount)
             FROM billing_invoice i
             LEFT JOIN billing_journalentry e ON e.kind = 'invoice' AND e.source_id = i.id
             LEFT JOIN billing_posting p ON p.entry_id = e.id AND p.currency = i.currency
                   AND p.account_id IN (SELECT a.id FROM billing_account a
                                         WHERE a.kind = 'receivable' AND a.member_id = i.member_id)
            WHERE i.state = 'issued' GROUP BY i.id HAVING i.gross_amount IS DISTINCT FROM sum(p.amount)"""
    ):
        yield f"{number} is over {gross}, the books say {posted}"
    for (memo,) in _rows(
        """SELECT e.memo FROM billing_journalentry e WHERE e.kind = 'invoice' AND NOT EXISTS (
                  SELECT 1 FROM billing_invoice i WHERE i.id = e.source_id AND i.state = 'issued')"""
    ):
        yield f"the books have “{memo}”, but there is no such invoice"
