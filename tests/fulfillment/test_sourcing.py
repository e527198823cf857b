"""Sourcing is pure, so its promises are tested as properties: over thousands of worlds, not over three."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from coop.kernel.reasons import Reason
from fulfillment.orders.shortages import CHOICES, Shortage
from fulfillment.orders.sourcing import Need, Place, Pool, Shelf, Sourced, source

JAN, FEB, MAR = dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)


def uid(number: int) -> UUID:
    return UUID(int=number)


def need(line: int, quantity: int, sku: int | None = None, *, allocated: int = 0) -> Need:
    return Need(uid(line), uid(sku or line), quantity, quantity + allocated, allocated)


def place(number: int, distance: float | None = 1000, **fields: object) -> Place:
    defaults = {"name": f"Node {number}", "reach_m": 10_000, "distance_m": distance}
    return Place(node_id=uid(number), **{**defaults, **fields})


_next = iter(range(10_000, 10**9))


def shelf(node: int, sku: int, available: int, **fields: object) -> Shelf:
    number = next(_next)
    defaults = {"on_hand": available, "available": available}
    return Shelf(
        stock_id=uid(number), sku_id=uid(sku), node_id=uid(node), bin_id=uid(number), **{**defaults, **fields}
    )


def by_node(sourced: Sourced) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for part in sourced.parts:
        found[part.node_id.int] += part.quantity
    return dict(found)


def test_takes_the_nearest_node_that_has_everything():
    pool = Pool([shelf(1, 1, 5), shelf(1, 2, 5), shelf(2, 1, 5), shelf(2, 2, 5), shelf(3, 1, 5)])
    places = [place(1, 3000), place(2, 2000), place(3, 100)]
    assert by_node(source([need(1, 2), need(2, 1)], places, pool)) == {2: 3}


def test_splits_by_line_over_the_fewest_nodes():
    pool = Pool([shelf(1, 1, 9), shelf(2, 2, 9), shelf(3, 2, 9), shelf(3, 3, 9), shelf(4, 3, 9)])
    places = [place(1, 100), place(2, 200), place(3, 9000), place(4, 300)]
    sourced = source([need(1, 1), need(2, 1), need(3, 1)], places, pool)
    assert by_node(sourced) == {1: 1, 3: 2}
    assert not sourced.shortages


def test_among_as_few_nodes_the_nearest_win():
    pool = Pool([shelf(1, 1, 9), shelf(2, 2, 9), shelf(3, 1, 9)])
    places = [place(1, 5000), place(2, 200), place(3, 300)]
    assert by_node(source([need(1, 1), need(2, 1)], places, pool)) == {2: 1, 3: 1}


def test_a_line_that_no_node_has_whole_is_gathered():
    pool = Pool([shelf(1, 1, 3), shelf(2, 1, 2)])
    sourced = source([need(1, 5)], [place(1, 100), place(2, 200)], pool)
    assert by_node(sourced) == {1: 3, 2: 2}
    assert not sourced.shortages


def test_a_node_that_already_sends_a_part_comes_first():
    pool = Pool([shelf(1, 1, 3), shelf(2, 1, 3)])
    assert by_node(source([need(1, 3)], [place(1, 100), place(2, 900, in_use=True)], pool)) == {2: 3}


def test_a_buyer_whose_place_is_unknown_gets_the_node_with_most():
    pool = Pool([shelf(1, 1, 1), shelf(2, 1, 7)])
    assert by_node(source([need(1, 5)], [place(1, None), place(2, None)], pool)) == {2: 5}


def test_lots_leave_by_date_and_expired_ones_never():
    early, late, dead = (
        shelf(1, 1, 2, expires_on=FEB),
        shelf(1, 1, 9, expires_on=MAR),
        shelf(1, 1, 9, expires_on=JAN, expired=True),
    )
    sourced = source([need(1, 4)], [place(1)], Pool([late, dead, early]))
    assert [(p.stock_id, p.quantity) for p in sourced.parts] == [(early.stock_id, 2), (late.stock_id, 2)]


def test_one_stop_rather_than_two_of_the_same_date():
    small, large = shelf(1, 1, 2, walk_order=1), shelf(1, 1, 9, walk_order=2)
    sourced = source([need(1, 4)], [place(1)], Pool([small, large]))
    assert [(p.stock_id, p.quantity) for p in sourced.parts] == [(large.stock_id, 4)]


def why(shelves: list[Shelf], places: list[Place], wanted: Need, hold: str | None = None) -> Reason:
    return source([wanted], places, Pool(shelves), hold=hold).shortages[wanted.line_id]


def test_says_that_the_rest_is_promised():
    told = why([shelf(1, 1, 3, on_hand=8)], [place(1)], need(1, 5))
    assert told == Reason("promised", "3 of 5: the rest is promised to earlier orders")


def test_says_that_all_is_promised():
    told = why([shelf(1, 1, 0, on_hand=8)], [place(1)], need(1, 5))
    assert told == Reason("promised", "all 8 on hand are promised to earlier orders")


def test_says_that_there_is_none():
    assert why([], [place(1)], need(1, 5)) == Reason("none", "no stock at any node")
    assert why([shelf(1, 1, 2)], [place(1)], need(1, 5)) == Reason("none", "2 of 5: no more at any node")


def test_counts_what_the_line_had_before():
    assert why([], [], need(1, 2, allocated=3)) == Reason("none", "3 of 5: no more at any node")


def test_names_the_hub_that_is_out_of_reach():
    hub = place(1, 212_000, name="Hub X", reach_m=100_000)
    words = "only at Hub X, which is out of reach (212 km; its promise holds for 100 km)"
    assert why([shelf(1, 1, 9)], [hub], need(1, 5)) == Reason("elsewhere", words)
    some_had = why([shelf(1, 1, 9)], [hub], need(1, 5, allocated=2))
    assert some_had == Reason("elsewhere", f"2 of 7: the rest is {words}")


def test_says_what_lies_at_the_dock_is_past_its_date_or_behind_closed_doors():
    docked = why([shelf(1, 1, 0, on_hand=4, at_dock=True)], [place(1)], need(1, 5))
    assert docked == Reason("dock", "4 arrived at Node 1 and not put away yet")
    old = why([shelf(1, 1, 4, expired=True)], [place(1)], need(1, 5))
    assert old == Reason("expired", "4 at Node 1 past their date")
    closed = why([shelf(1, 1, 4)], [place(1, is_open=False)], need(1, 5))
    assert closed == Reason("closed", "4 at Node 1, which is closed")


def test_of_several_causes_all_are_told_and_the_first_is_the_code():
    shelves = [shelf(1, 1, 0, on_hand=4, at_dock=True), shelf(1, 1, 2, expired=True), shelf(2, 1, 3)]
    told = why(shelves, [place(1), place(2, is_open=False)], need(1, 5))
    assert told.code == "dock"
    assert told.words == (
        "4 arrived at Node 1 and not put away yet; 2 at Node 1 past their date; 3 at Node 2, which is closed"
    )


def test_too_many_causes_are_cut_short_and_keep_their_code():
    places = [place(n, is_open=False, name=f"Node {n} behind the hills") for n in range(1, 9)]
    told = why([shelf(n, 1, 3) for n in range(1, 9)], places, need(1, 5))
    assert (told.code, len(told.words), told.words[-1]) == ("closed", 200, "…")


def test_a_member_on_hold_waits_with_that_reason_and_takes_nothing():
    rows = [shelf(1, 1, 9)]
    told = why(rows, [place(1)], need(1, 5), hold="Invoice 7 is open")
    assert told == Reason("on_hold", "member on hold: Invoice 7 is open")
    assert rows[0].available == 9


def test_every_code_can_stand_in_the_column():
    assert set(Shortage) == set(CHOICES)


worlds = st.lists(
    st.builds(
        lambda node, sku, free, promised, dock, expired, day: shelf(
            node,
            sku,
            free,
            on_hand=free + promised,
            at_dock=dock,
            expired=expired,
            expires_on=day,
        ),
        st.integers(1, 5),
        st.integers(1, 4),
        st.integers(0, 6),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
        st.sampled_from([None, FEB, MAR]),
    ),
    max_size=25,
)
networks = st.lists(
    st.tuples(st.sampled_from([None, 500.0, 9_000.0, 20_000.0]), st.booleans(), st.booleans()),
    min_size=5,
    max_size=5,
)
baskets = st.lists(st.dictionaries(st.integers(1, 4), st.integers(1, 9), min_size=1), min_size=1, max_size=5)


def run(shelves: list[Shelf], network: list[tuple], orders: list[dict[int, int]]):
    places = [
        place(n, distance, is_open=is_open, in_use=in_use)
        for n, (distance, is_open, in_use) in enumerate(network, 1)
    ]
    pool = Pool(shelves)
    results = []
    for n, basket in enumerate(orders):
        needs = [need(100 * n + sku, quantity, sku) for sku, quantity in basket.items()]
        results.append((needs, source(needs, places, pool)))
    return places, results


@given(worlds, networks, baskets)
def test_never_promises_more_than_is_free_nor_what_cannot_be_picked(shelves, network, orders):
    free = {s.stock_id: 0 if s.at_dock or s.expired else s.available for s in shelves}
    _, results = run(shelves, network, orders)
    taken: dict[UUID, int] = defaultdict(int)
    for _, sourced in results:
        for part in sourced.parts:
            assert part.quantity > 0
            taken[part.stock_id] += part.quantity
    assert all(quantity <= free[stock] for stock, quantity in taken.items())


@given(worlds, networks, baskets)
def test_never_sends_from_out_of_reach_or_a_closed_node_and_explains_every_piece(shelves, network, orders):
    places, results = run(shelves, network, orders)
    good = {p.node_id for p in places if p.is_open and p.in_reach}
    for needs, sourced in results:
        assert {part.node_id for part in sourced.parts} <= good
        for wanted in needs:
            got = sum(p.quantity for p in sourced.parts if p.line_id == wanted.line_id)
            assert got <= wanted.quantity
            assert (wanted.line_id in sourced.shortages) == (got < wanted.quantity)
            if got < wanted.quantity:
                told = sourced.shortages[wanted.line_id]
                assert 0 < len(told.words) <= 200
                assert told.code in CHOICES


@given(worlds, networks, baskets)
def test_leaves_nothing_on_the_shelf_that_a_waiting_line_could_have(shelves, network, orders):
    places, results = run(shelves, network, orders)
    good = {p.node_id for p in places if p.is_open and p.in_reach}
    left: dict[UUID, int] = defaultdict(int)
    for s in shelves:
        if s.node_id in good and not s.at_dock and not s.expired:
            left[s.sku_id] += s.available
    for needs, sourced in results:
        for wanted in needs:
            if wanted.line_id in sourced.shortages:
                assert left[wanted.sku_id] == 0


@given(worlds, networks, st.dictionaries(st.integers(1, 4), st.integers(1, 9), min_size=1))
def test_one_node_when_one_node_would_do(shelves, network, basket):
    places = [
        place(n, distance, is_open=is_open, in_use=in_use)
        for n, (distance, is_open, in_use) in enumerate(network, 1)
    ]
    pool = Pool(shelves)
    needs = [need(sku, quantity) for sku, quantity in basket.items()]
    able = [
        p
        for p in places
        if p.is_open and p.in_reach and all(pool.free(n.sku_id, p.node_id) >= n.quantity for n in needs)
    ]
    sourced = source(needs, places, pool)
    if able:
        assert len({part.node_id for part in sourced.parts}) == 1
        assert not sourced.shortages
