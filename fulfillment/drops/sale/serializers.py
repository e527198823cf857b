"""What a drop looks like to a shop."""

from __future__ import annotations

import datetime as dt

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fulfillment.drops.models import Drop, DropLine


class DropLineSerializer(serializers.ModelSerializer):
    """A SKU of a drop and what is left of it."""

    sku = serializers.CharField(source="sku.code")
    left = serializers.SerializerMethodField()

    class Meta:
        model = DropLine
        fields = ("sku", "quantity", "sold", "left")
        read_only_fields = fields

    def get_left(self, line: DropLine) -> int:
        return line.quantity - line.sold


_ROW = (
    "id", "title", "state", "opens_at", "opens_at_node", "time_zone", "closes_at", "preorders_from", "buyer_limit", "sold",
)  # fmt: skip


class DropRowSerializer(serializers.ModelSerializer):
    """A drop in a list. Moments are in UTC; `opens_at_node` is the same moment on the node's wall clock (`time_zone`), so
    that a shop can show either, or its buyer's own."""

    time_zone = serializers.CharField(source="home.timezone")
    opens_at_node = serializers.SerializerMethodField()

    class Meta:
        model = Drop
        fields: tuple[str, ...] = _ROW
        read_only_fields: tuple[str, ...] = _ROW

    @extend_schema_field(serializers.DateTimeField)
    def get_opens_at_node(self, drop: Drop) -> str:
        moment: dt.datetime = drop.opens_at.astimezone(drop.home.zone)
        return moment.isoformat()


class DropOutSerializer(DropRowSerializer):
    """A drop with its SKUs. `picks_left` is how many pieces the node can still send in its first rush."""

    lines = DropLineSerializer(many=True)
    picks_left = serializers.SerializerMethodField()

    class Meta(DropRowSerializer.Meta):
        fields = (*_ROW, "story", "picks_left", "lines")
        read_only_fields = fields

    def get_picks_left(self, drop: Drop) -> int:
        return drop.burst_picks - drop.sold


class DropPageSerializer(serializers.Serializer):
    """A page of drops. `next` is the address of the following page, null at the end."""

    results = DropRowSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class SaleSerializer(serializers.Serializer):
    """A sale: the order it made, whether its goods are still to come, and the pieces."""

    order = serializers.UUIDField()
    number = serializers.CharField()
    is_preorder = serializers.BooleanField()
    pieces = serializers.IntegerField()
    cut = serializers.IntegerField(help_text="Pieces that could not be had in the end")
    sold_at = serializers.DateTimeField()
