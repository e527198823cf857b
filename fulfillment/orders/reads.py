"""What the pages of orders show."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from coop.kernel import clock
from fulfillment.orders.models import Order, OrderLine

State = Order.State
CSV_HEADERS = (
    "order number", "channel", "placed at", "state", "ship by", "shipped at", "buyer", "email", "street", "postcode", "city",
    "country", "SKU", "title", "quantity", "allocated", "shipped", "given up", "price",
    "why it waits", "note",
)  # fmt: skip


def with_glance(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with `pieces` and, if something is short, the first reason why (`why`)."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by()
    pieces = lines.values("order").annotate(n=Sum("quantity")).values("n")
    why = OrderLine.objects.short().filter(order=OuterRef("pk")).order_by("pk").values("shortage")[:1]
    return orders.annotate(pieces=Subquery(pieces), why=Subquery(why)).select_related("channel")


def csv_rows(orders: QuerySet[Order]) -> Any:
    """One row a line, the newest order first."""
    lines = OrderLine.objects.filter(order__in=orders).select_related("order__channel", "sku")
    for line in lines.order_by("-order__placed_at", "-order_id", "sku__code").iterator(chunk_size=2000):
        o = line.order
        yield (
            o.number, o.channel.name, o.placed_at, o.get_state_display(), o.ship_by, o.shipped_at, o.buyer_name, o.buyer_email,
            o.street, o.postcode, o.city, o.country, line.sku.code, line.sku.title, line.quantity, line.quantity_allocated,
            line.quantity_shipped, line.quantity_cancelled, line.unit_price, line.shortage, o.note,
        )  # fmt: skip


def per_day(orders: QuerySet[Order], zone: str, days: int = 14) -> list[tuple[str, int]]:
    """(day, orders placed) of the last days, today last, in that zone."""
    today = clock.today(zone)
    first = today - dt.timedelta(days=days - 1)
    since = dt.datetime.combine(first, dt.time(), tzinfo=ZoneInfo(zone))
    rows = (
        orders.filter(placed_at__gte=since)
        .order_by()
        .annotate(day=TruncDate("placed_at", tzinfo=ZoneInfo(zone)))
        .values_list("day")
        .annotate(n=Count("id"))
    )
    counts = dict(rows)
    return [
        (f"{day:%-d %b}", counts.get(day, 0)) for day in (first + dt.timedelta(days=n) for n in range(days))
    ]


def summary(in_state: Mapping[str, int]) -> str:
    """One sentence on where the orders are; states without orders may be left out."""
    counts = Counter(in_state)
    on_floor = counts[State.ALLOCATED] + counts[State.PICKING] + counts[State.PICKED]
    parts = []
    if counts[State.WAITING]:
        parts.append(
            f"{counts[State.WAITING]:,} {'waits' if counts[State.WAITING] == 1 else 'wait'} for stock"
        )
    if on_floor:
        parts.append(f"{on_floor:,} on the floor")
    if counts[State.SHIPPED]:
        parts.append(f"{counts[State.SHIPPED]:,} shipped")
    return (", ".join(parts) + ".") if parts else "No orders yet."
