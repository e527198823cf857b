"""Rating: work and prices in, charges out. Pure: no Django, no database, no clock.

A member's own card goes before the common one; where it has no price for a piece of work, the common one is asked. On
a card the most specific rate wins: node and storage class, then node, then class, then any. A reversal goes back at
the price of what it reverses. What has no price is told with the reason, never charged as nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from coop.kernel.reasons import Reason

Key = tuple[str, "UUID | None", str]


@dataclass(frozen=True, slots=True)
class Work:
    """One activity, as rating sees it. `currency` is its member's."""

    activity_id: UUID
    member_id: UUID
    node_id: UUID
    kind: str
    storage_class: str
    quantity: int
    day: dt.date
    currency: str
    reverses_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The rate that a piece of work was priced with."""

    rate_id: UUID
    unit_price: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Card:
    """A rate card: its days (both included, None = until further notice) and its prices by (kind, node, class)."""

    member_id: UUID | None
    currency: str
    valid_from: dt.date
    valid_until: dt.date | None
    prices: Mapping[Key, Price]

    def covers(self, work: Work) -> bool:
        return (
            self.currency == work.currency
            and self.valid_from <= work.day
            and (self.valid_until is None or work.day <= self.valid_until)
        )

    def price_of(self, work: Work) -> Price | None:
        """The most specific price for it on this card, if any."""
        for node_id, storage_class in (
            (work.node_id, work.storage_class),
            (work.node_id, ""),
            (None, work.storage_class),
            (None, ""),
        ):
            price = self.prices.get((work.kind, node_id, storage_class))
            if price is not None:
                return price
        return None


@dataclass(frozen=True, slots=True)
class Charged:
    """What one activity costs: `amount` = quantity × unit price, exact, not rounded."""

    work: Work
    price: Price
    amount: Decimal


class NoPrice(StrEnum):
    """Why a piece of work has no price."""

    NO_CARD = "no_card"
    NO_RATE = "no_rate"
    NO_ORIGINAL = "no_original"


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A piece of work without a price, and why: the code is a `NoPrice`."""

    work: Work
    why: Reason


@dataclass
class PriceList:
    """All cards, found by whose they are."""

    _by_member: dict[UUID | None, list[Card]] = field(default_factory=dict)

    @classmethod
    def of(cls, cards: Iterable[Card]) -> PriceList:
        found = cls()
        for card in cards:
            found._by_member.setdefault(card.member_id, []).append(card)
        return found

    def price_of(self, work: Work) -> Price | None:
        """The price of `work` on its day, or None."""
        for owner in (work.member_id, None):
            for card in self._by_member.get(owner, ()):
                if card.covers(work) and (price := card.price_of(work)) is not None:
                    return price
        return None

    def why_not(self, work: Work) -> Reason:
        """Why there is no price."""
        cards = [*self._by_member.get(work.member_id, ()), *self._by_member.get(None, ())]
        if not any(card.covers(work) for card in cards):
            words = f"No rate card in {work.currency} is in force on {work.day.isoformat()}."
            return Reason(NoPrice.NO_CARD, words)
        words = f"The rate card in force on {work.day.isoformat()} has no price for {work.kind}."
        return Reason(NoPrice.NO_RATE, words)


_NO_ORIGINAL = Reason(NoPrice.NO_ORIGINAL, "What it takes back has no price.")


def rate(
    work: Iterable[Work], prices: PriceList, originals: Mapping[UUID, Price]
) -> tuple[list[Charged], list[Unpriced]]:
    """Price every piece of work, in its order.

    `originals` are the prices of activities charged before, by activity; a reversal finds the price of what it
    reverses there or among the work before it.
    """
    charged: list[Charged] = []
    unpriced: list[Unpriced] = []
    made: dict[UUID, Price] = {}
    for one in work:
        if one.reverses_id is not None:
            price = originals.get(one.reverses_id) or made.get(one.reverses_id)
        else:
            price = prices.price_of(one)
        if price is None:
            unpriced.append(Unpriced(one, prices.why_not(one) if one.reverses_id is None else _NO_ORIGINAL))
            continue
        made[one.activity_id] = price
        charged.append(Charged(one, price, price.unit_price * one.quantity))
    return charged, unpriced
