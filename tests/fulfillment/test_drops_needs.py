"""What a drop needs, and who gets what when it comes short: pure rules."""

from __future__ import annotations

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from coop.nodes.hours import Schedule
from fulfillment.drops.plan.needs import GoodsToStore, LegGoods, needs_of, share, spread
from fulfillment.drops.plan.run_times import shifted
from fulfillment.drops.sale.fairness import PreorderedLine, share_out

BERLIN = ZoneInfo("Europe/Berlin")
LITRE = 1_000_000
MON = dt.date(2027, 3, 22)


def schedule(*closed: dt.date) -> Schedule:
    return Schedule(BERLIN, dt.time(14), {d: (dt.time(8), dt.time(18)) for d in range(5)}, frozenset(closed))


def at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), tzinfo=BERLIN).astimezone(dt.UTC)


def leg(pieces: int = 100, *closed: dt.date, storage: str = "ambient", litres: int = 3) -> LegGoods:
    return LegGoods(
        [GoodsToStore(UUID(int=1), pieces, litres * LITRE, storage)], at(MON, 8), schedule(*closed)
    )


def test_slots_follow_from_volumes_by_storage_class_rounded_up() -> None:
    goods = [
        GoodsToStore(UUID(int=n), 10, 3 * LITRE, cls) for n, cls in enumerate(("ambient", "ambient", "cold"))
    ]
    [need] = needs_of(
        [LegGoods(goods, at(MON, 8), schedule())],
        opens_at=at(MON, 9),
        closes_at=None,
        burst_days=1,
        burst_picks=30,
    )
    assert [(r.storage_class, r.skus, r.slots(60), r.slots(50)) for r in need.storage] == [
        ("ambient", 2, 1, 2),
        ("cold", 1, 1, 1),
    ]


def test_the_burst_begins_on_the_day_that_ships_the_opening_and_counts_working_days() -> None:
    # Opens on Friday after the cutoff: what is bought then leaves on Monday, which is closed.
    friday, monday = dt.date(2027, 3, 26), dt.date(2027, 3, 29)
    [need] = needs_of(
        [leg(100, monday)], opens_at=at(friday, 15), closes_at=None, burst_days=2, burst_picks=101
    )
    assert need.picks == [(dt.date(2027, 3, 30), 51), (dt.date(2027, 3, 31), 50)]
    assert (need.dock_day, need.shelf_until) == (MON, dt.date(2027, 3, 31))


def test_slots_are_kept_until_the_drop_closes() -> None:
    [need] = needs_of(
        [leg()], opens_at=at(MON, 9), closes_at=at(dt.date(2027, 4, 9), 23), burst_days=1, burst_picks=1
    )
    assert need.shelf_until == dt.date(2027, 4, 9)


def test_picks_are_shared_over_the_legs_by_their_pieces() -> None:
    needs = needs_of([leg(75), leg(25)], opens_at=at(MON, 9), closes_at=None, burst_days=1, burst_picks=50)
    assert [sum(n for _, n in need.picks) for need in needs] == [38, 12]


@given(st.integers(0, 10_000), st.lists(st.integers(0, 500), min_size=1, max_size=9))
def test_shares_add_up_and_are_off_by_less_than_one(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    if sum(weights) == 0:
        assert not any(parts)
        return
    assert sum(parts) == total
    assert all(abs(p * sum(weights) - total * w) < sum(weights) for p, w in zip(parts, weights, strict=True))


def test_nothing_is_spread_over_days_without_any() -> None:
    assert spread(1, [MON, MON + dt.timedelta(days=1)]) == [(MON, 1)]


def test_an_opening_moves_by_days_on_the_nodes_wall_across_daylight_saving() -> None:
    before, after = at(MON, 8), at(dt.date(2027, 3, 29), 8)  # clocks turn on the 28th
    moved = shifted(at(dt.date(2027, 3, 24), 19), [(BERLIN, before, after)])
    assert moved.astimezone(BERLIN) == dt.datetime(2027, 3, 31, 19, tzinfo=BERLIN)
    assert moved - at(dt.date(2027, 3, 24), 19) == dt.timedelta(days=7, hours=-1)


# --- Fairness -----------------------------------------------------------------------------------------------------------

A, B = UUID(int=1), UUID(int=2)


def wishes(*told: tuple[str, int]) -> list[PreorderedLine]:
    return [PreorderedLine(UUID(int=100 + n), buyer, A, pieces) for n, (buyer, pieces) in enumerate(told)]


def shared(told: list[PreorderedLine], have: int, rule: str, seed: str = "") -> list[int]:
    got = share_out(told, {A: have}, rule, seed=seed)
    return [got[wish.line_id] for wish in told]


def test_first_come_first_served() -> None:
    assert shared(wishes(("ada", 3), ("bob", 3), ("cem", 3)), 5, "first_come") == [3, 2, 0]


def test_one_for_everybody_then_the_second() -> None:
    assert shared(wishes(("ada", 3), ("bob", 1), ("cem", 3)), 5, "one_each") == [2, 1, 2]


def test_two_orders_of_one_buyer_count_as_one() -> None:
    told = wishes(("ada", 1), ("ada", 1), ("bob", 2))
    assert shared(told, 2, "one_each") == [1, 0, 1]
    for seed in "abcdef":
        first, second, third = shared(told, 2, "lottery", seed)
        assert (first + second, third) in ((2, 0), (0, 2))


def test_the_lottery_can_be_drawn_again_and_depends_on_the_drop() -> None:
    told = wishes(*((f"buyer{n}", 1) for n in range(50)))
    assert shared(told, 20, "lottery", "x") == shared(told, 20, "lottery", "x")
    assert shared(told, 20, "lottery", "x") != shared(told, 20, "lottery", "y")
    assert shared(told, 20, "lottery", "x") != [1] * 20 + [0] * 30


WISHES = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from([A, B]), st.integers(1, 6)), min_size=1, max_size=20
)


@given(WISHES, st.integers(0, 40), st.integers(0, 40), st.sampled_from(["first_come", "one_each", "lottery"]))
def test_no_piece_is_given_twice_nor_left_over(
    told: list[tuple[str, UUID, int]], a: int, b: int, rule: str
) -> None:
    lines = [PreorderedLine(UUID(int=100 + n), *wish) for n, wish in enumerate(told)]
    have = {A: a, B: b}
    got = share_out(lines, dict(have), rule, seed="s")
    assert all(0 <= got[w.line_id] <= w.quantity for w in lines)
    for sku, pieces in have.items():
        wanted = sum(w.quantity for w in lines if w.sku_id == sku)
        assert sum(got[w.line_id] for w in lines if w.sku_id == sku) == min(pieces, wanted)


@given(WISHES, st.integers(0, 40))
def test_one_each_leaves_nobody_two_behind(told: list[tuple[str, UUID, int]], have: int) -> None:
    lines = [PreorderedLine(UUID(int=100 + n), buyer, A, pieces) for n, (buyer, _, pieces) in enumerate(told)]
    got = share_out(lines, {A: have}, "one_each")
    has: dict[str, int] = {}
    wants: dict[str, int] = {}
    for wish in lines:
        has[wish.buyer] = has.get(wish.buyer, 0) + got[wish.line_id]
        wants[wish.buyer] = wants.get(wish.buyer, 0) + wish.quantity
    most = max(has.values())
    assert all(has[buyer] >= min(wants[buyer], most - 1) for buyer in has)
