from __future__ import annotations

from coop.runtime import outbox
from coop.runtime.schedule import scheduled


@scheduled("coop.runtime.deliver_outbox", seconds=5)
def deliver_outbox() -> int:
    """Deliver what is due in the outbox."""
    return outbox.deliver_due()
