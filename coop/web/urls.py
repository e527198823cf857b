"""Pages about the house itself, mounted where DEBUG or the demo is on."""

from __future__ import annotations

from django.urls import include, path

from coop.web import views

_style = [
    path("", views.style_guide, name="guide"),
    path("handheld/", views.handheld_sample, name="handheld"),
    path("public/", views.public_sample, name="public"),
]
demo = [path("style/", include((_style, "style")))]
