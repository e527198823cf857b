from __future__ import annotations

from django.urls import path

from coop.directory import views

public = [
    path("", views.home, name="home"),
    path("how/", views.how, name="how"),
    path("nodes/", views.node_list, name="node-list"),
    path("nodes/<slug:node>/", views.node_detail, name="node-detail"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
]
