"""The journal, the accounts and what they come to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing import months
from billing.ledger import journal as reading
from billing.ledger.models import Account, JournalEntry, Posting
from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.nodes.doors import CoopDoor, books
from coop.tables import csv_response, xlsx_response
from coop.web.pages import picked, searched


@books()
def journal(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Every entry with its postings, the latest first."""
    entries = door.all(JournalEntry).prefetch_related("postings__account")
    entries = searched(request, picked(request, entries, "kind", JournalEntry.Kind), ["memo"])
    if month := months.parse(request.GET.get("month", "")):
        entries = entries.filter(day__gte=month, day__lte=months.last_day(month))
    page = keyset(request, entries, order=("-posted_at", "-id"), size=30)
    off = (
        door.all(Posting)
        .values("currency")
        .annotate(total=Sum("amount"))
        .exclude(total=0)
        .order_by("currency")
    )
    context = {
        "page": page,
        "entries": [(e, sorted(e.postings.all(), key=lambda p: -p.amount)) for e in page.items],
        "kinds": [(value, label.capitalize()) for value, label in JournalEntry.Kind.choices],
        "off": list(off),
    }
    return render(request, "billing/ledger/journal.html", context)


@books()
def accounts(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """The trial balance."""
    balances = reading.trial_balance(door.all(Account))
    totals: dict[str, list[Decimal]] = {}
    for balance in balances:
        sums = totals.setdefault(balance.account.currency, [Decimal(0), Decimal(0)])
        sums[0] += balance.debit
        sums[1] += balance.credit
    context = {
        "balances": balances,
        "totals": [
            (currency, debit, credit, debit - credit) for currency, (debit, credit) in sorted(totals.items())
        ],
    }
    return render(request, "billing/ledger/accounts.html", context)


@books()
def account(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """One account with its running balance."""
    found = door.get(Account, pk)
    page = keyset(request, found.postings.select_related("entry"), order=("-entry__posted_at", "-id"))
    [balance] = reading.trial_balance(door.all(Account).filter(pk=found.pk))
    context = {"account": found, "page": page, "rows": reading.running(found, page.items), "balance": balance}
    return render(request, "billing/ledger/account.html", context)


@books()
def journal_csv(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """A month of the journal as CSV."""
    first = _month(request)
    rows = reading.rows(door.all(Posting), first, months.last_day(first))
    return csv_response(f"journal-{first:%Y-%m}.csv", reading.HEADERS, rows)


@books()
def journal_xlsx(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """A month of the journal as a workbook, with the trial balance beside it."""
    first = _month(request)
    rows = reading.rows(door.all(Posting), first, months.last_day(first))
    balances = [
        [b.account.code, b.account.name, b.debit, b.credit, b.amount, b.account.currency]
        for b in reading.trial_balance(door.all(Account))
    ]
    sheets = [
        (f"Journal {first:%Y-%m}", reading.HEADERS, rows),
        ("Trial balance", ["account", "name", "debit", "credit", "balance", "currency"], balances),
    ]
    return xlsx_response(f"journal-{first:%Y-%m}.xlsx", sheets)


def _month(request: HttpRequest) -> dt.date:
    return months.parse(request.GET.get("month", "")) or months.first_day(clock.today("UTC"))
