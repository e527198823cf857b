"""A pick meets somebody who works on the same rows: whoever comes second waits, and nobody is told "busy".

Each meeting is forced at the very point where the two would hold what the other wants next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from coop.kernel.errors import Busy, DomainError
from coop.runtime.audit import proofs
from fulfillment.inventory.services import Place, adjust_stock, counts
from fulfillment.models import Batch, CountTask, Order, Stock
from fulfillment.orders.errors import TooLateToCancel
from fulfillment.orders.services import cancel_order, handling
from fulfillment.picking.services import (
    Confirmed,
    PickResult,
    claim_batch,
    confirm_picks,
    picks,
    release_wave,
)
from tests import world

pytestmark = pytest.mark.usefixtures("fresh_db")
# Longer than it takes to come to a lock, shorter than the time after which a lock is given up.
_WHILE_S = 1.0


@pytest.fixture(autouse=True)
def _unblocked(fresh_db: str, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield
        connection.close()


class Meeting:
    """One stop to pick, and two who come to it in the same moment."""

    def __init__(self) -> None:
        self.node, self.picker = world.make_node(), world.make_user()
        self.order = world.make_allocated_order(world.make_member(), self.node)
        self.stock = Stock.objects.get(on_hand__gt=0)
        release_wave(node=self.node, by=None)
        batch = claim_batch(node=self.node, picker=self.picker)
        assert batch is not None
        self.batch: Batch = batch
        self.task = self.batch.tasks.get()
        self.first_is_there, self.second_is_there = threading.Event(), threading.Event()

    def pick(self, quantity: int) -> Confirmed:
        return confirm_picks(batch=self.batch, results=[PickResult(self.task.pk, quantity)], by=self.picker)

    def wait_for_second(self) -> None:
        """The first stands on its locks until the second has its own, or long enough to see that it waits."""
        self.first_is_there.set()
        self.second_is_there.wait(_WHILE_S)

    def of(self, first: Callable[[], object], second: Callable[[], object]) -> tuple[object, object]:
        """What comes of both; a refusal is an answer."""

        def then() -> object:
            assert self.first_is_there.wait(20)
            return second()

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(_answer, act) for act in (first, then)]
            return answers[0].result(), answers[1].result()


def _answer(act: Callable[[], object]) -> object:
    try:
        return act()
    except DomainError as error:
        return error
    finally:
        connection.close()


def _after(patch: pytest.MonkeyPatch, module: Any, name: str, then: Callable[[], None]) -> None:
    """Do something right after each call of a function."""
    real = getattr(module, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        then()
        return answer

    patch.setattr(module, name, call)


def _before(patch: pytest.MonkeyPatch, module: Any, name: str, first: Callable[[], None]) -> None:
    real = getattr(module, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        first()
        return real(*args, **kwargs)

    patch.setattr(module, name, call)


def _violations() -> list[str]:
    return [words for proof in proofs() if proof.room.startswith("fulfillment.") for words in proof.check()]


def _pick_and_cancel(patch: pytest.MonkeyPatch) -> tuple[Meeting, object, object]:
    meeting = Meeting()
    _after(patch, picks, "move_stock", meeting.wait_for_second)
    # The order is locked by then, its stock is wanted next.
    _before(patch, handling, "free_stock", meeting.second_is_there.set)
    return meeting, *meeting.of(lambda: meeting.pick(1), lambda: cancel_order(order=meeting.order, by=None))


def test_a_pick_and_a_cancellation_of_its_order_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting, picked, cancelled = _pick_and_cancel(monkeypatch)
    assert isinstance(picked, Confirmed)
    assert picked.picked == [meeting.task.pk]
    assert isinstance(cancelled, TooLateToCancel)
    assert Order.objects.get(pk=meeting.order.pk).state == "picked"
    assert _violations() == []


def test_without_the_orders_locked_first_one_of_them_is_told_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the pick moves the goods before it holds the order."""
    monkeypatch.setattr(picks, "lock_orders_of", lambda *, allocation_ids: [])
    _, *answers = _pick_and_cancel(monkeypatch)
    assert any(isinstance(answer, Busy) for answer in answers), answers
    assert _violations() == []


def _short_pick_and_adjustment(patch: pytest.MonkeyPatch) -> tuple[Meeting, object, object]:
    """Nothing is there, says the picker; nothing is there, says who looks at the same bin."""
    meeting = Meeting()
    place = Place.of(meeting.stock)
    _after(patch, picks, "move_stock", meeting.wait_for_second)
    # The count is asked for by then, the stock is wanted next.
    _after(patch, counts, "open_count", meeting.second_is_there.set)
    return meeting, *meeting.of(
        lambda: meeting.pick(0), lambda: adjust_stock(place=place, counted=0, reason="Empty", by=None)
    )


def test_a_short_pick_and_an_adjustment_of_its_bin_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meeting, picked, adjusted = _short_pick_and_adjustment(monkeypatch)
    assert isinstance(picked, Confirmed)
    assert picked.short == [meeting.task.pk]
    assert isinstance(adjusted, CountTask)
    assert CountTask.objects.get().state == "done"
    assert Stock.objects.get(pk=meeting.stock.pk).on_hand == 0
    assert _violations() == []


def test_with_the_count_asked_for_after_the_move_one_of_them_is_told_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: stock first, then the count."""
    real, later = picks.open_count, []
    monkeypatch.setattr(picks, "open_count", lambda **facts: later.append(facts))
    _before(monkeypatch, picks, "note_picked", lambda: [real(**facts) for facts in later] and None)
    _, *answers = _short_pick_and_adjustment(monkeypatch)
    assert any(isinstance(answer, Busy) for answer in answers), answers
    assert _violations() == []
