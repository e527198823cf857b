"""What changes the catalog: SKUs, packing specs, imports."""

from __future__ import annotations

from coop.catalog.inputs import SkuInput
from coop.catalog.services.imports import ImportOutcome, ProductsRefused, import_products, plan_import
from coop.catalog.services.skus import Saved, SkusRefused, change_sku, save_skus, set_active
from coop.catalog.services.specs import (
    NoSteps,
    StepInput,
    save_packing_spec,
    set_default_spec,
    spec_in_force,
)

__all__ = [
    "ImportOutcome",
    "NoSteps",
    "ProductsRefused",
    "Saved",
    "SkuInput",
    "SkusRefused",
    "StepInput",
    "change_sku",
    "import_products",
    "plan_import",
    "save_packing_spec",
    "save_skus",
    "set_active",
    "set_default_spec",
    "spec_in_force",
]
