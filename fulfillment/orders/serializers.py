"""What an order looks like to a machine."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fulfillment.orders.checking import MAX_QUANTITY, LineInput, OrderInput
from fulfillment.orders.models import Order, OrderLine


class LineInSerializer(serializers.Serializer):
    """So many pieces of one of your SKUs."""

    sku = serializers.CharField(max_length=64, help_text="Your SKU code.")
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)
    unit_price = serializers.DecimalField(
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="In your currency.",
    )


class OrderInSerializer(serializers.Serializer):
    """An order as your shop knows it. The number decides: told again, it is the same order."""

    number = serializers.CharField(max_length=64)
    placed_at = serializers.DateTimeField(required=False, help_text="With its offset; now, if left out.")
    buyer_name = serializers.CharField(max_length=120)
    buyer_email = serializers.EmailField(required=False, allow_blank=True, default="")
    street = serializers.CharField(max_length=160)
    postcode = serializers.CharField(max_length=16)
    city = serializers.CharField(max_length=80)
    country = serializers.RegexField("^[A-Z]{2}$", help_text="ISO 3166-1 alpha-2")
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6, required=False, allow_null=True)
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, required=False, allow_null=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    lines = LineInSerializer(many=True, allow_empty=False)


def order_input(told: dict[str, Any]) -> OrderInput:
    """The service's input from a valid serializer's data."""
    lines = [LineInput(**line) for line in told["lines"]]
    return OrderInput(**{"placed_at": None, **told, "lines": lines})


class LineOutSerializer(serializers.ModelSerializer):
    """A line, what of it is promised and shipped, and why the rest waits."""

    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = OrderLine
        fields = (
            "sku",
            "quantity",
            "quantity_cancelled",
            "quantity_allocated",
            "quantity_shipped",
            "unit_price",
            "shortage",
            "shortage_code",
        )
        read_only_fields = fields
        extra_kwargs = {
            "shortage": {
                "help_text": "Why pieces wait or are not sent, for people; programs read `shortage_code`."
            }
        }


class ParcelOutSerializer(serializers.Serializer):
    """A parcel of the order and how to follow it."""

    number = serializers.CharField()
    node = serializers.CharField(source="node.slug")
    state = serializers.CharField(help_text="packing, packed or shipped")
    carrier = serializers.CharField()
    tracking = serializers.CharField()
    shipped_at = serializers.DateTimeField(allow_null=True)


_ROW = (
    "id", "number", "channel", "state", "placed_at", "ship_by", "shipped_at", "cancelled_at", "buyer_name", "city", "country",
)  # fmt: skip
_WHOLE = (*_ROW, "buyer_email", "street", "postcode", "latitude", "longitude", "note", "lines", "shipments")


class OrderRowSerializer(serializers.ModelSerializer):
    """An order in a list."""

    COLUMNS = _ROW  # what of an order has to be read for it
    channel = serializers.CharField(source="channel.name")

    class Meta:
        model = Order
        fields: tuple[str, ...] = _ROW
        read_only_fields: tuple[str, ...] = _ROW


class OrderOutSerializer(OrderRowSerializer):
    """An order whole: where it goes, its lines, its parcels."""

    lines = LineOutSerializer(many=True)
    shipments = serializers.SerializerMethodField()

    class Meta(OrderRowSerializer.Meta):
        fields = _WHOLE
        read_only_fields = _WHOLE

    @extend_schema_field(ParcelOutSerializer(many=True))
    def get_shipments(self, order: Order) -> list[dict[str, Any]]:
        return list(ParcelOutSerializer(order.shipments.all(), many=True).data)


class OrderPageSerializer(serializers.Serializer):
    """A page of a list. `next` is the address of the following page, null at the end."""

    results = OrderRowSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class PlacedSerializer(serializers.Serializer):
    """What came of many orders: those placed, the numbers known before, and those of them that say something else now
    (the orders stayed as they were)."""

    created = OrderOutSerializer(many=True)
    known = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())


class StockAtNodeSerializer(serializers.Serializer):
    """What of a SKU lies at one node: all of it, what is promised to orders, and what can be promised."""

    node = serializers.CharField()
    on_hand = serializers.IntegerField()
    allocated = serializers.IntegerField()
    available = serializers.IntegerField()


class StockSerializer(serializers.Serializer):
    """A SKU and what can be sold of it, in all and by node."""

    sku = serializers.CharField()
    title = serializers.CharField()
    available = serializers.IntegerField()
    nodes = StockAtNodeSerializer(many=True)


class StockPageSerializer(serializers.Serializer):
    """A page of SKUs. `next` is the address of the following page, null at the end."""

    results = StockSerializer(many=True)
    next = serializers.URLField(allow_null=True)
