"""Addresses of the orders room."""

from __future__ import annotations

from django.urls import path

from fulfillment.orders import api as machines
from fulfillment.orders import views, views_import

portal = [
    path("orders/", views.order_list, name="order-list"),
    path("orders/export.csv", views.order_export, name="order-export"),
    path("orders/new/", views.order_new, name="order-new"),
    path("orders/import/", views_import.import_upload, name="order-import"),
    path("orders/import/sample.csv", views_import.import_sample, name="order-import-sample"),
    path("orders/import/<uuid:job>/columns/", views_import.import_map, name="order-import-map"),
    path("orders/import/<uuid:job>/", views_import.import_preview, name="order-import-preview"),
    path("orders/import/<uuid:job>/rows.csv", views_import.import_problems, name="order-import-problems"),
    path("orders/mappings/", views_import.mapping_list, name="order-mapping-list"),
    path("orders/mappings/<uuid:mapping>/delete/", views_import.mapping_delete, name="order-mapping-delete"),
    path("orders/<uuid:order>/", views.order_detail, name="order-detail"),
    path("orders/<uuid:order>/cancel/", views.order_cancel, name="order-cancel"),
    path("orders/<uuid:order>/send/", views.order_send, name="order-send"),
    path("overview/orders/", views.overview_orders, name="overview-orders"),
]

api = [
    path("orders/", machines.OrderList.as_view(), name="order-list"),
    path("orders/<uuid:pk>/", machines.OrderDetail.as_view(), name="order"),
    path("orders/<uuid:pk>/send-what-is-there/", machines.OrderSend.as_view(), name="order-send"),
    path("stock/", machines.StockList.as_view(), name="stock-list"),
]
