from __future__ import annotations

from django.urls import path

from coop.nodes import views

network = [
    path("nodes/", views.node_list, name="node-list"),
    path("nodes/new/", views.node_new, name="node-new"),
    path("nodes/<uuid:pk>/", views.node_detail, name="node-detail"),
    path("nodes/<uuid:pk>/edit/", views.node_edit, name="node-edit"),
    path("nodes/<uuid:pk>/zones/", views.zone_add, name="zone-add"),
    path("nodes/<uuid:pk>/bins/", views.layout, name="node-layout"),
    path("nodes/<uuid:pk>/carts/", views.cart_add, name="cart-add"),
    path("nodes/<uuid:pk>/carts/<uuid:cart>/remove/", views.cart_remove, name="cart-remove"),
    path("nodes/<uuid:pk>/labels/", views.labels, name="node-labels"),
]
