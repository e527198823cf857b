"""SKU places: so many different SKUs a node of its tier may hold on a day."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Greatest

from fulfillment.capacity.availability.counters import Span
from fulfillment.capacity.models import PoolDay, SlotPool


def trim_places(back: Sequence[Span]) -> None:
    """Places beyond the tier's limit go when they are given back: nobody else may use what was added for one."""
    where = Q(pk__in=[])
    for span in back:
        where |= Q(pool=span.pool_id, day__range=(span.first, span.last))
    usual = Subquery(SlotPool.objects.filter(pk=OuterRef("pool")).values("slots")[:1])
    over = PoolDay.objects.filter(where, pool__kind=SlotPool.Kind.ASSORTMENT).alias(usual=usual)
    over.filter(capacity__gt=F("usual")).update(capacity=Greatest(F("booked"), usual))
