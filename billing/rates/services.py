"""Saying what work costs. The only writer of rate cards and rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from billing.rates.errors import EmptyCard
from billing.rates.models import Rate, RateCard
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.models import Member, User


@dataclass(frozen=True)
class RateInput:
    """One price of a card: `unit_price` for one unit of `kind` (UNITS); empty node or class means any."""

    kind: str
    unit_price: Decimal
    node_id: UUID | None = None
    storage_class: str = ""


@act
def save_rate_card(
    *,
    name: str,
    valid_from: dt.date,
    rates: Sequence[RateInput],
    by: User | None,
    member: Member | None = None,
    currency: str = "EUR",
    valid_until: dt.date | None = None,
) -> RateCard:
    """A new card for everybody, or for `member` alone; the card in force until further notice ends the day before.

    A card with a last day of its own is not cut short: overlapping it is refused (`card_overlap`). Raises EmptyCard,
    and AlreadyCharged when work from `valid_from` on has been charged at the card that would end (a trigger sees to it).
    """
    if not rates:
        raise EmptyCard("Give at least one price.", field="rates")
    _end_the_one_before(member, valid_from)
    card = RateCard.objects.create(
        name=name, member=member, currency=currency, valid_from=valid_from, valid_until=valid_until
    )
    Rate.objects.bulk_create(
        Rate(
            card=card,
            kind=rate.kind,
            node_id=rate.node_id,
            storage_class=rate.storage_class,
            unit_price=rate.unit_price,
        )
        for rate in rates
    )
    return card


@act
def end_rate_card(*, card: RateCard, last_day: dt.date, by: User | None) -> RateCard:
    """Let a card end with `last_day`, or later than it would. Work after it has no price until another card has one.

    Raises AlreadyCharged when work after it was charged at this card (a trigger sees to it); a day before the card's
    first is refused (`days_order`), and so is one on which another card is in force (`card_overlap`).
    """
    [fresh] = lock_rows(RateCard.objects.filter(pk=card.pk))
    fresh.valid_until = last_day
    fresh.save(update_fields=["valid_until"])
    return fresh


def _end_the_one_before(member: Member | None, valid_from: dt.date) -> None:
    running = RateCard.objects.filter(member=member, valid_from__lt=valid_from, valid_until__isnull=True)
    for card in lock_rows(running):
        card.valid_until = valid_from - dt.timedelta(days=1)
        card.save(update_fields=["valid_until"])
