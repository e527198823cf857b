"""The admin: a window for stewards onto every table, behind the same sign-in as everything else.

It reads; what changes the world goes through the pages, and so through the services. Ledgers could not be changed
here anyway: the database refuses.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from coop.kernel.rooms import FLOORS

# The way in is ours, with its second step and its limits, not the admin's own form.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Commonshelf"
admin.site.site_title = "Commonshelf"
admin.site.index_title = "Every table, to look at"

_SECRETS = {"password", "digest"}
_SEARCHED = ("number", "code", "slug", "name", "title", "email", "business_name", "key")


class ReadAdmin(admin.ModelAdmin):
    """Look, search, never touch."""

    list_per_page = 50
    show_full_result_count = False
    actions = None
    # Django 5 warns wherever the scheme of an address is left open.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def register_floors() -> None:
    """Register every model of every floor, read-only, with columns and search that follow from its fields."""
    for floor in FLOORS:
        for model in apps.get_app_config(floor).get_models() if apps.is_installed(floor) else []:
            if not hasattr(model, "pgh_id") and not admin.site.is_registered(model):
                admin.site.register(model, _admin_for(model))


def _admin_for(model: type[models.Model]) -> type[ReadAdmin]:
    fields = [field for field in model._meta.concrete_fields if field.name not in _SECRETS | {"id"}]
    shown = [f for f in fields if not isinstance(f, models.TextField | models.JSONField | models.FileField)]
    names = {field.name for field in fields}
    return type(
        f"{model.__name__}Admin",
        (ReadAdmin,),
        {
            "list_display": ["__str__", *(field.name for field in shown[:5])],
            "list_select_related": [field.name for field in shown[:5] if field.is_relation],
            "search_fields": [name for name in _SEARCHED if name in names],
            "exclude": [field.name for field in model._meta.concrete_fields if field.name in _SECRETS],
        },
    )
