"""Which place somebody has among those who wait."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from fulfillment.capacity.models import WaitlistEntry


def places_in_queue(entries: Sequence[WaitlistEntry]) -> dict[UUID, int]:
    """For each that waits: which place it has among those who wait for any of the same days of the pool. One query."""
    waiting = [entry for entry in entries if entry.state == WaitlistEntry.State.WAITING]
    if not waiting:
        return {}
    before = (
        WaitlistEntry.objects.filter(
            state=WaitlistEntry.State.WAITING,
            pool=OuterRef("pool"),
            first_day__lte=OuterRef("last_day"),
            last_day__gte=OuterRef("first_day"),
        )
        .filter(
            Q(joined_at__lt=OuterRef("joined_at")) | Q(joined_at=OuterRef("joined_at"), id__lt=OuterRef("id"))
        )
        .order_by()
        .values("pool")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = WaitlistEntry.objects.filter(pk__in=[entry.pk for entry in waiting])
    counted = rows.annotate(ahead=Coalesce(Subquery(before), 0)).values_list("pk", "ahead")
    return {pk: ahead + 1 for pk, ahead in counted}
