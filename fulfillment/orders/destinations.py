"""Where orders went, for a map."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.db.models.functions import Round

from coop.kernel import clock
from coop.web.maps import Dot
from fulfillment.orders.models import Order


@dataclass(frozen=True)
class Destinations:
    """Where orders went: summed to about a kilometre, and how many named no place that could be drawn."""

    dots: list[Dot]
    without_place: int


def where_orders_went(orders: QuerySet[Order], *, days: int = 90) -> Destinations:
    """The places of what was ordered in the last `days` and not cancelled."""
    recent = orders.filter(placed_at__gte=clock.now() - dt.timedelta(days=days)).exclude(state="cancelled")
    places = (
        recent.filter(latitude__isnull=False)
        .annotate(north=Round("latitude", 2), east=Round("longitude", 2))
        .values_list("north", "east", "city")
        .annotate(n=Count("pk"))
        .order_by("north", "east", "city")
    )
    return Destinations(
        dots=[Dot(north, east, n, city) for north, east, city, n in places],
        without_place=recent.filter(latitude=None).count(),
    )
