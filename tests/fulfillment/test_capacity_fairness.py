"""The rule of the waiting list: in order, whole asks only, nobody served is overtaken, nothing kept idle for a misfit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.capacity.availability.fairness import fits, left_for_others, serve

counts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 6))
wants = st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 4), min_size=1), max_size=6)


def test_who_joined_first_is_served_first() -> None:
    assert serve({"mon": 1}, [{"mon": 1}, {"mon": 1}]) == [0]


def test_all_days_or_none() -> None:
    assert serve({"mon": 1, "tue": 0}, [{"mon": 1, "tue": 1}]) == []


def test_an_ask_that_does_not_fit_blocks_nobody_behind_it() -> None:
    assert serve({"mon": 2}, [{"mon": 3}, {"mon": 2}]) == [1]


def test_a_newcomer_takes_only_what_those_who_wait_leave() -> None:
    assert not fits(left_for_others({"mon": 2}, [{"mon": 2}]), {"mon": 1})
    assert fits(left_for_others({"mon": 3}, [{"mon": 2}]), {"mon": 1})
    # Nobody who waits could use it now.
    assert fits(left_for_others({"mon": 2}, [{"mon": 3}]), {"mon": 2})


def test_a_day_that_nobody_knows_has_nothing() -> None:
    assert not fits({}, {"mon": 1})


@given(free=counts, asks=wants)
def test_never_more_is_served_than_there_is_and_whoever_fits_is_served(
    free: dict[str, int], asks: list[dict[str, int]]
) -> None:
    served = serve(free, asks)
    left = dict(free)
    for position, ask in enumerate(asks):
        assert (position in served) == fits(left, ask)
        if position in served:
            for key, n in ask.items():
                left[key] -= n
    assert all(n >= 0 for n in left.values())


@given(free=counts, asks=wants, more=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 4), min_size=1))
def test_a_newcomer_changes_nothing_for_those_who_wait(
    free: dict[str, int], asks: list[dict[str, int]], more: dict[str, int]
) -> None:
    if fits(left_for_others(free, asks), more):
        left = {key: n - more.get(key, 0) for key, n in free.items()}
        assert serve(left, asks) == serve(free, asks)
