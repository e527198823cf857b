"""Telling the outside world: written in the transaction that decided it, delivered after it, once.

A handler gets the message and does one outbound call with `message.key` as its idempotency key. It may run twice (the
process can die between the call and the mark): the receiver's idempotency, or ours, makes that harmless.

A handler that needs several calls is registered `in_steps`: it runs outside any transaction and commits what it has
achieved after each call, so that no transaction stays open over the network and the next try knows what this one did.
Meanwhile an advisory lock, which a killed process gives up by dying, keeps other workers off the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import QuerySet

from coop.kernel import clock
from coop.kernel.locks import lock_rows
from coop.kernel.rooms import discover
from coop.runtime import failpoints
from coop.runtime.models import OutboxMessage
from coop.runtime.nudges import send_after_commit

failpoints.declare("coop.outbox.called", "coop.outbox.marked")
log = structlog.get_logger(__name__)

Handler = Callable[[OutboxMessage], Any]
_handlers: dict[str, Handler] = {}
_in_steps: set[str] = set()

_DELIVER = "coop.runtime.deliver_outbox"
GIVE_UP_AFTER = 12
_RETRY_CAP = timedelta(hours=6)


class TryLater(Exception):
    """The outside world was not to be had; the message is tried again with growing pauses."""


class GiveUp(Exception):
    """The outside world said no, and will say so again; the message fails at once and a person decides."""


def handler(topic: str, *, in_steps: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that delivers messages of `topic`. Its return value (JSON) is kept as the response.

    Raises ImproperlyConfigured for a topic that somebody delivers already: one of the two would never be called.
    """

    def register(function: Handler) -> Handler:
        if topic in _handlers:
            raise ImproperlyConfigured(
                f"two handlers deliver {topic!r}: {_handlers[topic]!r} and {function!r}"
            )
        _handlers[topic] = function
        if in_steps:
            _in_steps.add(topic)
        return function

    return register


@cache
def know_handlers() -> None:
    """A worker has imported every room's tasks; a command that delivers has not."""
    discover("tasks")


def topics() -> list[str]:
    """The topics that have a handler."""
    know_handlers()
    return sorted(_handlers)


def enqueue(*, topic: str, key: str, payload: Mapping[str, Any]) -> None:
    """Write a message down, in the caller's transaction. The same topic and key twice is one message."""
    enqueue_many(topic=topic, messages={key: payload})


def enqueue_many(*, topic: str, messages: Mapping[str, Mapping[str, Any]]) -> None:
    """The same for many messages by their keys: one statement, and the worker is woken once."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("enqueue() belongs into the act's transaction")
    if not messages:
        return
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(topic=topic, key=key, payload=dict(payload)) for key, payload in messages.items()],
        ignore_conflicts=True,
        batch_size=1000,
    )
    send_after_commit(_DELIVER)


def try_again(*, message: OutboxMessage) -> bool:
    """A person wants it tried once more, now. False when it is sent by now."""
    with transaction.atomic():
        waiting = OutboxMessage.objects.filter(pk=message.pk).exclude(state=OutboxMessage.State.SENT)
        moved = waiting.update(state=OutboxMessage.State.PENDING, attempts=0, next_attempt_at=clock.now())
        send_after_commit(_DELIVER)
    return bool(moved)


def deliver_due(*, limit: int = 100, topic: str | None = None) -> int:
    """Deliver what is due, oldest first; other workers take other rows. Returns how many were sent."""
    know_handlers()
    sent = 0
    # First what is one call, so that a slow partner with many steps holds up nobody's mail.
    if topic not in _in_steps:
        sent += _deliver_locked(topic, limit)
    if topic is None or topic in _in_steps:
        sent += _deliver_in_steps(topic, limit)
    return sent


def _due(topic: str | None) -> QuerySet[OutboxMessage]:
    due = OutboxMessage.objects.filter(state="pending", next_attempt_at__lte=clock.now())
    return due.filter(topic=topic) if topic else due


def _deliver_locked(topic: str | None, limit: int) -> int:
    """Each message in one transaction, its row locked meanwhile: no second worker can take it."""
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            due = _due(topic).exclude(topic__in=_in_steps)
            claimed = lock_rows(due.order_by("next_attempt_at", "id"), skip_locked=True, limit=1)
            if not claimed:
                break
            sent += _deliver(claimed[0])
    return sent


def _deliver_in_steps(topic: str | None, limit: int) -> int:
    """Each message outside any transaction, behind an advisory lock of this session."""
    sent = 0
    ids = (
        _due(topic).filter(topic__in=_in_steps).order_by("next_attempt_at", "id").values_list("pk", flat=True)
    )
    for pk in list(ids[:limit]):
        with _claimed(pk) as mine:
            # Read again behind the lock: whoever held it before us may have delivered it.
            message = _due(topic).filter(pk=pk).first() if mine else None
            if message is not None:
                sent += _deliver(message)
    return sent


@contextmanager
def _claimed(pk: UUID) -> Iterator[bool]:
    key = pk.int & (2**63 - 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _deliver(message: OutboxMessage) -> bool:
    """Call the handler and mark the message with what became of it."""
    message.attempts += 1
    try:
        response = _call(message)
    except Exception as error:
        log.warning("outbox.failed", topic=message.topic, key=message.key, error=str(error))
        message.last_error = f"{type(error).__name__}: {error}"[:2000]
        pause = min(timedelta(seconds=5 * 2 ** min(message.attempts, 20)), _RETRY_CAP)
        message.next_attempt_at = clock.now() + pause
        hopeless = message.attempts >= GIVE_UP_AFTER and not isinstance(error, TryLater)
        if hopeless or isinstance(error, GiveUp):
            message.state = OutboxMessage.State.FAILED
        message.save(update_fields=["attempts", "last_error", "next_attempt_at", "state"])
        return False
    failpoints.reach("coop.outbox.called")
    message.state = OutboxMessage.State.SENT
    message.sent_at = clock.now()
    message.response = response
    message.save(update_fields=["attempts", "state", "sent_at", "response"])
    failpoints.reach("coop.outbox.marked")
    return True


def _call(message: OutboxMessage) -> Any:
    if message.topic in _in_steps:
        return _handlers[message.topic](message)
    # A handler that writes does so in a savepoint, so that its failure does not take the mark with it.
    with transaction.atomic():
        return _handlers[message.topic](message)
