from __future__ import annotations

from django.urls import path

from fulfillment.drops import api as machines
from fulfillment.drops import views, views_floor

portal = [
    path("drops/", views.drop_list, name="drop-list"),
    path("drops/new/", views.drop_new, name="drop-new"),
    path("drops/<uuid:pk>/", views.drop_detail, name="drop-detail"),
    path("drops/<uuid:pk>/cancel/", views.drop_cancel, name="drop-cancel"),
    path("drops/<uuid:pk>/close/", views.drop_close, name="drop-close"),
    path("overview/drops/", views.overview_drops, name="overview-drops"),
]

floor = [
    path("dock/", views.dock, name="dock"),
    path("drops/<uuid:pk>/", views_floor.floor_drop, name="drop-detail"),
    path("dock/cycles/new/", views.cycle_new, name="cycle-new"),
]

api = [
    path("drops/", machines.DropList.as_view(), name="drop-list"),
    path("drops/<uuid:pk>/", machines.DropDetail.as_view(), name="drop"),
    path("drops/<uuid:pk>/orders/", machines.DropOrders.as_view(), name="drop-orders"),
]
