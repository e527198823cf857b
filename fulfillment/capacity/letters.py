"""Telling members what became of their place on the list, or of their booking."""

from __future__ import annotations

from uuid import UUID

from coop.runtime import outbox
from fulfillment.capacity.models import WaitlistEntry

TOPIC = "mail.slots"


def tell(what: str, entry: WaitlistEntry) -> None:
    """Write the letter down, in the caller's transaction: `offered` or `lapsed`."""
    offer = entry.offer_id or entry.pk
    outbox.enqueue(
        topic=TOPIC, key=f"{what}:{entry.pk}:{offer}", payload={"what": what, "about": str(entry.pk)}
    )


def tell_displaced(booking: UUID, lost: list[str], reason: str, key: str) -> None:
    """The node took slots of this booking back on the `lost` days (spans in words), and why."""
    outbox.enqueue(
        topic=TOPIC,
        key=f"displaced:{booking}:{key}",
        payload={"what": "displaced", "about": str(booking), "lost": lost, "reason": reason},
    )
