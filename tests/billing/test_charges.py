"""Rating: every activity one charge, at the price in force, whatever happens to the rater."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.charges import rating, services
from billing.charges.services import rate_activities, unrated_work
from billing.models import Charge
from billing.rates.services import RateInput
from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.reasons import Reason
from coop.runtime.audit import proofs
from fulfillment.activity.services import Work, record
from fulfillment.models import Activity
from tests.world import make_activity, make_member, make_node, make_rate_card

db = pytest.mark.django_db
DAY = dt.date(2026, 10, 5)


def _reverse(activity: Activity) -> Activity:
    return Activity.objects.create(
        kind=activity.kind,
        member=activity.member,
        node=activity.node,
        quantity=-activity.quantity,
        occurred_at=clock.now(),
        day=activity.day,
        source_type="test",
        source_id=uuid7(),
        reverses=activity,
    )


def _violations(room: str = "billing.charges") -> list[str]:
    return [sentence for p in proofs() if p.room == room for sentence in p.check()]


@db
def test_a_charge_is_quantity_times_price_exactly():
    make_rate_card(prices={"pick": "0.333333"})
    activity = make_activity(make_member(), make_node(), quantity=7, day=DAY)
    assert rate_activities() == 1
    charge = Charge.objects.get()
    assert charge.activity == activity
    assert (charge.amount, charge.day, charge.currency) == (Decimal("2.333331"), DAY, "EUR")
    assert _violations() == []


@db
def test_rated_twice_it_is_charged_once():
    make_rate_card()
    make_activity(make_member(), make_node(), day=DAY)
    assert [rate_activities(), rate_activities()] == [1, 0]
    assert Charge.objects.count() == 1


@db
def test_small_chunks_reach_everything():
    make_rate_card()
    member, node = make_member(), make_node()
    for _ in range(7):
        make_activity(member, node, day=DAY)
    assert rate_activities(limit=3) == 7


@db
def test_work_without_a_price_is_listed_and_does_not_stand_in_the_way():
    make_rate_card(prices={"pick": "0.42"})
    member, node = make_member(), make_node()
    unpriced = [make_activity(member, node, "pack", day=DAY) for _ in range(4)]
    make_activity(member, node, "pick", day=DAY)
    assert rate_activities(limit=2) == 1
    unrated = unrated_work()
    assert unrated.waiting == []
    assert [u.work.activity_id for u in unrated.unpriced] == [a.pk for a in unpriced]
    assert unrated.unpriced[0].why == Reason(
        "no_rate", "The rate card in force on 2026-10-05 has no price for pack."
    )
    make_rate_card(member=member, prices={"pack": "1.00"})
    assert rate_activities(limit=2) == 4


@db
def test_without_a_card_nothing_is_free():
    make_activity(make_member(), make_node(), day=DAY)
    assert rate_activities() == 0
    assert unrated_work().unpriced[0].why == Reason(
        "no_card", "No rate card in EUR is in force on 2026-10-05."
    )


@db
def test_a_member_with_another_currency_waits_for_a_card_in_it():
    make_rate_card()
    member = make_member(currency="GBP", country="GB")
    make_activity(member, make_node(), day=DAY)
    assert rate_activities() == 0
    make_rate_card(member=member, currency="GBP", prices={"pick": "0.40"})
    assert rate_activities() == 1
    assert Charge.objects.get().currency == "GBP"


@db
def test_a_reversal_goes_back_at_the_original_price():
    make_rate_card()
    activity = make_activity(make_member(), make_node(), quantity=3, day=DAY)
    rate_activities()
    make_rate_card(name="Dearer", valid_from=dt.date(2026, 10, 6), prices={"pick": "9.00"})
    back = _reverse(activity)
    assert rate_activities() == 1
    assert back.charge.unit_price == Decimal("0.42")
    assert back.charge.amount == Decimal("-1.26")
    assert _violations() == []


@db
def test_work_and_its_reversal_in_one_run():
    make_rate_card()
    _reverse(make_activity(make_member(), make_node(), quantity=3, day=DAY))
    assert rate_activities() == 2
    assert sum(c.amount for c in Charge.objects.all()) == 0


@db
def test_the_proof_names_work_that_was_forgotten():
    make_rate_card()
    with clock.at(dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)):
        make_activity(make_member(), make_node())
    [sentence] = _violations()
    assert sentence.endswith("has a price but no charge")
    rate_activities()
    assert _violations() == []


@db
@pytest.mark.parametrize(
    "overlooked", ["the last day", "the storage class", "the common card", "a reversal", "all"]
)
def test_the_proof_does_not_believe_what_rating_overlooks(overlooked, monkeypatch):
    """Negative control: with a fault in rating, the list of work without a price takes the work, and the proof names it."""
    member, node = make_member(), make_node()
    own = {"member": member, "prices": {"receive": "1.00"}} if overlooked == "the common card" else {}
    price = RateInput(kind="pick", unit_price=Decimal("0.42"), storage_class="ambient")
    make_rate_card(valid_until=DAY, rates=[price])
    if own:
        make_rate_card(**own)
    work = make_activity(member, node, day=DAY)
    if overlooked == "a reversal":
        rate_activities()
        work = _reverse(work)
    if overlooked == "the last day":
        covers = rating.Card.covers
        monkeypatch.setattr(rating.Card, "covers", lambda card, one: covers(card, one) and one.day < DAY)
    elif overlooked == "a reversal":
        monkeypatch.setattr(services, "_prices_charged", lambda work: {})
    elif overlooked == "all":
        monkeypatch.setattr(services, "_without_charge", lambda after, limit: [])
    else:
        priced = {
            "the storage class": lambda card, one: card.prices.get((one.kind, None, "")),
            "the common card": lambda card, one: card.member_id and card.prices.get((one.kind, None, "")),
        }
        monkeypatch.setattr(rating.Card, "price_of", priced[overlooked])
    assert (rate_activities(), unrated_work().waiting) == (0, [])
    with clock.at(clock.now() + dt.timedelta(hours=2)):
        assert _violations() == [f"activity {work.pk} (pick on {DAY}) has a price but no charge"]


@db
def test_work_that_no_card_prices_is_no_violation():
    """For another kind, class, node, day, currency or member: listed, and not named by the proof."""
    member, other, node, elsewhere = make_member(), make_member(), make_node(), make_node()
    pounds = make_member(currency="GBP", country="GB")
    day_before, day_after = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)
    rates = [
        RateInput(kind="pick", unit_price=Decimal(1), node_id=node.pk, storage_class="frozen"),
        RateInput(kind="pack", unit_price=Decimal(1)),
    ]
    make_rate_card(rates=rates, valid_from=DAY, valid_until=DAY)
    make_rate_card(member=other, prices={"receive": "1.00"})
    make_activity(member, node, day=DAY)
    make_activity(member, elsewhere, day=DAY, storage_class="frozen")
    for day in (day_before, day_after):
        make_activity(member, node, "pack", day=day)
    make_activity(pounds, node, "pack", day=DAY)
    nowhere = make_activity(member, node, "receive", day=DAY)
    _reverse(nowhere)
    with clock.at(clock.now() + dt.timedelta(hours=2)):
        assert rate_activities() == 0
        assert len(unrated_work().unpriced) == 7
        assert _violations() == []


def test_two_raters_at_once_charge_each_activity_once(fresh_db):
    make_rate_card()
    member, node = make_member(), make_node()
    _record(member, node, 600)

    def rate() -> int:
        try:
            return rate_activities(limit=50)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: rate(), range(4)))
    assert sum(made) == 600
    assert Charge.objects.values("activity").distinct().count() == Charge.objects.count() == 600


def test_rating_asks_as_much_for_ten_activities_as_for_a_thousand(fresh_db):
    make_rate_card()
    member, node = make_member(), make_node()
    asked = []
    for count in (10, 1_000):
        _record(member, node, count)
        with CaptureQueriesContext(connection) as queries:
            assert rate_activities() == count
        asked.append(len(queries))
    assert asked[0] == asked[1], (
        "a batch is one statement, however long (its pace is measured by `bench rating`)"
    )


def _record(member, node, count: int) -> None:
    with transaction.atomic():
        record(
            [
                Work(
                    kind="pick",
                    member_id=member.pk,
                    node=node,
                    quantity=1 + n % 3,
                    source_type="test",
                    source_id=uuid7(),
                    day=DAY,
                )
                for n in range(count)
            ]
        )
