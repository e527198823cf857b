from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from coop.runtime import roles
from coop.runtime.servers import APP_ROLE


class Command(BaseCommand):
    help = (
        "Migrate as the owner role and give the plain role its rights; nothing to do when all is up to date."
    )
    # The checks ask the database, which may have no table yet.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        executor = MigrationExecutor(connections["owner"])
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        self.stdout.write("migrating")
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        if settings.DATABASES["owner"]["USER"] != settings.DATABASES["default"]["USER"]:
            roles.grant(settings.DATABASES["default"]["USER"] or APP_ROLE)
