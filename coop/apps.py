from __future__ import annotations

from django.apps import AppConfig


class CoopConfig(AppConfig):
    name = "coop"
    verbose_name = "Co-op"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from coop.kernel import checks  # noqa: F401 - registers the system checks
        from coop.runtime import gauges

        gauges.register()
