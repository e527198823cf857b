"""Opening days ahead of those who book, so that booking finds them there."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import Node
from fulfillment.capacity.availability.counters import Span
from fulfillment.capacity.availability.opening import open_spans
from fulfillment.capacity.models import SlotPool

HORIZON_DAYS = 400


@act
def open_horizon(*, days: int = HORIZON_DAYS) -> int:
    """Open every day that is missing from today to `days` ahead, at each node's own today, for all pools at open nodes.

    Set-based: two queries and one insert a thousand days. Days that are open stay as they are. Returns how many were
    missing.
    """
    unlimited = Q(kind=SlotPool.Kind.ASSORTMENT, node__tier=Node.Tier.HUB)
    pools = SlotPool.objects.filter(node__is_open=True).exclude(unlimited)
    zones = pools.order_by().values_list("pk", "node__timezone")
    today = {zone: clock.today(zone) for _, zone in zones}
    ahead = dt.timedelta(days=days)
    return open_spans([Span(pool, today[zone], today[zone] + ahead, 0) for pool, zone in zones])
