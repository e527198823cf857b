from __future__ import annotations

from celery import shared_task

from coop.models import Node
from fulfillment.capacity import services


@shared_task(name="fulfillment.capacity.record_storage")
def record_storage() -> int:
    """Record occupied slot-days of every node up to today, missed days too. Returns how many days were recorded."""
    return sum(len(services.record_missing_storage(node=node)) for node in Node.objects.all())
