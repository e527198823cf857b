from __future__ import annotations

from django.urls import path

from fulfillment.calendar.views import calendars, feeds

portal = [
    path("calendar/", calendars.season, name="calendar"),
    path("calendar/feeds/", feeds.member_feeds, name="feeds"),
    path("calendar/feeds/<uuid:feed>/revoke/", feeds.member_feed_revoke, name="feed-revoke"),
]

floor = [
    path("calendar/", calendars.node_calendar, name="calendar"),
    path("calendar/feeds/", feeds.node_feeds, name="feeds"),
    path("calendar/feeds/<uuid:feed>/revoke/", feeds.node_feed_revoke, name="feed-revoke"),
]

top = [path("calendar/<str:token>.ics", feeds.feed, name="calendar-feed")]
