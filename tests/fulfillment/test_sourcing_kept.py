"""What is kept for a claim is promised to its orders, and to nobody else, however orders come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coop.kernel.reasons import Reason
from fulfillment.orders.sourcing import Kept, Pool, source
from tests.fulfillment.test_sourcing import need, place, shelf, uid

CLAIM, OTHER = uid(900), uid(901)


def kept(node: int, sku: int, pieces: int, claim=CLAIM) -> Kept:
    return Kept(claim, uid(node), uid(sku), pieces)


def got(sourced) -> int:
    return sum(part.quantity for part in sourced.parts)


def test_an_ordinary_order_gets_what_is_not_kept():
    pool = Pool([shelf(1, 1, 5)], [kept(1, 1, 3)])
    sourced = source([need(1, 4)], [place(1)], pool)
    assert got(sourced) == 2
    assert not pool.used


def test_an_order_of_the_claim_gets_what_is_kept_and_what_is_free():
    pool = Pool([shelf(1, 1, 5)], [kept(1, 1, 3)])
    assert got(source([need(1, 4)], [place(1)], pool, claim=CLAIM)) == 4
    assert dict(pool.used) == {(CLAIM, uid(1), uid(1)): 3}
    assert got(source([need(2, 1, 1)], [place(1)], pool)) == 1


def test_another_claim_gets_none_of_it():
    pool = Pool([shelf(1, 1, 5)], [kept(1, 1, 3), kept(1, 1, 2, OTHER)])
    assert got(source([need(1, 5)], [place(1)], pool, claim=OTHER)) == 2
    assert dict(pool.used) == {(OTHER, uid(1), uid(1)): 2}


def test_what_is_kept_may_lie_at_the_dock_yet():
    pool = Pool([shelf(1, 1, 5), shelf(1, 1, 3, at_dock=True)], [kept(1, 1, 3)])
    assert got(source([need(1, 9)], [place(1)], pool)) == 5


def test_it_says_what_is_kept():
    pool = Pool([shelf(1, 1, 5)], [kept(1, 1, 5)])
    why = source([need(1, 1)], [place(1)], pool).shortages[uid(1)]
    assert why == Reason("kept", "5 at Node 1 are kept for a drop")


@st.composite
def worlds(draw):
    free = draw(st.integers(0, 12))
    dock = draw(st.integers(0, 6))
    mine = draw(st.integers(0, free + dock))
    theirs = draw(st.integers(0, free + dock - mine))
    orders = draw(
        st.lists(st.tuples(st.sampled_from([None, CLAIM, OTHER]), st.integers(1, 6)), min_size=1, max_size=8)
    )
    return free, dock, mine, theirs, orders


@given(worlds())
def test_however_orders_come_nobody_takes_what_is_kept_for_another(world):
    free, dock, mine, theirs, orders = world
    shelves = [shelf(1, 1, free), shelf(1, 1, dock, at_dock=True)]
    marks = [kept(1, 1, mine), kept(1, 1, theirs, OTHER)]
    pool = Pool(shelves, marks)
    promised = {None: 0, CLAIM: 0, OTHER: 0}
    for number, (claim, quantity) in enumerate(orders):
        pieces = got(source([need(number + 1, quantity, 1)], [place(1)], pool, claim=claim))
        promised[claim] += pieces
        # What is left there always covers what is still kept.
        assert sum(s.available for s in shelves) >= sum(mark.pieces for mark in marks)
        if pieces < quantity:  # only because the rest is kept for others, or is not there
            assert pool.free(uid(1), uid(1), claim) == 0
    for mark, before in zip(marks, (mine, theirs), strict=True):
        used = pool.used.get((mark.claim, uid(1), uid(1)), 0)
        assert (mark.pieces, used) == (before - used, min(before, promised[mark.claim]))
    assert sum(promised.values()) + sum(s.available for s in shelves) == free + dock
