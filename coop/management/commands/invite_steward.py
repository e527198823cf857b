"""`manage.py invite_steward`: print the one-time link by which an installation gets its first steward."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from coop.members import services
from coop.nodes.models import StaffPost, StaffRole


class Command(BaseCommand):
    help = "Print a one-time link that makes whoever opens it a steward. It holds for 24 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-none", action="store_true", help="do nothing when there is a steward already"
        )

    def handle(self, *args: Any, if_none: bool, **options: Any) -> None:
        if if_none and StaffPost.objects.filter(role=StaffRole.STEWARD).exists():
            return
        invitation, token = services.invite_steward()
        link = settings.SITE_URL + reverse("public:stewardship", kwargs={"token": token})
        self.stdout.write(link)
        self.stderr.write(
            f"Open it by {invitation.expires_at:%Y-%m-%d %H:%M} UTC. It works once; run this again for another."
        )
