"""What happens by itself: days are opened, holds and offers end, what was used or missed is recorded, letters are sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from coop.models import Member, Node, User
from coop.runtime import letters, outbox
from coop.runtime.models import OutboxMessage
from coop.runtime.schedule import scheduled
from fulfillment.capacity import services
from fulfillment.capacity.letters import TOPIC
from fulfillment.capacity.models import Booking, WaitlistEntry


@scheduled("fulfillment.capacity.record_storage", seconds=3600)
def record_storage() -> int:
    """Record occupied slot-days of every node up to today, missed days too. Returns how many days were recorded."""
    return sum(len(services.record_missing_storage(node=node)) for node in Node.objects.all())


@scheduled("fulfillment.capacity.record_missed", seconds=3600)
def record_missed() -> int:
    """Record appointments kept and missed, and idle picks, of the days that are over. Returns how many days had any."""
    return sum(len(services.record_all_missed(node=node)) for node in Node.objects.all())


@scheduled("fulfillment.capacity.open_horizon", seconds=3600)
def open_horizon() -> int:
    """Let pools follow their nodes (tier, hours, closures), and open the days ahead. Returns how many were missing."""
    for node in Node.objects.all():
        services.apply_tier(node=node)
        services.apply_hours(node=node)
    return services.open_horizon()


@scheduled("fulfillment.capacity.end_holds", seconds=20)
def end_holds() -> int:
    """End holds and offers that ran out, and offer what is free to those who wait. Returns how many of both."""
    return services.end_run_out_holds() + services.offer_waiting()


@outbox.handler(TOPIC)
def send_letter(message: OutboxMessage) -> dict[str, str]:
    """One letter. The same message gives the same Message-ID, so that a second sending can be told from a first."""
    what, about = message.payload["what"], message.payload["about"]
    context = _displaced(message, about) if what == "displaced" else _waiting(about)
    told = {"site_url": settings.SITE_URL, **context}
    return letters.send_letter(message, f"fulfillment/capacity/mail/{what}.txt", told, to=context["to"])


def _waiting(pk: str) -> dict[str, Any]:
    entry = WaitlistEntry.objects.select_related("member", "pool__node", "offer", "joined_by").get(pk=pk)
    until = entry.offer.held_until if entry.offer else None
    return {
        "to": _reader(entry.member, entry.joined_by),
        "entry": entry,
        "until": f"{until.astimezone(entry.pool.node.zone):%d %b %Y, %H:%M}" if until else "",
        "link": settings.SITE_URL
        + reverse("portal:wait-detail", kwargs={"member": entry.member.slug, "waiting": entry.pk}),
    }


def _displaced(message: OutboxMessage, pk: str) -> dict[str, Any]:
    booking = Booking.objects.select_related("member", "pool__node", "booked_by").get(pk=pk)
    return {
        "to": _reader(booking.member, booking.booked_by),
        "booking": booking,
        "lost": message.payload["lost"],
        "reason": message.payload["reason"],
        "link": settings.SITE_URL
        + reverse("portal:slot-detail", kwargs={"member": booking.member.slug, "pk": booking.pk}),
    }


def _reader(member: Member, asked_by: User | None) -> str:
    """Who asked for it; the member's own address when nobody did."""
    return asked_by.email if asked_by else member.email
