from __future__ import annotations

from celery import shared_task

from coop.runtime import outbox


@shared_task(name="coop.runtime.deliver_outbox")
def deliver_outbox() -> int:
    """Deliver what is due in the outbox."""
    return outbox.deliver_due()
