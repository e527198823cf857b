"""SKUs for machines: list, read, and PUT by code (the same request twice changes nothing)."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coop.catalog import services
from coop.catalog.inputs import STORAGES, VELOCITIES, SkuInput
from coop.catalog.models import PackingSpec, Sku, Skus
from coop.kernel.paging import keyset
from coop.members.api_access import MemberAPIView


class SkuSerializer(serializers.Serializer[Any]):
    """A SKU: lengths in mm, weight in g, value in the member's currency."""

    id = serializers.UUIDField(read_only=True)
    code = serializers.CharField(read_only=True)
    title = serializers.CharField(max_length=200)
    gtin = serializers.CharField(max_length=14, required=False, allow_blank=True, default="")
    length_mm = serializers.IntegerField(min_value=1)
    width_mm = serializers.IntegerField(min_value=1)
    height_mm = serializers.IntegerField(min_value=1)
    weight_g = serializers.IntegerField(min_value=1)
    value_amount = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    velocity_class = serializers.ChoiceField(choices=VELOCITIES, required=False, default="core")
    storage_class = serializers.ChoiceField(choices=STORAGES, required=False, default="ambient")
    packing_spec = serializers.SlugRelatedField(
        slug_field="name", queryset=PackingSpec.objects.none(), required=False, allow_null=True, default=None,
        help_text="Name of one of your packing specs; null means your default.",
    )  # fmt: skip
    is_active = serializers.BooleanField(required=False, default=True)
    created_at = serializers.DateTimeField(read_only=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        specs = self.context.get("specs")
        if specs is not None:
            self.fields["packing_spec"].queryset = specs  # type: ignore[attr-defined]


class SkuListView(MemberAPIView):
    """The member's SKUs by code."""

    @extend_schema(
        operation_id="skus_list",
        parameters=[
            OpenApiParameter("q", str, description="Words in code, title or GTIN"),
            OpenApiParameter("after", str, description="Cursor: follow `next` instead of making one"),
        ],
        responses=inline_serializer(
            "SkuPage",
            {
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
                "results": SkuSerializer(many=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        rows = cast(Skus, self.door.all(Sku)).matching(words=request.query_params.get("q", ""))
        page = keyset(request._request, rows.select_related("packing_spec"), order=("code", "id"), size=100)

        def absolute(url: str | None) -> str | None:
            return request.build_absolute_uri(url) if url else None

        results = SkuSerializer(page.items, many=True).data
        return Response(
            {"next": absolute(page.next_url), "previous": absolute(page.prev_url), "results": results}
        )


_CODE = OpenApiParameter(
    "code", str, "path",
    description="Your code, percent-encoded (UTF-8); a slash in it may be sent as it is or as %2F.",
)  # fmt: skip


class SkuView(MemberAPIView):
    """One SKU, by the member's own code."""

    @extend_schema(operation_id="skus_get", parameters=[_CODE], responses=SkuSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(SkuSerializer(self._sku(code)).data)

    @extend_schema(
        operation_id="skus_put",
        parameters=[_CODE],
        request=SkuSerializer,
        responses={200: SkuSerializer, 201: SkuSerializer},
    )
    def put(self, request: Request, code: str) -> Response:
        asked = SkuSerializer(data=request.data, context={"specs": self.door.all(PackingSpec)})
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        spec = values.pop("packing_spec")
        sku = SkuInput(code=code, **values, packing_spec_id=spec.pk if spec else None)
        saved = services.save_skus(member=self.door.member, skus=[sku], by=None)
        return Response(SkuSerializer(self._sku(code)).data, status=201 if saved.created else 200)

    def _sku(self, code: str) -> Sku:
        return get_object_or_404(self.door.all(Sku).select_related("packing_spec"), code=code)
