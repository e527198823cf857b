"""How the changes of a SKU are told, in its history and in the preview of an import."""

from __future__ import annotations

from coop.kernel.history import Wording

SKU = Wording(
    names={
        "code": "code",
        "title": "title",
        "gtin": "GTIN",
        "length_mm": "length",
        "width_mm": "width",
        "height_mm": "height",
        "weight_g": "weight",
        "value_amount": "value",
        "velocity_class": "velocity",
        "storage_class": "storage",
        "packing_spec_id": "packing spec",
        "is_active": "active",
    },
    units={"length_mm": " mm", "width_mm": " mm", "height_mm": " mm", "weight_g": " g"},
    entered="Listed",
    instead={
        "is_active": lambda _was, now: "brought back" if now else "taken out of the offer",
        "packing_spec_id": lambda _was, _now: "packing spec changed",
    },
)
