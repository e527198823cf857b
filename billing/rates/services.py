"""Saying what work costs. The only writer of rate cards and rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Max, Q

from billing.rates.errors import AlreadyCharged, EmptyCard
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
    and AlreadyCharged when work from `valid_from` on has been charged at the card that would end.
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
    """Let a card end with `last_day`. Raises AlreadyCharged when work after it was charged at this card."""
    [fresh] = lock_rows(RateCard.objects.filter(pk=card.pk))
    _refuse_charged(fresh, last_day + dt.timedelta(days=1))
    fresh.valid_until = last_day
    fresh.save(update_fields=["valid_until"])
    return fresh


def cards_in_force(*, member: Member, day: dt.date) -> list[RateCard]:
    """The cards that price `member`'s work of that day, their own before the common one, with their rates."""
    return list(RateCard.objects.of(member).on(day).in_order().prefetch_related("rates__node"))


def _end_the_one_before(member: Member | None, valid_from: dt.date) -> None:
    running = RateCard.objects.filter(member=member, valid_from__lt=valid_from, valid_until__isnull=True)
    for card in lock_rows(running):
        _refuse_charged(card, valid_from)
        card.valid_until = valid_from - dt.timedelta(days=1)
        card.save(update_fields=["valid_until"])


def _refuse_charged(card: RateCard, first_day: dt.date) -> None:
    """Charges keep the price they were made at, so that a card that ends earlier would leave them without a reason."""
    from billing.charges.models import Charge  # charges stand on rates; asking back is for this check alone

    charged = Charge.objects.filter(Q(rate__card=card, day__gte=first_day)).aggregate(Max("day"))["day__max"]
    if charged is not None:
        raise AlreadyCharged(
            f"“{card.name}” has priced work up to {charged:%-d %B %Y}. Let the new prices start after that day.",
            field="valid_from",
        )
