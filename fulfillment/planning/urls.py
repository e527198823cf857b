from __future__ import annotations

from django.urls import path

from fulfillment.planning import views

portal = [path("overview/needs/", views.overview_needs, name="overview-needs")]
network = [
    path("home/figures/", views.home_figures, name="home-figures"),
    path("home/map/", views.home_map, name="home-map"),
    path("home/nodes/", views.home_nodes, name="home-nodes"),
]
