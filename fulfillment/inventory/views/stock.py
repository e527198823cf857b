"""The member's goods: how many, where, and every move behind a number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.models import Node, Sku
from coop.tables import csv_response
from coop.web.pages import picked, query_of, searched
from fulfillment.inventory.models import Asn, Earmark, Stock, StockMove
from fulfillment.inventory.reads import by_node, csv_rows, nodes_of, with_stock

STATES = [("low", "Nothing available"), ("dock", "At the dock"), ("coming", "On its way")]


@portal(OWNER, MANAGER, ACCOUNTANT)
def stock_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Every SKU with what is on hand, promised, available and on its way."""
    skus, node = _filtered(request, door)
    stock = door.all(Stock)
    context = {
        "page": keyset(request, skus, order=("code", "id")),
        "node": node,
        "nodes": nodes_of(stock),
        "states": STATES,
        "query": query_of(request),
        "totals": stock.aggregate(on_hand=Sum("on_hand", default=0), promised=Sum("allocated", default=0)),
    }
    return render(request, "fulfillment/inventory/stock_list.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def stock_csv(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The same list as a file, a row for each SKU and node."""
    skus, node = _filtered(request, door)
    stock = door.all(Stock).filter(on_hand__gt=0, sku__in=skus.values("pk"))
    if node:
        stock = stock.filter(node=node)
    headers = ["SKU", "Title", "GTIN", "Node", "On hand", "Promised", "Available", "At the dock"]
    rows = csv_rows(stock, door.all(Earmark))
    return csv_response(f"stock-{door.member.slug}.csv", headers, rows)


@portal(OWNER, MANAGER, ACCOUNTANT)
def stock_detail(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One SKU: where it lies, and every move behind the number."""
    sku = get_object_or_404(with_stock(door.all(Sku)), pk=pk)
    places = door.all(Stock).filter(sku=sku, on_hand__gt=0).select_related("node", "bin", "lot")
    moves = door.all(StockMove).filter(sku=sku).select_related("from_bin", "to_bin", "node", "lot")
    moves = picked(request, moves, "reason", StockMove.Reason)
    coming = door.all(Asn).filter(lines__sku=sku, state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING])
    context = {
        "sku": sku,
        "lies_in": places.order_by("node__name", "bin__code"),
        "page": keyset(request, moves, order=("-moved_at", "-id")),
        "reasons": StockMove.Reason.choices,
        "coming": coming.select_related("node").order_by("expected_on"),
    }
    return render(request, "fulfillment/inventory/stock_detail.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def sku_stock(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Fragment for the page of a SKU."""
    sku = get_object_or_404(with_stock(door.all(Sku)), pk=pk)
    context = {
        "sku": sku,
        "rows": by_node(door.all(Stock).filter(sku=sku), door.all(Earmark).filter(sku=sku)),
    }
    return render(request, "fulfillment/inventory/_sku_stock.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_stock(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment for the overview: stock by node, and what is used up."""
    skus = with_stock(door.all(Sku).filter(is_active=True))
    context = {
        "rows": by_node(door.all(Stock), door.all(Earmark)),
        "empty_skus": skus.filter(available__lte=0, promised__gt=0).order_by("code")[:5],
        "coming": door.all(Asn)
        .filter(state=Asn.State.ANNOUNCED)
        .select_related("node")
        .order_by("expected_on")[:3],
    }
    return render(request, "fulfillment/inventory/_overview_stock.html", context)


def _named(skus: QuerySet[Sku], words: str) -> QuerySet[Sku]:
    return skus.filter(Q(code__icontains=words) | Q(title__icontains=words) | Q(gtin=words))


def _filtered(request: HttpRequest, door: MemberDoor) -> tuple[QuerySet[Any], Node | None]:
    slug = request.GET.get("node", "")
    node = door.shared(Node).filter(slug=slug).first() if slug else None
    skus = searched(request, with_stock(door.all(Sku), node=node), _named)
    state = request.GET.get("state", "")
    if state == "low":
        skus = skus.filter(available__lte=0)
    elif state == "dock":
        skus = skus.filter(at_dock__gt=0)
    elif state == "coming":
        skus = skus.filter(announced__gt=F("arrived"))
    elif node:
        skus = skus.filter(Q(on_hand__gt=0) | Q(announced__gt=0))
    return skus, node
