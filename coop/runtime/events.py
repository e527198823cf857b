"""Telling the rooms above: a room says what happened, and knows nobody who hears of it.

    issued = Event("invoice.issued")                      # billing/invoices/events.py

    issued.publish(key=f"invoice:{invoice.pk}", payload={"invoice": str(invoice.pk)})      # in the act

    @issued.heard("stripe.invoice", in_steps=True)        # billing/payments/tasks.py, a room above
    def push_invoice(message: OutboxMessage) -> dict[str, str]: ...

Whoever hears imports the event from the room that it happens in, so that the import contracts keep the direction. Each
hearer has an outbox message of its own, written in the transaction of the act: one that fails is tried again and holds
up nobody, and what is published twice under one key is heard once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coop.runtime import outbox


class Event:
    """Something that happens in one room. `name` is "what.happened", for people who read the code."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._topics: list[str] = []

    def publish(self, *, key: str, payload: Mapping[str, Any]) -> None:
        """Write one message for each who hears. `key` is derived from what happened: the same key is the same event.

        Raises TransactionManagementError outside a transaction.
        """
        outbox.know_handlers()
        for topic in self._topics:
            outbox.enqueue(topic=topic, key=key, payload=payload)

    def heard(self, topic: str, *, in_steps: bool = False) -> Callable[[outbox.Handler], outbox.Handler]:
        """Register a function of `tasks.py` as one who hears; `topic` names its messages in the outbox."""
        deliver = outbox.handler(topic, in_steps=in_steps)

        def register(function: outbox.Handler) -> outbox.Handler:
            self._topics.append(topic)
            return deliver(function)

        return register
