"""The journal as accountants read it: rows for files, balances for pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from billing.ledger.models import Account, Posting

HEADERS = [
    "day",
    "posted at",
    "kind",
    "memo",
    "account",
    "account name",
    "debit",
    "credit",
    "currency",
    "entry",
]


@dataclass(frozen=True)
class Balance:
    """An account with what was posted to it; `amount` is debit less credit."""

    account: Account
    debit: Decimal
    credit: Decimal
    postings: int

    @property
    def amount(self) -> Decimal:
        return self.debit - self.credit


def rows(postings: QuerySet[Posting], first: dt.date, last: dt.date) -> Iterator[list[Any]]:
    """One row for each posting of entries of these days, in the order of the books."""
    return rows_of(postings.filter(entry__day__gte=first, entry__day__lte=last))


def rows_of(postings: QuerySet[Posting]) -> Iterator[list[Any]]:
    """One row for each posting, in the order of the books."""
    chosen = postings.select_related("entry", "account")
    for posting in chosen.order_by("entry__day", "entry__posted_at", "entry_id", "-amount", "id").iterator(
        2000
    ):
        entry = posting.entry
        yield [
            entry.day,
            entry.posted_at,
            entry.get_kind_display(),
            entry.memo,
            posting.account.code,
            posting.account.name,
            posting.amount if posting.amount > 0 else None,
            -posting.amount if posting.amount < 0 else None,
            posting.currency,
            str(entry.pk),
        ]


def trial_balance(accounts: QuerySet[Account]) -> list[Balance]:
    """Every account with its sums, in the order of the chart."""
    summed = accounts.annotate(
        debit=Sum("postings__amount", filter=Q(postings__amount__gt=0), default=Decimal("0.00")),
        credit=Sum("postings__amount", filter=Q(postings__amount__lt=0), default=Decimal("0.00")),
        count=Count("postings"),
    ).order_by("code")
    return [Balance(a, a.debit, -a.credit, a.count) for a in summed]


def balance_before(account: Account, posting: Posting) -> Decimal:
    """The account's balance just before `posting`, in the order (posted_at, id) of its page."""
    earlier = Q(entry__posted_at__lt=posting.entry.posted_at) | Q(
        entry__posted_at=posting.entry.posted_at, id__lt=posting.pk
    )
    return account.postings.filter(earlier).aggregate(total=Sum("amount"))["total"] or Decimal("0.00")


def running(account: Account, postings: Sequence[Posting]) -> list[tuple[Posting, Decimal]]:
    """A page of an account, newest first, each posting with the balance after it."""
    if not postings:
        return []
    balance = balance_before(account, postings[-1])
    found = []
    for posting in reversed(postings):
        balance += posting.amount
        found.append((posting, balance))
    return found[::-1]
