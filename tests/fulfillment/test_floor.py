from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fulfillment.picking.services import claim_batch, release_wave
from tests.world import (
    client_of,
    make_allocated_order,
    make_member,
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
