"""What a booking would cost: work that has not been done, priced by the rating that bills it when it has been."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from billing.charges import rating
from billing.charges.services import price_list
from billing.rates.models import Rate
from coop.kernel import clock
from coop.models import Member, StorageClass
from fulfillment.activity.models import UNITS
from fulfillment.models import Kind, SlotPool

# What is charged while such slots are booked. Picks cost nothing before they are made.
_WORK: dict[str, str] = {
    SlotPool.Kind.SHELF: Kind.STORAGE,
    SlotPool.Kind.DOCK: Kind.DOCK,
    SlotPool.Kind.TABLE: Kind.TABLE,
    SlotPool.Kind.PICKS: Kind.PICK,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """So many slots of a pool on each day from `first` to `last`, both included."""

    pool: SlotPool
    slots: int
    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        return clock.days_between(self.first, self.last)


@dataclass(slots=True)
class Line:
    """What one rate comes to: `quantity` units at `unit_price` on so many days, by the card called `card`."""

    card: str
    unit: str
    unit_price: Decimal
    quantity: int = 0
    days: int = 0
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class Quote:
    """What a wish costs, net and not rounded. `days_without` days have no price, and `why_not` says why the first has none.

    `on_use`: such slots cost nothing as they stand (picks); the total is what using all of them would come to.
    """

    pool: SlotPool
    currency: str
    on_use: bool
    lines: list[Line] = field(default_factory=list)
    days_without: int = 0
    why_not: str = ""

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def per_day(self) -> Decimal | None:
        """What each day costs; None when days differ, or none has a price."""
        amounts = {line.amount / line.days for line in self.lines}
        return amounts.pop() if len(amounts) == 1 else None


def quote(member: Member, wishes: Iterable[Wish]) -> dict[UUID, Quote]:
    """The price of each pool's wishes, by pool. Two queries, however many there are."""
    prices = price_list()
    by_pool: dict[UUID, list[Wish]] = {}
    for wish in wishes:
        by_pool.setdefault(wish.pool.pk, []).append(wish)
    rated = {pk: rating.rate(_work(member, same), prices, {}) for pk, same in by_pool.items()}
    cards = _cards_of({one.price.rate_id for charged, _ in rated.values() for one in charged})
    return {
        pk: _quote(member, by_pool[pk][0].pool, charged, unpriced, cards)
        for pk, (charged, unpriced) in rated.items()
    }


def _work(member: Member, wishes: Sequence[Wish]) -> list[rating.Work]:
    """One piece of work for each day, as it would be recorded."""
    return [
        rating.Work(
            activity_id=wish.pool.pk,
            member_id=member.pk,
            node_id=wish.pool.node_id,
            kind=_WORK[wish.pool.kind],
            storage_class=wish.pool.storage_class or StorageClass.AMBIENT,
            quantity=wish.slots,
            day=day,
            currency=member.currency,
        )
        for wish in wishes
        for day in wish.days
    ]


def _quote(
    member: Member,
    pool: SlotPool,
    charged: Sequence[rating.Charged],
    unpriced: Sequence[rating.Unpriced],
    cards: dict[UUID, str],
) -> Quote:
    lines: dict[UUID, Line] = {}
    for one in charged:
        rate = one.price.rate_id
        line = lines.setdefault(rate, Line(cards[rate], UNITS[one.work.kind], one.price.unit_price))
        line.quantity += one.work.quantity
        line.days += 1
        line.amount += one.amount
    return Quote(
        pool=pool,
        currency=member.currency,
        on_use=pool.kind == SlotPool.Kind.PICKS,
        lines=list(lines.values()),
        days_without=len(unpriced),
        why_not=unpriced[0].why.words if unpriced else "",
    )


def _cards_of(rates: set[UUID]) -> dict[UUID, str]:
    """The names of the cards on which these rates stand."""
    return dict(Rate.objects.filter(pk__in=rates).values_list("pk", "card__name"))
