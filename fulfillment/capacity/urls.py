from __future__ import annotations

from django.urls import path

from fulfillment.capacity import views

portal = [
    path("slots/", views.slot_list, name="slot-list"),
    path("slots/<uuid:pk>/release/", views.slot_release, name="slot-release"),
]

floor = [
    path("slots/", views.floor_slots, name="slots"),
    path("slots/pools/", views.floor_pool, name="pool-new"),
]

network = [path("nodes/<uuid:pk>/slots/", views.node_slots, name="node-slots")]
