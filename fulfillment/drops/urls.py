from __future__ import annotations

from django.urls import path

from fulfillment.drops import api as machines
from fulfillment.drops import views, views_acts, views_cycles, views_floor, views_plan

portal = [
    path("drops/", views.drop_list, name="drop-list"),
    path("drops/new/", views_plan.drop_new, name="drop-new"),
    path("drops/<uuid:pk>/", views.drop_detail, name="drop-detail"),
    path("drops/<uuid:pk>/sales/", views.drop_sales, name="drop-sales"),
    path("drops/<uuid:pk>/reserve/", views_acts.drop_reserve, name="drop-reserve"),
    path("drops/<uuid:pk>/announce/", views_acts.drop_announce, name="drop-announce"),
    path("drops/<uuid:pk>/slip/", views_acts.drop_slip, name="drop-slip"),
    path("drops/<uuid:pk>/cancel/", views_acts.drop_cancel, name="drop-cancel"),
    path("drops/<uuid:pk>/close/", views_acts.drop_close, name="drop-close"),
    path("overview/drops/", views.overview_drops, name="overview-drops"),
]

floor = [
    path("dock/", views_floor.dock, name="dock"),
    path("drops/<uuid:pk>/", views_floor.floor_drop, name="drop-detail"),
    path("dock/cycles/", views_cycles.cycle_list, name="cycle-list"),
    path("dock/cycles/new/", views_cycles.cycle_new, name="cycle-new"),
    path("dock/cycles/<uuid:cycle>/", views_cycles.cycle_change, name="cycle-change"),
    path("dock/cycles/<uuid:cycle>/retire/", views_cycles.cycle_retire, name="cycle-retire"),
]

api = [
    path("drops/", machines.DropList.as_view(), name="drop-list"),
    path("drops/<uuid:pk>/", machines.DropDetail.as_view(), name="drop"),
    path("drops/<uuid:pk>/orders/", machines.DropOrders.as_view(), name="drop-orders"),
]
