"""The admin's site: Django's own, but for what it asks of a table that has no pages."""

from __future__ import annotations

from django.contrib.admin.sites import AdminSite
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, path


class HouseAdminSite(AdminSite):
    def get_urls(self) -> list[URLPattern | URLResolver]:
        view = path(
            "r/<path:content_type_id>/<path:object_id>/",
            self.admin_view(self.view_on_site),
            name="view_on_site",
        )
        return [view if getattr(url, "name", "") == view.name else url for url in super().get_urls()]

    def view_on_site(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
        """The page of a row outside the admin. Raises Http404 when its model has none.

        Django reads the row first: of a model without a table, or by a key that is no key, that is a 500.
        """
        model = _model_of(content_type_id)
        if not hasattr(model, "get_absolute_url"):
            raise Http404
        try:
            return shortcut(request, content_type_id, object_id)
        except ValidationError as error:
            raise Http404 from error


def _model_of(content_type_id: str) -> type | None:
    try:
        return ContentType.objects.get_for_id(int(content_type_id)).model_class()
    except (ContentType.DoesNotExist, ValueError):
        return None
