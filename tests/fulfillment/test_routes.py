from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.picking.routes import Bundle, Place, share_carts, turns, walk


def place(aisle: int, bay: int, level: int = 1, zone: str = "A") -> Place:
    """A bin of a node whose walk goes up odd aisles and down even ones, ten bays each."""
    leg = bay if aisle % 2 else 11 - bay
    code = f"{zone}{aisle}-{bay:02d}-{level}"
    return Place(zone, aisle, bay, level, (aisle - 1) * 10 + leg + (1000 if zone != "A" else 0), code)


places = st.builds(
    place, st.integers(1, 8), st.integers(1, 10), st.integers(1, 3), st.sampled_from(["A", "B"])
)


def test_goes_up_one_aisle_and_down_the_next():
    route = walk([place(2, 3), place(1, 9), place(2, 8), place(1, 2)])
    assert [p.code for p in route] == ["A1-02-1", "A1-09-1", "A2-08-1", "A2-03-1"]


def test_turns_with_the_aisles_that_have_stops_not_with_all_aisles():
    route = walk([place(1, 2), place(3, 3), place(3, 9)])
    assert [p.bay for p in route] == [2, 9, 3]


def test_takes_a_bay_from_the_bottom_up():
    route = walk([place(1, 4, 3), place(1, 4, 1), place(1, 4, 2)])
    assert [p.level for p in route] == [1, 2, 3]


def test_places_outside_the_aisles_keep_their_turn_and_turn_nobody_round():
    dock = Place("", 0, 0, 0, 0, "RECV")
    route = walk([place(1, 5), dock, place(1, 2), place(2, 1)])
    assert [p.code for p in route] == ["RECV", "A1-02-1", "A1-05-1", "A2-01-1"]


def test_no_stop_no_way():
    assert walk([]) == []


@given(st.lists(places, max_size=40))
def test_every_place_once_and_every_aisle_in_one_go(stops):
    route = walk(stops)
    assert sorted(set(stops), key=lambda p: p.code) == sorted(route, key=lambda p: p.code)
    aisles = [(p.zone, p.aisle) for p in route]
    changes = sum(a != b for a, b in itertools.pairwise(aisles))
    assert changes == max(len(set(aisles)) - 1, 0)


@given(st.lists(places, max_size=40))
def test_directions_alternate(stops):
    route = walk(stops)
    legs: dict[tuple[str, int], list[int]] = {}
    for stop in route:
        legs.setdefault((stop.zone, stop.aisle), []).append(stop.bay)
    for number, bays in enumerate(legs.values()):
        assert bays == sorted(bays, reverse=bool(number % 2))


@given(st.lists(places, max_size=40), st.randoms())
def test_the_walk_does_not_depend_on_the_order_it_was_told(stops, dice):
    shuffled = stops[:]
    dice.shuffle(shuffled)
    assert walk(shuffled) == walk(stops)
    assert sorted(turns(stops).values()) == list(range(len(set(stops))))


NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def bundle(key: int, hours: int | None, *stops: Place) -> Bundle:
    return Bundle(key, None if hours is None else NOON + dt.timedelta(hours=hours), stops)


def test_an_order_never_rides_behind_one_that_must_leave_later():
    carts = share_carts(
        [bundle(1, 9, place(1, 1)), bundle(2, 1, place(8, 1)), bundle(3, None, place(1, 1))], totes=1
    )
    assert [[b.key for b in cart] for cart in carts] == [[2], [1], [3]]


def test_neighbours_of_one_promise_ride_together():
    carts = share_carts([bundle(k, 1, place(aisle, 1)) for k, aisle in enumerate([1, 8, 1, 8])], totes=2)
    assert [[b.key for b in cart] for cart in carts] == [[0, 2], [1, 3]]


@given(st.lists(st.tuples(st.none() | st.integers(0, 5), places), max_size=50), st.integers(1, 12))
def test_every_order_on_one_cart_and_no_cart_too_full(rows, totes):
    bundles = [bundle(number, hours, stop) for number, (hours, stop) in enumerate(rows)]
    carts = share_carts(bundles, totes=totes)
    assert Counter(b.key for cart in carts for b in cart) == Counter(range(len(rows)))
    assert all(1 <= len(cart) <= totes for cart in carts)
    assert len(carts) == -(-len(rows) // totes)


def test_refuses_a_cart_without_totes():
    with pytest.raises(ValueError, match="at least one tote"):
        share_carts([], totes=0)
