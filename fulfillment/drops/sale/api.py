"""Drops for shops: what is sold when, and the way in for the orders of the first minute."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coop.kernel.errors import Invalid
from coop.kernel.paging import keyset
from coop.members.api_access import MemberAPIView
from coop.web.api_errors import refusal
from fulfillment.drops.models import Drop, DropSale
from fulfillment.drops.sale.selling import sell
from fulfillment.drops.sale.serializers import (
    DropOutSerializer,
    DropPageSerializer,
    DropRowSerializer,
    SaleSerializer,
)
from fulfillment.orders.api import by_path
from fulfillment.orders.errors import OrdersRefused
from fulfillment.orders.models import Channel
from fulfillment.orders.serializers import OrderInSerializer, order_input
from fulfillment.orders.services import open_channel

CHANNEL = "Drops"
_LEGS = "legs__run__cycle__node"


class DropList(MemberAPIView):
    """Your drops."""

    @extend_schema(
        operation_id="drops_list",
        summary="List drops, the last to open first",
        parameters=[
            OpenApiParameter("state", str, enum=[value for value, _ in Drop.State.choices]),
            OpenApiParameter("after", str, description="Cursor of the page before; follow `next`."),
        ],
        responses={200: DropPageSerializer, 422: refusal("A filter makes no sense.")},
    )
    def get(self, request: Request) -> Response:
        rows = self.door.all(Drop).prefetch_related(_LEGS)
        if state := request.query_params.get("state"):
            if state not in Drop.State.values:
                raise Invalid(f"There is no state “{state}”.", field="state")
            rows = rows.filter(state=state)
        page = keyset(request, rows, order=("-opens_at", "-id"))
        following = request.build_absolute_uri(page.next_url) if page.next_url else None
        return Response({"results": DropRowSerializer(page.items, many=True).data, "next": following})


class DropDetail(MemberAPIView):
    """One of your drops."""

    @extend_schema(
        operation_id="drops_get",
        summary="One drop with its SKUs and what is left of each",
        responses={200: DropOutSerializer, 404: refusal("No such drop of yours.")},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        self.door.get(Drop, pk)
        rows = self.door.all(Drop).prefetch_related(_LEGS, "lines__sku")
        return Response(DropOutSerializer(rows.get(pk=pk)).data)


class DropOrders(MemberAPIView):
    """The way in for orders of a drop."""

    throttle_scope = "drop"

    @extend_schema(
        operation_id="drops_sell",
        summary="Sell one order from a drop",
        description="The order's number decides: told again, it is the same sale (200). Before the drop opens it is a "
        "preorder, if the drop takes them; from the second of its opening it is a sale. 409 says why not, by its code: "
        "`sold_out`, `not_open`, `buyer_limit`, `order_changed` (the number is that of another order), `busy` (try again).",
        request=OrderInSerializer,
        responses={
            200: OpenApiResponse(SaleSerializer, description="Sold already, unchanged"),
            201: SaleSerializer,
            404: refusal("No such drop of yours."),
            409: refusal("Sold out, not open, beyond the buyer's limit, or another order's number."),
            422: refusal("Fields that need another look; nothing was sold."),
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        drop = self.door.get(Drop, pk)
        told = OrderInSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        order = order_input(told.validated_data)
        channel = open_channel(member=self.door.member, kind=Channel.Kind.API, name=CHANNEL)
        try:
            sold = sell(drop=drop, orders=[order], channel=channel)
        except OrdersRefused as error:
            raise serializers.ValidationError(by_path(error.problems, many=False)) from error
        sale = (
            self.door.all(DropSale)
            .select_related("order")
            .get(order__channel=channel, order__number=order.number)
        )
        return Response(_told(sale), status=201 if sold.created else 200)


def _told(sale: DropSale) -> dict[str, Any]:
    return dict(
        SaleSerializer(
            {
                "order": sale.order_id,
                "number": sale.order.number,
                "is_preorder": sale.is_preorder,
                "pieces": sale.pieces,
                "cut": sale.cut,
                "sold_at": sale.sold_at,
            }
        ).data
    )
