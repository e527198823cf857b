from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coop.kernel import clock
from fulfillment.floor import board as facts
from fulfillment.orders.models import Allocation
from fulfillment.packing.bench.finding import orders_to_pack
from fulfillment.packing.services import pack, ship, start_packing
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from tests.world import (
    client_of,
    make_allocated_order,
    make_carton,
    make_member,
    make_picked_order,
    make_sku,
    make_staff,
    make_user,
    shelf_bins,
)

pytestmark = [pytest.mark.django_db, pytest.mark.node(slug="kreuzberg", code="KRZ")]


@pytest.fixture
def picker(node):
    user = make_user()
    make_staff(user, "picker", node)
    return user


def url(name, node, **kwargs):
    return reverse(f"floor:{name}", kwargs={"node": node.slug, **kwargs})


def walking(node, picker, *quantities):
    member = make_member(name="Tonhalle")
    for number, quantity in enumerate(quantities):
        make_allocated_order(member, node, {make_sku(member): quantity}, bin=shelf_bins(node)[number])
    release_wave(node=node, by=None)
    return claim_batch(node=node, picker=picker)


def test_the_board_shows_lanes_waves_people_and_what_is_in_the_way(node, operator, picker):
    walking(node, picker, 2, 3)
    make_allocated_order(make_member(), node)
    page = client_of(operator).get(url("board", node)).content.decode()
    for words in ("KRZ-W0001", str(picker), "5 in waves", "1 in the queue", "In the way", "Release a wave"):
        assert words in page
    part = client_of(operator).get(url("board", node), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "KRZ-W0001" in part


def test_each_figure_of_a_lane_says_what_it_counts(node, operator, picker):
    walking(node, picker, 2, 3)
    make_allocated_order(make_member(), node)
    page = " ".join(client_of(operator).get(url("board", node)).content.decode().split())
    assert "5 pieces in waves" in page
    assert "1 piece in the queue" in page
    assert "3 orders" in page


def test_what_is_promised_for_earlier_is_late_until_it_is_handed_over(node, operator, picker):
    member = make_member()
    make_carton()
    orders = [make_picked_order(member, node, picker) for _ in range(3)]
    queued = make_allocated_order(member, node, {make_sku(member): 2})
    Allocation.objects.update(ship_by=clock.now() - dt.timedelta(hours=2))
    client = client_of(operator)
    for order in orders:
        parcel = start_packing(order=order, node=node, by=picker)
    pack(shipment=parcel, carton=None, weight_g=500, by=picker)
    [late] = facts.lanes(node, None)
    assert (late.late, late.orders, late.queued, late.picked) == (True, 4, 2, 0)
    assert late.in_parcels == sum(a.quantity for a in Allocation.objects.exclude(order=queued))
    page = " ".join(client.get(url("board", node)).content.decode().split())
    assert "4 orders late" in page
    assert f"{url('queue', node)}?due=late" in page
    ship(shipments=[parcel], carrier="DHL", by=picker)
    assert "3 orders late" in client.get(url("board", node)).content.decode()


def test_an_order_late_twice_is_one_late_order(node):
    member = make_member()
    order = make_allocated_order(member, node, {make_sku(member): 1, make_sku(member): 1})
    for days, allocation in enumerate(Allocation.objects.filter(order=order), start=1):
        Allocation.objects.filter(pk=allocation.pk).update(ship_by=clock.now() - dt.timedelta(days=days))
    [late] = facts.lanes(node, None)
    assert (late.orders, late.pieces) == (1, 2)


def test_lanes_ahead_come_in_their_order_and_those_without_a_promise_last(node):
    member, now = make_member(), clock.now()
    whens = [None, now + dt.timedelta(hours=5), now - dt.timedelta(hours=1), now + dt.timedelta(hours=2)]
    for ship_by in whens:
        order = make_allocated_order(member, node)
        Allocation.objects.filter(order=order).update(ship_by=ship_by)
    assert [lane.ship_by for lane in facts.lanes(node, None)] == [whens[2], whens[3], whens[1], None]


def test_an_order_that_is_walked_for_is_not_to_be_packed_yet(node, picker):
    member = make_member()
    both = {make_sku(member): 1, make_sku(member): 1}
    make_allocated_order(member, node, both)
    release_wave(node=node, by=None)
    batch = claim_batch(node=node, picker=picker)
    first, second = batch.tasks.order_by("sequence")
    confirm_picks(batch=batch, results=[PickResult(first.pk, 1)], by=picker)
    figures = facts.figures(node, None)
    assert (figures.walking, figures.to_pack) == (1, orders_to_pack(node).count()) == (1, 0)
    confirm_picks(batch=batch, results=[PickResult(second.pk, 1)], by=picker)
    figures = facts.figures(node, None)
    assert (figures.walking, figures.to_pack) == (0, orders_to_pack(node).count()) == (0, 1)


def test_the_empty_board_says_so(node, operator):
    page = client_of(operator).get(url("board", node)).content.decode()
    assert "Nothing waits to leave" in page
    assert "Nothing is late or blocked" in page


def test_the_board_asks_the_same_questions_however_busy_it_is(
    node, operator, picker, django_assert_num_queries
):
    client = client_of(operator)
    walking(node, picker, 1)
    client.get(url("board", node))
    with CaptureQueriesContext(connection) as quiet:
        client.get(url("board", node))
    for _ in range(4):
        make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    make_allocated_order(make_member(), node)
    with django_assert_num_queries(len(quiet)):
        client.get(url("board", node))
