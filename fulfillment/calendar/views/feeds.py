"""The addresses under which calendar programs read a calendar, and what they read there."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import get_conditional_response

from coop.identity.doors import Door, by_token
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.web.pages import ask_first, show_form, submit
from fulfillment.calendar import services
from fulfillment.calendar.entries import member_entries, node_entries
from fulfillment.calendar.forms import FeedForm
from fulfillment.calendar.ical import calendar_text
from fulfillment.calendar.models import CalendarFeed


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def member_feeds(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """A member's addresses. A new one stands in this one answer and nowhere else."""
    return _feeds(request, door, "portal", reverse("portal:calendar", args=[door.member.slug]))


@floor(OPERATOR, methods=("GET", "POST"))
def node_feeds(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """A node's addresses."""
    return _feeds(request, door, "floor", reverse("floor:calendar", args=[door.node.slug]))


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def member_feed_revoke(request: HttpRequest, door: MemberDoor, feed: UUID) -> HttpResponse:
    """An address leads nowhere from now on."""
    return _revoke(request, door, feed, "portal", reverse("portal:feeds", args=[door.member.slug]))


@floor(OPERATOR, methods=("GET", "POST"))
def node_feed_revoke(request: HttpRequest, door: NodeDoor, feed: UUID) -> HttpResponse:
    """An address leads nowhere from now on."""
    return _revoke(request, door, feed, "floor", reverse("floor:feeds", args=[door.node.slug]))


def _door_of(token: str) -> Door | None:
    """Into the member's or onto the node's rows, as far as a feed shows them."""
    feed = services.feed_by_token(token)
    if feed is None:
        return None
    services.note_read(feed=feed)
    if feed.member is not None:
        return MemberDoor(user=None, role="feed", member=feed.member)
    assert feed.node is not None  # noqa: S101 - calendar_feed_of_one
    return NodeDoor(user=None, role="feed", node=feed.node)


@by_token(_door_of)
def feed(request: HttpRequest, door: MemberDoor | NodeDoor) -> HttpResponse:
    """The calendar itself. Asked again without a change, it says so (304)."""
    if isinstance(door, MemberDoor):
        text = calendar_text(
            f"{door.member.name} · Commonshelf", member_entries(door.member, settings.SITE_URL)
        )
        name = door.member.slug
    else:
        node = door.node
        text = calendar_text(
            f"{node.name} · Commonshelf", node_entries(node, settings.SITE_URL), zone=node.zone
        )
        name = node.slug
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    response = get_conditional_response(
        request, etag=etag, response=HttpResponse(text, content_type="text/calendar; charset=utf-8")
    )
    assert response is not None  # noqa: S101 - the answer it was given, at the least
    response["ETag"] = etag
    # No proxy on the way may keep it; the program itself asks again, which costs a 304.
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return response


def _feeds(request: HttpRequest, door: MemberDoor | NodeDoor, area: str, calendar_url: str) -> HttpResponse:
    form, made, address = FeedForm(request.POST or None), None, ""
    whose = {"member": door.member} if isinstance(door, MemberDoor) else {"node": door.node}
    done = submit(request, form, lambda told: services.make_feed(by=door.user, name=told["name"], **whose))  # type: ignore[arg-type]
    if done:
        made, token = done.result
        address = settings.SITE_URL + reverse("calendar-feed", args=[token])
        form = FeedForm()
    context = {
        "base": f"base_{area}.html",
        "made": made,
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}",
        "calendar_url": calendar_url,
        "is_node": isinstance(door, NodeDoor),
        "feeds": door.all(CalendarFeed)
        .select_related("made_by")
        .order_by(F("revoked_at").desc(nulls_first=True), "-made_at")[: 2 * services.MOST_FEEDS],
    }
    response = show_form(request, "fulfillment/calendar/feeds.html", form, context)
    response["Cache-Control"] = "no-store"
    return response


def _revoke(
    request: HttpRequest, door: MemberDoor | NodeDoor, pk: UUID, area: str, back: str
) -> HttpResponse:
    row = door.get(CalendarFeed, pk)
    if request.method == "POST":
        services.revoke_feed(feed=row, by=door.user)
        messages.success(request, f"{row.name} is revoked; its address leads nowhere now.")
        return redirect(back)
    return ask_first(
        request,
        area=area,
        title=f"Revoke {row.name}?",
        what="The calendar program that reads it gets nothing from now on. Make another address to connect it again.",
        label="Revoke it",
        back_url=back,
    )
