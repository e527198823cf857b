from __future__ import annotations

from django.urls import path

from fulfillment.drops.sale import api as machines
from fulfillment.drops.views import acts, cycles, dock, drops, plan

portal = [
    path("drops/", drops.drop_list, name="drop-list"),
    path("drops/new/", plan.drop_new, name="drop-new"),
    path("drops/<uuid:pk>/", drops.drop_detail, name="drop-detail"),
    path("drops/<uuid:pk>/sales/", drops.drop_sales, name="drop-sales"),
    path("drops/<uuid:pk>/reserve/", acts.drop_reserve, name="drop-reserve"),
    path("drops/<uuid:pk>/announce/", acts.drop_announce, name="drop-announce"),
    path("drops/<uuid:pk>/slip/", acts.drop_slip, name="drop-slip"),
    path("drops/<uuid:pk>/cancel/", acts.drop_cancel, name="drop-cancel"),
    path("drops/<uuid:pk>/close/", acts.drop_close, name="drop-close"),
    path("runs/next/", drops.next_runs, name="next-runs"),
    path("overview/drops/", drops.overview_drops, name="overview-drops"),
]

floor = [
    path("dock/", dock.dock, name="dock"),
    path("drops/<uuid:pk>/", dock.floor_drop, name="drop-detail"),
    path("dock/cycles/", cycles.cycle_list, name="cycle-list"),
    path("dock/cycles/new/", cycles.cycle_new, name="cycle-new"),
    path("dock/cycles/<uuid:cycle>/", cycles.cycle_change, name="cycle-change"),
    path("dock/cycles/<uuid:cycle>/retire/", cycles.cycle_retire, name="cycle-retire"),
]

api = [
    path("drops/", machines.DropList.as_view(), name="drop-list"),
    path("drops/<uuid:pk>/", machines.DropDetail.as_view(), name="drop"),
    path("drops/<uuid:pk>/orders/", machines.DropOrders.as_view(), name="drop-orders"),
]
