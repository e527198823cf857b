"""Rate cards: dated, one after the other, the special before the general."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.charges.services import rate_activities
from billing.models import Charge, Rate, RateCard
from billing.rates.errors import AlreadyCharged, EmptyCard
from billing.rates.services import RateInput, end_rate_card, save_rate_card
from coop.kernel.errors import DomainError
from tests.world import make_activity, make_member, make_node, make_rate_card

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 1)


def test_a_new_card_ends_the_one_before():
    first = make_rate_card(valid_from=dt.date(2026, 1, 1))
    second = make_rate_card(name="Spring", valid_from=MARCH)
    first.refresh_from_db()
    assert first.valid_until == dt.date(2026, 2, 28)
    assert second.valid_until is None


def test_a_member_card_leaves_the_common_one_alone():
    common = make_rate_card()
    make_rate_card(member=make_member(), valid_from=MARCH, prices={"pick": "0.30"})
    common.refresh_from_db()
    assert common.valid_until is None


def test_refuses_to_overlap_a_card_that_has_its_last_day():
    make_rate_card(valid_until=dt.date(2026, 6, 30))
    with pytest.raises(DomainError, match="End that one first") as refused:
        make_rate_card(valid_from=MARCH)
    assert (refused.value.code, refused.value.status) == ("card_overlap", 409)
    assert RateCard.objects.count() == 1


def test_refuses_a_card_without_prices():
    with pytest.raises(EmptyCard):
        save_rate_card(name="Nothing", valid_from=MARCH, rates=[], by=None)
    assert not RateCard.objects.exists()


@pytest.mark.parametrize(
    ("rates", "code"),
    [
        ([RateInput("pick", Decimal(1)), RateInput("pick", Decimal(2))], "rate_twice"),
        ([RateInput("pick", Decimal(-1))], "price_negative"),
    ],
)
def test_refuses_prices_that_make_no_sense(rates, code):
    with pytest.raises(DomainError) as refused:
        save_rate_card(name="Odd", valid_from=MARCH, rates=rates, by=None)
    assert refused.value.code == code
    assert not RateCard.objects.exists()
    assert not Rate.objects.exists()


def test_refuses_to_change_prices_backwards():
    card = make_rate_card()
    make_activity(make_member(), make_node(), day=dt.date(2026, 3, 15))
    assert rate_activities() == 1
    with pytest.raises(AlreadyCharged, match="15 March 2026"):
        make_rate_card(name="Late", valid_from=MARCH)
    card.refresh_from_db()
    assert card.valid_until is None
    following = make_rate_card(name="Next", valid_from=dt.date(2026, 3, 16))
    assert RateCard.objects.filter(pk=following.pk).exists()
    assert Charge.objects.get().rate.card == card


def test_ending_a_card_keeps_what_it_has_priced():
    card = make_rate_card()
    make_activity(make_member(), make_node(), day=dt.date(2026, 3, 15))
    rate_activities()
    with pytest.raises(AlreadyCharged, match="has priced work up to 15 March 2026") as refused:
        end_rate_card(card=card, last_day=dt.date(2026, 3, 14), by=None)
    assert (refused.value.code, refused.value.status) == ("already_charged", 409)
    assert end_rate_card(card=card, last_day=dt.date(2026, 3, 15), by=None).valid_until == dt.date(
        2026, 3, 15
    )


def test_a_member_sees_their_own_card_before_the_common_one_and_no_other():
    maya, noor = make_member(), make_member()
    common = make_rate_card()
    own = make_rate_card(member=maya, prices={"pick": "0.30"})
    make_rate_card(member=noor, prices={"pick": "0.20"})
    cards = RateCard.objects.of(maya).in_order()
    assert list(cards.on(MARCH)) == [own, common]
    assert list(cards.on(dt.date(2025, 12, 31))) == []
