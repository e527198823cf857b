"""Every address of the program, and the bare ones before them."""

from __future__ import annotations

from django.urls import include, path

from lab.benchmarks.bare import views

urlpatterns = [
    path("bare/key/", views.BareKey.as_view()),
    path("bare/home/", views.bare_home),
    path("", include("coop.urls")),
]
