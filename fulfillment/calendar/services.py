"""What changes calendar feeds: made, revoked, read."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db.models import Q

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.members.authentication import digest
from coop.members.models import Membership
from coop.models import Member, Node, User
from coop.nodes.models import StaffPost
from fulfillment.calendar.models import CalendarFeed

# Calendar programs ask every quarter of an hour or so; when they did is kept to the hour.
NOTED_EVERY = dt.timedelta(hours=1)
# More addresses than anybody has calendar programs.
MOST_FEEDS = 20


@act
def make_feed(
    *, name: str, by: User, member: Member | None = None, node: Node | None = None
) -> tuple[CalendarFeed, str]:
    """A new address for a member's or a node's calendar, and its token. The token is not kept: show it now or never.

    Raises Invalid when there are MOST_FEEDS that are not revoked.
    """
    open_feeds = CalendarFeed.objects.filter(member=member, node=node, revoked_at=None).count()
    if open_feeds >= MOST_FEEDS:
        raise Invalid(f"There are {open_feeds} addresses already. Revoke one that nobody reads.")
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        member=member, node=node, name=name, digest=digest(token), made_by=by, made_at=clock.now()
    )
    return feed, token


@act
def revoke_feed(*, feed: CalendarFeed, by: User | None) -> CalendarFeed:
    """The address leads nowhere from this moment on. Twice is once."""
    CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=clock.now())
    feed.refresh_from_db(fields=["revoked_at"])
    return feed


def feed_by_token(token: str) -> CalendarFeed | None:
    """The feed of a token that may still be read: not revoked, its maker still runs that member or works at that node."""
    rows = CalendarFeed.objects.select_related("member", "node").filter(
        digest=digest(token), revoked_at=None, made_by__is_active=True
    )
    feed = rows.first()
    if feed is None:
        return None
    if feed.member_id is not None:
        allowed = Membership.objects.filter(
            user=feed.made_by_id, member=feed.member_id, role__in=["owner", "manager"]
        )
        return feed if allowed.exists() else None
    posts = StaffPost.objects.filter(user=feed.made_by_id, node=feed.node_id)
    return feed if posts.exists() else None


def note_read(*, feed: CalendarFeed) -> None:
    """Note that somebody read it, once an hour at most."""
    now = clock.now()
    CalendarFeed.objects.filter(
        Q(last_read_at__isnull=True) | Q(last_read_at__lt=now - NOTED_EVERY), pk=feed.pk
    ).update(last_read_at=now)
