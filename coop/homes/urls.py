from __future__ import annotations

from django.urls import include, path

from coop.homes import style, views

top = [path("home/", views.home, name="home")]
portal = [path("", views.overview, name="overview")]
network = [path("", views.network_home, name="home")]

_style = [
    path("", style.style_guide, name="guide"),
    path("handheld/", style.handheld_sample, name="handheld"),
    path("public/", style.public_sample, name="public"),
]
demo = [path("style/", include((_style, "style")))]
