"""Addresses of the orders room."""

from __future__ import annotations

from django.urls import path

from fulfillment.orders import api as machines
from fulfillment.orders.views import imports, orders

portal = [
    path("orders/", orders.order_list, name="order-list"),
    path("orders/export.csv", orders.order_export, name="order-export"),
    path("orders/new/", orders.order_new, name="order-new"),
    path("orders/import/", imports.import_upload, name="order-import"),
    path("orders/import/sample.csv", imports.import_sample, name="order-import-sample"),
    path("orders/import/<uuid:job>/columns/", imports.import_map, name="order-import-map"),
    path("orders/import/<uuid:job>/", imports.import_preview, name="order-import-preview"),
    path("orders/import/<uuid:job>/rows.csv", imports.import_problems, name="order-import-problems"),
    path("orders/mappings/", imports.mapping_list, name="order-mapping-list"),
    path("orders/mappings/<uuid:mapping>/delete/", imports.mapping_delete, name="order-mapping-delete"),
    path("orders/<uuid:order>/", orders.order_detail, name="order-detail"),
    path("orders/<uuid:order>/cancel/", orders.order_cancel, name="order-cancel"),
    path("orders/<uuid:order>/send/", orders.order_send, name="order-send"),
    path("overview/orders/", orders.overview_orders, name="overview-orders"),
]

api = [
    path("orders/", machines.OrderList.as_view(), name="order-list"),
    path("orders/<uuid:pk>/", machines.OrderDetail.as_view(), name="order"),
    path("orders/<uuid:pk>/send-what-is-there/", machines.OrderSend.as_view(), name="order-send"),
    path("stock/", machines.StockList.as_view(), name="stock-list"),
]
