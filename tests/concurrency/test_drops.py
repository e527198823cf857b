"""A drop's burst: many buyers at once get exactly what there is. Without the guard the same race sells too much."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.test import Client

from coop.kernel import clock
from coop.kernel.errors import Busy, DomainError
from fulfillment.drops.errors import BuyerLimit, SoldOut
from fulfillment.drops.models import Drop, DropBuyer, DropLine, DropSale
from fulfillment.drops.sale import selling as module
from fulfillment.drops.services import open_drop, sell, take_back
from fulfillment.models import Order
from fulfillment.orders.services import cancel_order, open_channel
from tests import world
from tests.concurrency.test_allocation import committed, together
from tests.fulfillment.drops_kit import MARCH, audit

__all__ = ["committed"]
WORKERS = 8


@pytest.fixture
def drop(committed):
    """12 pieces of each of two SKUs, their goods in."""
    member, node = world.make_member(), world.make_node(bins=2)
    mug, bowl = world.make_sku(member, code="MUG"), world.make_sku(member, code="BOWL")
    with clock.at(MARCH):
        world.make_pools(node)
        world.make_cycle(node)
        from fulfillment.drops.models import CycleRun
        from fulfillment.drops.services import LegInput, schedule_drop

        runs = (
            CycleRun.objects.filter(announce_by__gt=MARCH).select_related("cycle__node").order_by("dock_from")
        )
        drop = schedule_drop(
            member=member,
            title="Burst",
            legs=[LegInput(runs[0], [(mug, 12), (bowl, 12)])],
            opens_at=runs[0].available_from,
            buyer_limit=3,
        )
        world.bring_in(drop)
    return drop


def buyers(drop: Drop, lines: list[dict[str, int]], **fields: str):
    """One buyer for each, all at the second of the opening."""
    channel = open_channel(member=drop.member, kind="api", name="Drops")

    def buy(wanted: dict[str, int]):
        order = world.order_input(wanted, **fields)

        def work() -> None:
            with clock.at(drop.opens_at):
                sell(drop=drop, orders=[order], channel=channel)

        return work

    return [buy(wanted) for wanted in lines]


def pieces() -> tuple[int, int]:
    return sum(Drop.objects.values_list("sold", flat=True)), sum(
        s.pieces - s.cut for s in DropSale.objects.all()
    )


def test_many_buyers_at_once_get_exactly_what_there_is(drop):
    # Each wants both, named in either order: no two wait for each other crosswise.
    lines = [{"MUG": 1, "BOWL": 1} if n % 2 else {"BOWL": 1, "MUG": 1} for n in range(20)]
    errors = together(*buyers(drop, lines, buyer_email=""), *[lambda: open_drop(drop=drop)] * 2)
    assert {type(error) for error in errors} <= {BuyerLimit}  # one buyer: all have the same name
    errors = []
    for n in range(3):
        works = [b for m in range(8) for b in buyers(drop, [lines[m]], buyer_email=f"b{n}-{m}@example.com")]
        errors += together(*works)
    assert {type(error) for error in errors} == {SoldOut}
    assert pieces() == (24, 24)
    assert list(DropLine.objects.values_list("sold", flat=True)) == [12, 12]
    drop.refresh_from_db()
    assert drop.state == "sold_out"
    assert list(drop.steps.values_list("state", flat=True)).count("live") == 1
    assert audit() == []


def test_one_buyer_at_once_gets_no_more_than_the_limit(drop):
    errors = together(*buyers(drop, [{"MUG": 1}] * WORKERS, buyer_email="ada@example.com"))
    assert {type(error) for error in errors} == {BuyerLimit}
    assert DropBuyer.objects.get().pieces == 3
    assert pieces() == (3, 3)


def test_the_same_order_told_at_once_is_sold_once(drop):
    results: list[object] = []
    channel = open_channel(member=drop.member, kind="api", name="Drops")
    order = world.order_input({"MUG": 2}, number="#same", placed_at=None)

    def tell() -> None:
        with clock.at(drop.opens_at):
            results.append(sell(drop=drop, orders=[order], channel=channel))

    assert together(*[tell] * WORKERS) == []
    assert sorted(len(result.created) for result in results) == [0] * (WORKERS - 1) + [1]
    assert Order.objects.count() == 1
    assert pieces() == (2, 2)


def test_without_the_conditional_counter_the_same_race_sells_too_much(drop, monkeypatch):
    """Negative control: who decides by what was read before sells pieces that others have sold meanwhile; only the CHECK
    of the table is left to say no, and without a named error for the shop."""
    unguarded = (
        module._COUNT.replace("AND l.sold + w.pieces <= l.quantity", "")
        .replace("AND d.sold + %(all)s <= d.burst_picks", "")
        .replace("FOR NO KEY UPDATE", "")
    )
    assert unguarded != module._COUNT
    monkeypatch.setattr(module, "_COUNT", unguarded)
    from django.db import connections

    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("ALTER TABLE fulfillment_dropline DROP CONSTRAINT drop_line_not_oversold")
        cursor.execute("ALTER TABLE fulfillment_drop DROP CONSTRAINT drop_within_its_picks")
    owner.close()
    read = threading.Barrier(WORKERS)
    look = module._look

    def wait(*args):
        scene = look(*args)
        read.wait(timeout=20)
        return scene

    monkeypatch.setattr(module, "_look", wait)
    works = [b for n in range(WORKERS) for b in buyers(drop, [{"MUG": 3}], buyer_email=f"b{n}@example.com")]
    together(*works)
    assert DropLine.objects.get(sku__code="MUG").sold > 12


def test_a_cancelled_order_and_a_sale_at_once_agree(drop):
    for n in range(4):
        [buy] = buyers(drop, [{"MUG": 3}], buyer_email=f"a{n}@example.com")
        buy()
    orders = list(Order.objects.all())

    def give_back(order):
        def work() -> None:
            with clock.at(drop.opens_at):
                cancel_order(order=order, by=None)
                take_back(drop=drop)

        return work

    works = [give_back(order) for order in orders]
    works += [b for n in range(4) for b in buyers(drop, [{"MUG": 3}], buyer_email=f"b{n}@example.com")]
    errors = together(*works)
    assert all(isinstance(error, DomainError) for error in errors), errors
    with clock.at(drop.opens_at + dt.timedelta(seconds=1)):
        take_back(drop=drop)
    sold, sales = pieces()
    assert sold == sales
    assert audit() == []
    assert not any(isinstance(error, Busy) for error in errors)


def test_through_rest_a_loser_gets_409_and_never_500(drop):
    token = world.make_api_key(drop.member)[1]
    answers: list[int] = []

    def post(n: int):
        body = {
            "number": f"#{n}", "buyer_name": "Ada", "buyer_email": f"b{n}@example.com", "street": "Weserstraße 7",
            "postcode": "12047", "city": "Berlin", "country": "DE", "lines": [{"sku": "MUG", "quantity": 3}],
        }  # fmt: skip

        def work() -> None:
            with clock.at(drop.opens_at):
                answer = Client().post(
                    f"/api/v1/drops/{drop.pk}/orders/", body, content_type="application/json",
                    headers={"Authorization": f"Bearer {token}"},
                )  # fmt: skip
            answers.append(answer.status_code)

        return work

    assert together(*[post(n) for n in range(WORKERS)]) == []
    assert sorted(answers) == [201] * 4 + [409] * 4
    assert audit() == []
