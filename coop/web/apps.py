from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    default_site = "coop.web.admin_site.HouseAdminSite"

    def ready(self) -> None:
        super().ready()
        from coop.web.admin_tables import register_floors

        register_floors()
