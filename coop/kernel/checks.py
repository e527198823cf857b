"""System checks: configuration mistakes that should be heard before they hurt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections


@register(Tags.security, deploy=True)
def stripe_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A key without the webhook's secret would take money and never hear of it."""
    if settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET:
        return []
    return [
        Error(
            "Stripe is only half set up.",
            hint="Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.",
            id="coop.E001",
        )
    ]


@register(Tags.security, deploy=True)
def demo_is_off(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Demo logins are known to the whole world."""
    if not settings.DEMO:
        return []
    return [Error("Demo mode is on.", hint="Set COMMONSHELF_DEMO=0.", id="coop.E002")]


@register(Tags.database)
def program_is_a_plain_role(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A role that owns the tables could switch the ledgers' triggers off."""
    if not databases or "default" not in databases:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_tables"
            " WHERE schemaname = 'public' AND tableowner = current_user) FROM pg_roles WHERE rolname = current_user"
        )
        if not cursor.fetchone()[0]:
            return []
    return [
        Warning(
            "The program's database role owns tables or is a superuser.",
            hint="Migrate as an owner role (DATABASE_OWNER_URL) and run as a plain one (DATABASE_URL).",
            id="coop.W001",
        )
    ]
