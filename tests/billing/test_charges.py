"""Rating: every activity one charge, at the price in force, whatever happens to the rater."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from billing.charges.services import rate_activities, unrated_work
from billing.models import Charge
from coop.kernel import clock
from coop.kernel.ids import uuid7
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
    assert unrated.unpriced[0].why == "The rate card in force on 2026-10-05 has no price for pack."
    make_rate_card(member=member, prices={"pack": "1.00"})
    assert rate_activities(limit=2) == 4


@db
def test_without_a_card_nothing_is_free():
    make_activity(make_member(), make_node(), day=DAY)
    assert rate_activities() == 0
    assert unrated_work().unpriced[0].why == "No rate card in EUR is in force on 2026-10-05."


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


def test_rates_5000_activities_a_second(fresh_db):
    make_rate_card()
    _record(make_member(), make_node(), 20_000)
    began = time.process_time(), time.perf_counter()
    assert rate_activities() == 20_000
    spent = time.perf_counter() - began[1]
    print(
        f"{20_000 / spent:,.0f} activities/s, {time.process_time() - began[0]:.2f} s of our own processor time"
    )
    assert 20_000 / (time.process_time() - began[0]) > 5_000


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
