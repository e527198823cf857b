"""What lies where, summed up for a page."""

from __future__ import annotations

from typing import Any

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from coop.models import Bin, Member, Node, Sku
from fulfillment.inventory.models import Asn, AsnLine, Stock


def _total(expression: str, **where: Any) -> Sum:
    condition = Q(**{f"stock__{key}": value for key, value in where.items()})
    return Sum(expression, filter=condition, default=0)


def with_stock(skus: QuerySet[Sku], *, node: Node | None = None) -> QuerySet[Any]:
    """The SKUs with `on_hand`, `promised`, `at_dock` and `available` pieces, at one node or at all.

    Available is what lies on a shelf and is promised to nobody; goods at the dock cannot be promised yet. `coming` is
    announced and not received.
    """
    at: dict[str, Any] = {} if node is None else {"node": node}
    coming = AsnLine.objects.filter(
        sku=OuterRef("pk"), asn__state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING]
    )
    if node is not None:
        coming = coming.filter(asn__node=node)
    open_lines = coming.order_by().values("sku")
    expected = open_lines.annotate(n=Sum("quantity_expected")).values("n")
    received = open_lines.annotate(n=Sum("quantity_received")).values("n")
    return skus.annotate(
        on_hand=_total("stock__on_hand", **at),
        promised=_total("stock__allocated", **at),
        at_dock=_total("stock__on_hand", bin__kind=Bin.Kind.RECEIVING, **at),
        available=_total("stock__on_hand", bin__kind=Bin.Kind.SHELF, **at)
        - _total("stock__allocated", bin__kind=Bin.Kind.SHELF, **at),
        announced=Coalesce(Subquery(expected), Value(0), output_field=IntegerField()),
        arrived=Coalesce(Subquery(received), Value(0), output_field=IntegerField()),
    )


def by_node(stock: QuerySet[Stock]) -> list[dict[str, Any]]:
    """Name, slug, on hand, promised and available at each node that holds some."""
    shelved = Q(bin__kind=Bin.Kind.SHELF)
    rows = (
        stock.values("node__name", "node__slug")
        .annotate(
            total=Sum("on_hand"),
            promised=Sum("allocated"),
            free=Sum(F("on_hand") - F("allocated"), filter=shelved, default=0),
        )
        .filter(total__gt=0)
        .order_by("node__name")
    )
    return [
        {
            "name": row["node__name"],
            "slug": row["node__slug"],
            "on_hand": row["total"],
            "promised": row["promised"],
            "available": row["free"],
        }
        for row in rows
    ]


def nodes_of(member: Member, stock: QuerySet[Stock]) -> list[tuple[str, str]]:
    """The nodes where the member has (or had) goods, for a filter: slug and name."""
    return list(stock.order_by("node__name").values_list("node__slug", "node__name").distinct())
