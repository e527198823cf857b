from __future__ import annotations

from django.urls import path

from coop.catalog import api as rest
from coop.catalog.views import imports, skus, specs

portal = [
    path("skus/", skus.sku_list, name="sku-list"),
    path("skus.csv", skus.sku_export, name="sku-export"),
    path("skus/new/", skus.sku_new, name="sku-new"),
    path("skus/import/", imports.product_upload, name="sku-import"),
    path("skus/import/sample.csv", imports.product_sample, name="sku-import-sample"),
    path("skus/import/<uuid:job>/", imports.product_preview, name="sku-import-preview"),
    path("skus/import/<uuid:job>/problems.csv", imports.product_problems, name="sku-import-problems"),
    path("skus/<uuid:sku>/", skus.sku_detail, name="sku-detail"),
    path("skus/<uuid:sku>/edit/", skus.sku_edit, name="sku-edit"),
    path("skus/<uuid:sku>/active/", skus.sku_active, name="sku-active"),
    path("specs/", specs.spec_list, name="spec-list"),
    path("specs/new/", specs.spec_new, name="spec-new"),
    path("specs/<uuid:spec>/", specs.spec_detail, name="spec-detail"),
    path("specs/<uuid:spec>/edit/", specs.spec_edit, name="spec-edit"),
    path("specs/<uuid:spec>/default/", specs.spec_default, name="spec-default"),
    path("specs/<uuid:spec>/versions/<int:number>/print/", specs.spec_print, name="spec-print"),
]

api = [
    path("skus/", rest.SkuListView.as_view(), name="sku-list"),
    # Shops have codes with slashes: TEA/GREEN is asked for as it is, or as TEA%2FGREEN. Nothing may follow the code.
    path("skus/<path:code>/", rest.SkuView.as_view(), name="sku-detail"),
]
