"""The pure rating rules, without a database."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from billing.charges.rating import Card, Price, PriceList, Work, rate
from billing.charges.unpriced import Lacking, lacking
from coop.kernel.reasons import Reason

MEMBER, OTHER, NODE, FAR = (UUID(int=n) for n in range(1, 5))
DAY = dt.date(2026, 10, 5)


def work(**fields) -> Work:
    defaults = {
        "activity_id": uuid4(),
        "member_id": MEMBER,
        "node_id": NODE,
        "kind": "pick",
        "storage_class": "ambient",
        "quantity": 2,
        "day": DAY,
        "currency": "EUR",
    }
    return Work(**{**defaults, **fields})


def card(prices, member=None, first=dt.date(2026, 1, 1), last=None, currency="EUR") -> Card:
    return Card(
        member,
        currency,
        first,
        last,
        {key: Price(uuid4(), Decimal(price), currency) for key, price in prices.items()},
    )


ALL = {
    ("pick", NODE, "cold"): "4",
    ("pick", NODE, ""): "3",
    ("pick", None, "cold"): "2",
    ("pick", None, ""): "1",
}


@pytest.mark.parametrize(
    ("where", "price"),
    [
        ({"storage_class": "cold"}, 4),
        ({}, 3),
        ({"node_id": FAR, "storage_class": "cold"}, 2),
        ({"node_id": FAR}, 1),
    ],
)
def test_the_most_specific_rate_wins(where, price):
    charged, unpriced = rate([work(**where)], PriceList.of([card(ALL)]), {})
    assert [c.amount for c in charged] == [Decimal(price * 2)]
    assert unpriced == []


def test_the_members_own_card_goes_before_a_more_specific_common_one():
    prices = PriceList.of([card(ALL), card({("pick", None, ""): "0.5"}, member=MEMBER)])
    charged, _ = rate([work(), work(member_id=OTHER)], prices, {})
    assert [c.price.unit_price for c in charged] == [Decimal("0.5"), Decimal(3)]


def test_what_the_own_card_does_not_price_the_common_one_does():
    prices = PriceList.of([card({("pack", None, ""): "1.10"}), card(ALL, member=MEMBER)])
    charged, _ = rate([work(kind="pack")], prices, {})
    assert charged[0].price.unit_price == Decimal("1.10")


@pytest.mark.parametrize("day", [dt.date(2026, 9, 30), dt.date(2026, 11, 1)])
def test_a_card_prices_its_own_days_alone(day):
    prices = PriceList.of([card(ALL, first=dt.date(2026, 10, 1), last=dt.date(2026, 10, 31))])
    assert rate([work(day=day)], prices, {})[0] == []
    assert rate([work(day=dt.date(2026, 10, 31))], prices, {})[1] == []


def test_a_price_of_zero_is_a_price():
    charged, unpriced = rate([work()], PriceList.of([card({("pick", None, ""): "0"})]), {})
    assert charged[0].amount == 0
    assert unpriced == []


def test_a_reversal_of_unpriced_work_has_no_price_either():
    first = work(kind="pack")
    back = work(kind="pack", quantity=-2, reverses_id=first.activity_id)
    charged, unpriced = rate([first, back], PriceList.of([card(ALL)]), {})
    assert charged == []
    assert unpriced[1].why == Reason("no_original", "What it takes back has no price.")


def test_work_without_a_price_is_put_together_by_the_reason_and_not_by_its_words():
    days = [DAY, DAY + dt.timedelta(days=2), DAY + dt.timedelta(days=1)]
    prices = PriceList.of([card({("pick", None, ""): "1"}, last=DAY + dt.timedelta(days=2))])
    later = DAY + dt.timedelta(days=9)
    first, *rest = [work(kind="pack", day=day, quantity=3) for day in days]
    back = work(kind="pack", quantity=-3, reverses_id=first.activity_id)
    _, unpriced = rate([first, *rest, work(kind="pack", day=later), back, work(kind="ship")], prices, {})
    assert len({one.why.words for one in unpriced}) == 6
    assert lacking(unpriced) == [
        Lacking(MEMBER, NODE, "pack", "ambient", "no_rate", DAY, days[1], 9),
        Lacking(MEMBER, NODE, "pack", "ambient", "no_card", later, later, 2),
        Lacking(MEMBER, NODE, "pack", "ambient", "no_original", DAY, DAY, -3),
        Lacking(MEMBER, NODE, "ship", "ambient", "no_rate", DAY, DAY, 2),
    ]


def test_agrees_with_an_oracle_on_random_cards():
    """The oracle asks every rate of every card whether it fits and takes the best by a written-down order."""
    dice = random.Random(7)
    for _ in range(200):
        cards = [
            card(
                {
                    (k, n, c): str(dice.randint(1, 99))
                    for k in ("pick", "pack")
                    for n in (None, NODE, FAR)
                    for c in ("", "cold")
                    if dice.random() < 0.4
                },
                member=owner,
            )
            for owner in (None, MEMBER)
        ]
        one = work(
            kind=dice.choice(["pick", "pack"]),
            node_id=dice.choice([NODE, FAR]),
            storage_class=dice.choice(["ambient", "cold"]),
        )
        fitting = [
            ((c.member_id is not None, node is not None, cls != ""), price.unit_price)
            for c in cards
            for (kind, node, cls), price in c.prices.items()
            if kind == one.kind and node in (None, one.node_id) and cls in ("", one.storage_class)
        ]
        charged, _ = rate([one], PriceList.of(cards), {})
        assert [c.price.unit_price for c in charged] == ([max(fitting)[1]] if fitting else [])
