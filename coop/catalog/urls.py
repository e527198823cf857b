from __future__ import annotations

from django.urls import path

from coop.catalog import api as rest
from coop.catalog import views, views_import, views_specs

portal = [
    path("skus/", views.sku_list, name="sku-list"),
    path("skus.csv", views.sku_export, name="sku-export"),
    path("skus/new/", views.sku_new, name="sku-new"),
    path("skus/import/", views_import.product_upload, name="sku-import"),
    path("skus/import/sample.csv", views_import.product_sample, name="sku-import-sample"),
    path("skus/import/<uuid:job>/", views_import.product_preview, name="sku-import-preview"),
    path("skus/import/<uuid:job>/problems.csv", views_import.product_problems, name="sku-import-problems"),
    path("skus/<uuid:sku>/", views.sku_detail, name="sku-detail"),
    path("skus/<uuid:sku>/edit/", views.sku_edit, name="sku-edit"),
    path("skus/<uuid:sku>/active/", views.sku_active, name="sku-active"),
    path("specs/", views_specs.spec_list, name="spec-list"),
    path("specs/new/", views_specs.spec_new, name="spec-new"),
    path("specs/<uuid:spec>/", views_specs.spec_detail, name="spec-detail"),
    path("specs/<uuid:spec>/edit/", views_specs.spec_edit, name="spec-edit"),
    path("specs/<uuid:spec>/default/", views_specs.spec_default, name="spec-default"),
    path("specs/<uuid:spec>/versions/<int:number>/print/", views_specs.spec_print, name="spec-print"),
]

api = [
    path("skus/", rest.SkuListView.as_view(), name="sku-list"),
    # Shops have codes with slashes: TEA/GREEN is asked for as it is, or as TEA%2FGREEN. Nothing may follow the code.
    path("skus/<path:code>/", rest.SkuView.as_view(), name="sku-detail"),
]
