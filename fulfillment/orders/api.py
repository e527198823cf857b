"""Orders in, tracking out; and what can be sold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coop.kernel.errors import Conflict, Invalid
from coop.kernel.paging import Page, keyset
from coop.members.api_access import MemberAPIView
from coop.models import Sku
from coop.web.api_errors import refusal
from fulfillment.inventory.models import Earmark, Stock
from fulfillment.inventory.reads import earmarked_on_shelves
from fulfillment.orders.errors import AlreadyCancelled, NothingMissing, OrdersRefused, Problem
from fulfillment.orders.models import Channel, Order
from fulfillment.orders.serializers import (
    OrderInSerializer,
    OrderOutSerializer,
    OrderPageSerializer,
    OrderRowSerializer,
    PlacedSerializer,
    StockPageSerializer,
    order_input,
)
from fulfillment.orders.services import (
    Placed,
    cancel_order,
    send_what_is_there,
    take_orders,
)

MOST_AT_ONCE = 500
CHANNEL = "API"


class NumberTaken(Conflict):
    """The number is that of another order."""

    code = "order_changed"


_AFTER = OpenApiParameter(
    "after", str, description="Cursor of the page before; follow `next` instead of making one."
)
_LIMIT = OpenApiParameter("limit", int, description="Rows on a page: 1 to 200, 50 if left out.")
_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Accepted; the order number decides anyway."
)


def _whole(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.select_related("channel").prefetch_related("lines__sku", "shipments__node")


def _limit(request: Request) -> int:
    told = request.query_params.get("limit", "50")
    if not told.isdigit() or not 1 <= int(told) <= 200:
        raise Invalid("A page has 1 to 200 rows.", field="limit")
    return int(told)


def _page(request: Request, page: Page[Any], results: Any) -> Response:
    following = request.build_absolute_uri(page.next_url) if page.next_url else None
    return Response({"results": results, "next": following})


class OrderList(MemberAPIView):
    """Your orders, and the way in for new ones."""

    @extend_schema(
        operation_id="orders_list",
        summary="List orders, the newest first",
        parameters=[
            OpenApiParameter("state", str, enum=[value for value, _ in Order.State.choices]),
            OpenApiParameter("since", OpenApiTypes.DATETIME, description="Placed at or after this moment."),
            OpenApiParameter("number", str, description="The shop's number, exactly."),
            _LIMIT,
            _AFTER,
        ],
        responses={200: OrderPageSerializer, 422: refusal("A filter makes no sense.")},
    )
    def get(self, request: Request) -> Response:
        # Few channels tell many orders, and a row shows the half of an order's columns.
        rows = _filtered(
            request, self.door.all(Order).only(*OrderRowSerializer.COLUMNS).prefetch_related("channel")
        )
        page = keyset(request, rows, order=("-placed_at", "-id"), size=_limit(request))
        return _page(request, page, OrderRowSerializer(page.items, many=True).data)

    @extend_schema(
        operation_id="orders_place",
        summary="Place one order, or up to 500 at once",
        description="One order: answers with it, 201 when it is new, 200 when its number was known and says the same, "
        "409 when it says something else. A list: all are placed or none; known numbers are told, not doubled.",
        parameters=[_KEY],
        request=PolymorphicProxySerializer(
            component_name="OneOrManyOrders",
            serializers=[OrderInSerializer, OrderInSerializer(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={
            200: OpenApiResponse(OrderOutSerializer, description="Known already, unchanged"),
            201: PolymorphicProxySerializer(
                component_name="OneOrManyPlaced",
                serializers=[OrderOutSerializer, PlacedSerializer],
                resource_type_field_name=None,
            ),
            409: refusal("The number is known with other content."),
            422: refusal("Fields that need another look; nothing was placed."),
        },
    )
    def post(self, request: Request) -> Response:
        many = isinstance(request.data, list)
        if many and not 1 <= len(request.data) <= MOST_AT_ONCE:
            raise Invalid(f"Send 1 to {MOST_AT_ONCE} orders at once.", code="too_many")
        told = OrderInSerializer(data=request.data, many=many)
        told.is_valid(raise_exception=True)
        inputs = [order_input(row) for row in (told.validated_data if many else [told.validated_data])]
        try:
            placed = take_orders(
                member=self.door.member, kind=Channel.Kind.API, name=CHANNEL, orders=inputs, by=None
            )
        except OrdersRefused as error:
            raise serializers.ValidationError(by_path(error.problems, many)) from error
        return self._many(placed) if many else self._one(placed, inputs[0].number)

    def _one(self, placed: Placed, number: str) -> Response:
        if placed.changed:
            raise NumberTaken(
                f"Order {number} is known and says something else. Cancel it and use a new number, or leave it as it is.",
                field="number",
            )
        order = _whole(self.door.all(Order)).get(channel__name=CHANNEL, number=number)
        return Response(OrderOutSerializer(order).data, status=201 if placed.created else 200)

    def _many(self, placed: Placed) -> Response:
        rows = _whole(self.door.all(Order)).filter(pk__in=[order.pk for order in placed.created])
        created = OrderOutSerializer(rows.order_by("pk"), many=True).data
        body = {"created": created, "known": placed.known, "changed": placed.changed}
        return Response(body, status=201 if placed.created else 200)


class OrderDetail(MemberAPIView):
    """One of your orders."""

    @extend_schema(
        operation_id="orders_get",
        summary="One order with its lines and parcels",
        responses={200: OrderOutSerializer, 404: refusal("No such order of yours.")},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        self.door.get(Order, pk)
        return Response(OrderOutSerializer(_whole(self.door.all(Order)).get(pk=pk)).data)

    @extend_schema(
        operation_id="orders_cancel",
        summary="Cancel an order; told again, it stays cancelled",
        responses={
            204: OpenApiResponse(description="Cancelled; its stock is free again"),
            404: refusal("No such order of yours."),
            409: refusal("Too late: it is picked or shipped."),
        },
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        with suppress(AlreadyCancelled):
            cancel_order(order=self.door.get(Order, pk), by=None)
        return Response(status=204)


class OrderSend(MemberAPIView):
    """The decision not to wait for what is missing."""

    @extend_schema(
        operation_id="orders_send_what_is_there",
        summary="Send what is there and give up the rest; told again, nothing more happens",
        description="For an order that waits because some pieces are not to be had. What is promised goes; the missing "
        "pieces are counted in `quantity_cancelled` of their lines and are never sent.",
        request=None,
        responses={
            200: OrderOutSerializer,
            404: refusal("No such order of yours."),
            409: refusal("Nothing of it is promised, or it is cancelled."),
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        with suppress(NothingMissing):
            send_what_is_there(order=self.door.get(Order, pk), by=None)
        return Response(OrderOutSerializer(_whole(self.door.all(Order)).get(pk=pk)).data)


class StockList(MemberAPIView):
    """What can be sold."""

    @extend_schema(
        operation_id="stock_list",
        summary="Stock by SKU and node",
        parameters=[OpenApiParameter("sku", str, description="One SKU code, exactly."), _LIMIT, _AFTER],
        responses={200: StockPageSerializer},
    )
    def get(self, request: Request) -> Response:
        skus = self.door.all(Sku).filter(is_active=True)
        if code := request.query_params.get("sku"):
            skus = skus.filter(code=code)
        page = keyset(request, skus, order=("code", "id"), size=_limit(request))
        at = self._by_sku([sku.pk for sku in page.items])
        results = [
            {
                "sku": sku.code,
                "title": sku.title,
                "available": sum(row["available"] for row in at[sku.pk]),
                "nodes": at[sku.pk],
            }
            for sku in page.items
        ]
        return _page(request, page, results)

    def _by_sku(self, sku_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
        """Goods at the dock and on the bench are on hand, but only what lies on a shelf can be promised."""
        rows = (
            self.door.all(Stock)
            .filter(sku_id__in=sku_ids, on_hand__gt=0)
            .values("sku_id", "node_id", "node__slug")
            .annotate(
                total=Sum("on_hand"),
                promised=Sum("allocated"),
                free=Sum(F("on_hand") - F("allocated"), filter=Q(bin__kind="shelf")),
            )
            .order_by("node__slug")
        )
        kept = earmarked_on_shelves(self.door.all(Earmark).filter(sku_id__in=sku_ids), self.door.all(Stock))
        found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            found[row["sku_id"]].append(
                {
                    "node": row["node__slug"],
                    "on_hand": row["total"],
                    "allocated": row["promised"],
                    "available": max(0, (row["free"] or 0) - kept.get((row["sku_id"], row["node_id"]), 0)),
                }
            )
        return found


def _filtered(request: Request, rows: QuerySet[Order]) -> QuerySet[Order]:
    if state := request.query_params.get("state"):
        if state not in Order.State.values:
            raise Invalid(f"There is no state “{state}”.", field="state")
        rows = rows.filter(state=state)
    if since := request.query_params.get("since"):
        try:
            rows = rows.filter(placed_at__gte=serializers.DateTimeField().to_internal_value(since))
        except serializers.ValidationError as error:
            raise Invalid("Write the moment like 2026-05-31T14:05:00Z.", field="since") from error
    if number := request.query_params.get("number"):
        rows = rows.filter(number=number)
    return rows


def by_path(problems: Sequence[Problem], many: bool) -> dict[str, list[str]]:
    """Problems under the path of the JSON they are about: `3.lines.0.sku`, as the serializers say it."""
    found: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        path = f"lines.{problem.line}.{problem.field}" if problem.line is not None else problem.field
        found[f"{problem.order}.{path}" if many else path].append(f"{problem.problem} {problem.remedy}")
    return dict(found)
