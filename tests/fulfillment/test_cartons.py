from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.packing.cartons import Box, Goods, lay, smallest, why_not

S = Box("S", 200, 150, 100, 2_000)
M = Box("M", 300, 200, 150, 5_000)
L = Box("L", 600, 400, 400, 20_000)
CARTONS = [L, S, M]

sides = st.integers(5, 250)
goods = st.builds(Goods, sides, sides, sides, st.integers(1, 900), st.integers(1, 4))
boxes = st.builds(Box, st.uuids().map(str), *[st.integers(20, 600)] * 3, st.integers(500, 30_000))


def test_takes_the_smallest_that_fits():
    assert smallest(CARTONS, [Goods(120, 100, 90, 400)]) == S
    assert smallest(CARTONS, [Goods(120, 100, 100, 400, 3)]) == M


def test_one_piece_may_fill_its_carton_to_the_brim():
    assert smallest(CARTONS, [Goods(100, 200, 150, 400)]) == S


def test_several_pieces_leave_room_for_padding():
    assert why_not(S, [Goods(100, 75, 100, 10, 4)]) == "too full"


def test_the_longest_side_decides_before_the_volume():
    assert "too long" in str(why_not(S, [Goods(210, 10, 10, 10)]))
    assert smallest(CARTONS, [Goods(500, 10, 10, 10)]) == L


def test_weight_decides_too():
    assert "too heavy" in str(why_not(S, [Goods(50, 50, 50, 2_001)]))
    assert smallest(CARTONS, [Goods(50, 50, 50, 2_001)]) == M


def test_volume_alone_would_promise_what_cannot_be_packed():
    # Two 60 mm cubes are 43 % of a 100 mm one, and no human puts both in.
    cube = Box("C", 100, 100, 100, 5_000)
    assert why_not(cube, [Goods(60, 60, 60, 10, 2)]) == "no way found to lay the pieces in"
    assert why_not(replace(cube, length_mm=120), [Goods(60, 60, 60, 10, 2)]) is None


def test_many_equal_pieces_stand_in_rows():
    assert why_not(L, [Goods(40, 40, 40, 1, 900)]) is None
    assert why_not(L, [Goods(40, 40, 40, 1, 1500)]) == "too full"


def test_none_when_nothing_takes_it():
    assert smallest(CARTONS, [Goods(900, 50, 50, 100)]) is None
    assert smallest([], [Goods(10, 10, 10, 1)]) is None


@pytest.mark.parametrize("turned", [(90, 120, 100), (100, 90, 120), (120, 100, 90)])
def test_it_does_not_matter_how_a_piece_was_measured(turned):
    long, wide, high = turned
    assert smallest(CARTONS, [Goods(long, wide, high, 400)]) == S


@given(boxes, st.lists(goods, min_size=1, max_size=4))
def test_laid_pieces_lie_inside_and_never_in_each_other(box, things):
    laid = lay(box, things)
    if laid is None:
        return
    assert len(laid) == sum(g.quantity for g in things)
    assert sum(p.dx * p.dy * p.dz for p in laid) == sum(g.volume_mm3 for g in things)
    length, width, height = box.sides
    for piece in laid:
        assert piece.x + piece.dx <= length
        assert piece.y + piece.dy <= width
        assert piece.z + piece.dz <= height
    for number, a in enumerate(laid):
        for b in laid[number + 1 :]:
            apart = (
                a.x + a.dx <= b.x or b.x + b.dx <= a.x
                or a.y + a.dy <= b.y or b.y + b.dy <= a.y
                or a.z + a.dz <= b.z or b.z + b.dz <= a.z
            )  # fmt: skip
            assert apart


@given(st.lists(boxes, max_size=6), st.lists(goods, min_size=1, max_size=3))
def test_what_is_chosen_takes_the_goods_and_nothing_smaller_does(cartons, things):
    chosen = smallest(cartons, things)
    takes = [b for b in cartons if why_not(b, things) is None]
    assert (chosen is None) == (not takes)
    if chosen:
        assert why_not(chosen, things) is None
        assert chosen.volume_mm3 == min(b.volume_mm3 for b in takes)


@given(st.lists(boxes, min_size=1, max_size=5), boxes, st.lists(goods, min_size=1, max_size=3))
def test_another_carton_on_the_shelf_never_makes_the_parcel_larger(cartons, more, things):
    before, after = smallest(cartons, things), smallest([*cartons, more], things)
    if before:
        assert after is not None
        assert after.volume_mm3 <= before.volume_mm3


@given(boxes, st.lists(goods, min_size=1, max_size=3))
def test_the_order_of_the_goods_does_not_matter(box, things):
    assert smallest([box], things) == smallest([box], things[::-1])
