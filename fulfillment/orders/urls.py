"""Addresses of the orders room."""

from __future__ import annotations

from django.urls import path

from fulfillment.orders import api as api_views

api = [
    path("orders/", api_views.OrderList.as_view(), name="order-list"),
    path("orders/<uuid:pk>/", api_views.OrderDetail.as_view(), name="order"),
    path("stock/", api_views.StockList.as_view(), name="stock-list"),
]
