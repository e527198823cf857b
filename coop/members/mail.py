"""The letters this room writes. Each is an outbox row of (what, about whom); its words are made when it leaves."""

from __future__ import annotations

from uuid import UUID

from coop.runtime import outbox

TOPIC = "members.mail"


def tell(what: str, about: UUID) -> None:
    """Send the letter `what` about the row `about`, once, after the caller's transaction."""
    outbox.enqueue(topic=TOPIC, key=f"{what}:{about}", payload={"what": what, "about": str(about)})
