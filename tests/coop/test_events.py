"""Who publishes knows nobody who hears; each hears once, in a message of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from coop.runtime import outbox
from coop.runtime.events import Event
from coop.runtime.models import OutboxMessage


@pytest.fixture
def moved() -> Iterator[Event]:
    event = Event("shelf.moved")
    known = dict(outbox._handlers)
    yield event
    outbox._handlers.clear()
    outbox._handlers.update(known)


def test_each_hearer_gets_a_message_of_its_own_and_one_that_fails_holds_up_nobody(
    fresh_db: str, moved: Event
) -> None:
    heard: list[str] = []

    @moved.heard("test.first")
    def first(message: OutboxMessage) -> None:
        raise outbox.TryLater("not now")

    @moved.heard("test.second")
    def second(message: OutboxMessage) -> None:
        heard.append(message.payload["shelf"])

    for _ in range(2):  # told twice is once
        with transaction.atomic():
            moved.publish(key="shelf:7:moved", payload={"shelf": "7"})
    outbox.deliver_due()
    outbox.deliver_due()
    assert heard == ["7"]
    states = dict(OutboxMessage.objects.values_list("topic", "state"))
    assert states == {"test.first": "pending", "test.second": "sent"}


def test_what_was_undone_is_heard_by_nobody(fresh_db: str, moved: Event) -> None:
    moved.heard("test.third")(lambda message: None)
    with transaction.atomic():
        moved.publish(key="shelf:8:moved", payload={})
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


def test_an_event_outside_an_act_is_refused(fresh_db: str, moved: Event) -> None:
    moved.heard("test.fourth")(lambda message: None)
    with pytest.raises(transaction.TransactionManagementError):
        moved.publish(key="shelf:9:moved", payload={})


def test_a_topic_has_one_handler(moved: Event) -> None:
    moved.heard("test.fifth")(lambda message: None)
    with pytest.raises(ImproperlyConfigured, match=r"two handlers deliver 'test\.fifth'"):
        outbox.handler("test.fifth")(lambda message: None)
