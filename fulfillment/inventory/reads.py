"""What lies where, summed up for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from coop.kernel.totals import beside
from coop.models import Bin, Node, Sku
from fulfillment.inventory.models import Asn, AsnLine, Earmark, Stock


def _total(column: str, **where: Any) -> Coalesce:
    return beside(Stock.objects.filter(**where), Sum(column), of="sku")


# What of a SKU is kept for claims and no longer at the dock, over all nodes or at one.
_EARMARKED = """
coalesce((
  SELECT sum(greatest(0, e.pieces - coalesce(d.pieces, 0)))::int
  FROM (SELECT node_id, sum(quantity) AS pieces FROM fulfillment_earmark
        WHERE sku_id = coop_sku.id AND quantity > 0 GROUP BY node_id) e
  LEFT JOIN LATERAL (
    SELECT sum(s.on_hand - s.allocated) AS pieces FROM fulfillment_stock s
    JOIN coop_bin b ON b.id = s.bin_id AND b.kind = 'receiving'
    WHERE s.sku_id = coop_sku.id AND s.node_id = e.node_id
  ) d ON true
  WHERE %s::uuid IS NULL OR e.node_id = %s::uuid
), 0)
"""


def earmarked_on_shelves(marks: QuerySet[Earmark], stock: QuerySet[Stock]) -> dict[tuple[UUID, UUID], int]:
    """Pieces on shelves that nobody but a claim may be promised, by SKU and node; what is kept may lie at the dock yet."""
    earmarked = marks.filter(quantity__gt=0).values_list("sku_id", "node_id").annotate(n=Sum("quantity"))
    found = {(sku_id, node_id): n for sku_id, node_id, n in earmarked}
    if found:
        docks = stock.filter(bin__kind=Bin.Kind.RECEIVING, sku_id__in={sku_id for sku_id, _ in found})
        for sku_id, node_id, n in docks.values_list("sku_id", "node_id").annotate(
            n=Sum(F("on_hand") - F("allocated"))
        ):
            if (sku_id, node_id) in found:
                found[sku_id, node_id] = max(0, found[sku_id, node_id] - n)
    return found


def with_stock(skus: QuerySet[Sku], *, node: Node | None = None) -> QuerySet[Any]:
    """The SKUs with `on_hand`, `promised`, `at_dock` and `available` pieces, at one node or at all.

    Available is what lies on a shelf, is promised to nobody and kept for nobody; goods at the dock cannot be promised yet. `coming` is
    announced and not received.
    """
    at: dict[str, Any] = {} if node is None else {"node": node}
    coming = AsnLine.objects.filter(asn__state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING])
    if node is not None:
        coming = coming.filter(asn__node=node)
    return skus.annotate(
        on_hand=_total("on_hand", **at),
        promised=_total("allocated", **at),
        at_dock=_total("on_hand", bin__kind=Bin.Kind.RECEIVING, **at),
        available=_total("on_hand", bin__kind=Bin.Kind.SHELF, **at)
        - _total("allocated", bin__kind=Bin.Kind.SHELF, **at)
        - RawSQL(_EARMARKED, [node and node.pk, node and node.pk], output_field=IntegerField()),  # noqa: S611 - no input in it
        announced=beside(coming, Sum("quantity_expected"), of="sku"),
        arrived=beside(coming, Sum("quantity_received"), of="sku"),
    )


def with_sums(asns: QuerySet[Asn]) -> QuerySet[Any]:
    """The shipments with `line_count`, and with `pieces` expected and `arrived` over their lines."""
    lines = AsnLine.objects.all()
    return asns.annotate(
        line_count=beside(lines, Count("pk"), of="asn"),
        pieces=beside(lines, Sum("quantity_expected"), of="asn"),
        arrived=beside(lines, Sum("quantity_received"), of="asn"),
    )


def csv_rows(stock: QuerySet[Stock], marks: QuerySet[Earmark]) -> Iterator[list[object]]:
    """For each SKU and node: code, title, GTIN, node, on hand, promised, available, at the dock. Available is what a page
    says: on a shelf, promised to nobody, kept for nobody."""
    kept = earmarked_on_shelves(marks, stock)
    rows = (
        stock.values_list("sku_id", "node_id", "sku__code", "sku__title", "sku__gtin", "node__name")
        .annotate(
            total=Sum("on_hand"),
            promised=Sum("allocated"),
            free=Sum(F("on_hand") - F("allocated"), filter=Q(bin__kind=Bin.Kind.SHELF), default=0),
            dock=Sum("on_hand", filter=Q(bin__kind=Bin.Kind.RECEIVING), default=0),
        )
        .order_by("sku__code", "node__name")
    )
    for sku_id, node_id, code, title, gtin, node, total, promised, free, dock in rows.iterator():
        yield [code, title, gtin, node, total, promised, free - kept.get((sku_id, node_id), 0), dock]


def by_node(stock: QuerySet[Stock], marks: QuerySet[Earmark]) -> list[dict[str, Any]]:
    """Name, slug, on hand, promised and available at each node that holds some; `marks` is what is kept of the same SKUs."""
    shelved = Q(bin__kind=Bin.Kind.SHELF)
    kept: Counter[UUID] = Counter()
    for (_, node_id), pieces in earmarked_on_shelves(marks, stock).items():
        kept[node_id] += pieces
    rows = (
        stock.values("node_id", "node__name", "node__slug")
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
            "available": max(0, row["free"] - kept[row["node_id"]]),
        }
        for row in rows
    ]


def nodes_of(stock: QuerySet[Stock]) -> list[tuple[str, str]]:
    """The nodes where there are (or were) such goods, for a filter: slug and name."""
    return list(stock.order_by("node__name").values_list("node__slug", "node__name").distinct())
