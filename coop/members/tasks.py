"""Delivering this room's letters."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from coop.members.mail import TOPIC
from coop.members.models import Application, Invitation
from coop.members.services.invitations import link_of
from coop.runtime import letters, outbox
from coop.runtime.models import OutboxMessage


@outbox.handler(TOPIC)
def send_letter(message: OutboxMessage) -> dict[str, str]:
    """Send one letter. The same message gives the same Message-ID, so that a second sending can be told from a first."""
    what, about = message.payload["what"], message.payload["about"]
    context = _invitation(about) if what == "invitation" else _application(about)
    return letters.send_letter(message, f"coop/members/mail/{what}.txt", context, to=context["to"])


def _application(pk: str) -> dict[str, Any]:
    application = Application.objects.select_related("applicant", "member").get(pk=pk)
    home = settings.SITE_URL + reverse("home")
    return {"to": application.applicant.email, "application": application, "home": home}


def _invitation(pk: str) -> dict[str, Any]:
    invitation = Invitation.objects.select_related("member", "node", "invited_by").get(pk=pk)
    return {"to": invitation.email, "invitation": invitation, "link": link_of(invitation)}
