"""Telling the outside world: written in the transaction that decided it, delivered after it, once.

A handler gets the message and does one outbound call with `message.key` as its idempotency key. It may run twice (the
process can die between the call and the mark): the receiver's idempotency, or ours, makes that harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction

from coop import clock
from coop.locks import lock_rows
from coop.runtime import failpoints
from coop.runtime.models import OutboxMessage

failpoints.declare("coop.outbox.called", "coop.outbox.marked")
log = structlog.get_logger(__name__)

Handler = Callable[[OutboxMessage], Any]
_handlers: dict[str, Handler] = {}

GIVE_UP_AFTER = 12
_RETRY_CAP = timedelta(hours=6)


class TryLater(Exception):
    """The outside world was not to be had; the message is tried again with growing pauses."""


def handler(topic: str) -> Callable[[Handler], Handler]:
    """Register the function that delivers messages of `topic`. Its return value (JSON) is kept as the response."""

    def register(function: Handler) -> Handler:
        _handlers[topic] = function
        return function

    return register


def topics() -> list[str]:
    """The topics that have a handler."""
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
    transaction.on_commit(partial(_nudge), robust=True)


def _nudge() -> None:
    """Wake the worker; a lost nudge costs only the few seconds until the schedule comes round."""
    from coop.runtime.tasks import deliver_outbox

    deliver_outbox.delay()


def deliver_due(*, limit: int = 100, topic: str | None = None) -> int:
    """Deliver what is due, oldest first; other workers take other rows. Returns how many were sent."""
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            due = OutboxMessage.objects.filter(state="pending", next_attempt_at__lte=clock.now())
            if topic:
                due = due.filter(topic=topic)
            claimed = lock_rows(due.order_by("next_attempt_at", "id"), skip_locked=True, limit=1)
            if not claimed:
                return sent
            sent += _deliver(claimed[0])
    return sent


def _deliver(message: OutboxMessage) -> bool:
    """Call the handler and mark the row, which stays locked meanwhile: no second worker can take it."""
    message.attempts += 1
    try:
        # A handler that writes does so in a savepoint, so that its failure does not take the mark with it.
        with transaction.atomic():
            response = _handlers[message.topic](message)
    except Exception as error:
        log.warning("outbox.failed", topic=message.topic, key=message.key, error=str(error))
        message.last_error = f"{type(error).__name__}: {error}"[:2000]
        pause = min(timedelta(seconds=5 * 2**message.attempts), _RETRY_CAP)
        message.next_attempt_at = clock.now() + pause
        if message.attempts >= GIVE_UP_AFTER and not isinstance(error, TryLater):
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
