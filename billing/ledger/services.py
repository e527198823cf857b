"""Writing in the books. The only writer of accounts, journal entries and postings."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

from billing.ledger.chart import AccountSpec
from billing.ledger.errors import PostedOtherwise, Unbalanced
from billing.ledger.models import Account, JournalEntry, Posting
from coop.kernel.acts import act
from coop.kernel.ids import derived

Line = tuple[AccountSpec, Decimal]


@act
def post(*, kind: str, source_id: UUID, day: dt.date, memo: str, postings: Sequence[Line]) -> JournalEntry:
    """Append one balanced entry: (account, amount) pairs, debit positive, credit negative; amounts of zero are left out.

    Told again about the same `kind` and `source_id` it returns the entry that is there. Raises Unbalanced when the
    amounts of a currency do not sum to zero, PostedOtherwise when the source is in the books with other amounts.
    """
    lines = [(spec, amount) for spec, amount in postings if amount != 0]
    _refuse_unbalanced(lines)
    entry = JournalEntry(
        id=derived("journal", kind, source_id),
        kind=kind,
        source_id=source_id,
        day=day,
        memo=memo[:200],
    )
    # Two who post the same fact at once: the second waits here for the first, then finds its entry.
    JournalEntry.objects.bulk_create([entry], ignore_conflicts=True)
    entry = JournalEntry.objects.get(kind=kind, source_id=source_id)
    accounts = open_accounts(spec for spec, _ in lines)
    known = list(Posting.objects.filter(entry=entry).values_list("account_id", "amount"))
    if known:
        _refuse_other(entry, known, [(accounts[spec.code].pk, amount) for spec, amount in lines])
        return entry
    Posting.objects.bulk_create(
        Posting(entry=entry, account=accounts[spec.code], amount=amount, currency=spec.currency)
        for spec, amount in lines
    )
    return entry


def open_accounts(specs: Iterable[AccountSpec]) -> dict[str, Account]:
    """The accounts of `specs` by code, made where they do not exist yet."""
    # In one order for everybody, so that two who open the same accounts wait and do not deadlock.
    wanted = {spec.code: spec for spec in sorted(specs, key=attrgetter("code"))}
    found = {account.code: account for account in Account.objects.filter(code__in=wanted)}
    missing = [spec for code, spec in wanted.items() if code not in found]
    if missing:
        Account.objects.bulk_create(
            [
                Account(
                    code=spec.code,
                    name=spec.name,
                    kind=spec.kind,
                    member_id=spec.member_id,
                    currency=spec.currency,
                )
                for spec in missing
            ],
            ignore_conflicts=True,
        )
        found |= {a.code: a for a in Account.objects.filter(code__in=[s.code for s in missing])}
    return found


def _refuse_unbalanced(lines: Sequence[Line]) -> None:
    totals: dict[str, Decimal] = {}
    for spec, amount in lines:
        totals[spec.currency] = totals.get(spec.currency, Decimal(0)) + amount
    off = {currency: total for currency, total in totals.items() if total}
    if off or not lines:
        what = ", ".join(f"{total} {currency}" for currency, total in off.items()) or "empty"
        raise Unbalanced(f"This entry does not balance: it is off by {what}.")


def _refuse_other(
    entry: JournalEntry, known: Sequence[tuple[UUID, Decimal]], told: Sequence[tuple[UUID, Decimal]]
) -> None:
    if Counter(known) != Counter(told):
        raise PostedOtherwise(f"“{entry.memo}” is already in the books with other amounts.")
