from __future__ import annotations

from django.urls import path

from fulfillment.inventory.views import counts, dock, inbound, stock

portal = [
    path("stock/", stock.stock_list, name="stock-list"),
    path("stock/stock.csv", stock.stock_csv, name="stock-csv"),
    path("stock/<uuid:pk>/", stock.stock_detail, name="stock-detail"),
    path("overview/stock/", stock.overview_stock, name="overview-stock"),
    path("skus/<uuid:pk>/stock/", stock.sku_stock, name="sku-stock"),
    path("inbound/", inbound.asn_list, name="asn-list"),
    path("inbound/new/", inbound.asn_new, name="asn-new"),
    path("inbound/<uuid:pk>/", inbound.asn_detail, name="asn-detail"),
    path("inbound/<uuid:pk>/label/", inbound.asn_label, name="asn-label"),
    path("inbound/<uuid:pk>/cancel/", inbound.asn_cancel, name="asn-cancel"),
]

floor = [
    path("receive/", dock.receive_list, name="receive-list"),
    path("receive/<uuid:pk>/", dock.receive, name="receive"),
    path("receive/<uuid:pk>/close/", dock.receive_close, name="receive-close"),
    path("putaway/", dock.putaway_list, name="putaway-list"),
    path("putaway/<uuid:pk>/", dock.putaway, name="putaway"),
    path("counts/", counts.count_list, name="count-list"),
    path("counts/<uuid:pk>/", counts.count, name="count"),
    path("stock/<uuid:pk>/count/", counts.count_ask, name="count-ask"),
    path("stock/<uuid:pk>/adjust/", counts.adjust, name="adjust"),
    path("find/", counts.find, name="find"),
]
