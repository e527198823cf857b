"""The map of the house's addresses. Each room's `urls.py` offers lists named after the areas; they are gathered here."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from coop.kernel.rooms import discover_in_rooms
from coop.runtime import health


def _gather(area: str) -> list[URLPattern | URLResolver]:
    return [pattern for module in discover_in_rooms("urls") for pattern in getattr(module, area, [])]


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include((_gather("api"), "api"))),  # the first that is tried: machines ask most
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("portal/<slug:member>/", include((_gather("portal"), "portal"))),
    path("floor/<slug:node>/", include((_gather("floor"), "floor"))),
    path("books/", include((_gather("books"), "books"))),
    path("network/", include((_gather("network"), "network"))),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("webhooks/", include((_gather("webhooks"), "webhooks"))),
    *_gather("top"),
    path("", include((_gather("public"), "public"))),
]

if settings.DEBUG or settings.DEMO:
    urlpatterns += _gather("demo")

handler404 = "coop.web.views.not_found"
handler403 = "coop.web.views.forbidden"
handler500 = "coop.web.views.server_error"
