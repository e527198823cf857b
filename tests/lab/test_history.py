"""The checker finds the order that explains a history, and refuses a history that none explains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.history import Call, Undecided, serial_order


def take(begin: float, end: float, n: int = 1) -> Call:
    return Call(begin, end, change=n)


def told(begin: float, end: float, free: int) -> Call:
    return Call(begin, end, told=free)


def test_an_empty_history_is_legal() -> None:
    assert serial_order([], 1) == []


def test_one_after_the_other_stays_in_order() -> None:
    assert serial_order([take(0, 1), take(2, 3), take(4, 5, -1), take(6, 7)], 2) == [0, 1, 2, 3]


def test_finds_the_order_that_the_answers_ask_for() -> None:
    # Made first, answered last: it was served last, for the other was told that all is free.
    assert serial_order([take(0, 10, 3), told(1, 9, 3)], 3) == [1, 0]


def test_refuses_more_than_there_is() -> None:
    assert serial_order([take(0, 1), take(0, 1)], 1) is None


def test_refuses_what_is_right_only_against_the_clock() -> None:
    # Given back after the second taker was answered: nobody could have sold it before.
    assert serial_order([take(0, 1), take(2, 3), take(4, 5, -1)], 1) is None


def test_refuses_an_answer_that_was_never_true() -> None:
    assert serial_order([take(0, 1), told(2, 3, 1)], 1) is None
    assert serial_order([take(0, 1), told(0.5, 3, 1)], 1) == [1, 0]


def test_refuses_giving_back_what_nobody_has() -> None:
    assert serial_order([take(0, 1, -1), take(2, 3)], 1) is None


def test_says_when_it_gives_up() -> None:
    with pytest.raises(Undecided):
        serial_order([take(0, 1) for _ in range(20)], 10, steps=5)


CALLS = st.lists(
    st.tuples(st.integers(-2, 3), st.floats(0, 5, width=16), st.floats(0, 5, width=16), st.booleans()),
    max_size=40,
)


@given(CALLS, st.integers(1, 6))
def test_what_did_happen_in_some_order_is_legal(played: list, capacity: int) -> None:
    """Played one after the other on a counter, then seen by clients whose clocks began earlier and ended later."""
    taken, calls = 0, []
    for moment, (n, before, after, asks) in enumerate(played):
        if asks:
            calls.append(Call(moment - before, moment + after, told=capacity - taken))
        elif 0 <= taken + n <= capacity:
            taken += n
            calls.append(Call(moment - before, moment + after, change=n))
    order = serial_order(calls, capacity)
    assert order is not None
    assert sorted(order) == list(range(len(calls)))


@given(st.integers(1, 5), st.integers(1, 30))
def test_one_slot_too_many_is_always_found(capacity: int, turns: int) -> None:
    calls = [call for n in range(turns) for call in (take(n, n + 0.9), take(n + 0.1, n + 1, -1))]
    calls += [take(turns + 1, turns + 9) for _ in range(capacity + 1)]
    assert serial_order(calls, capacity) is None
