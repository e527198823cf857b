from __future__ import annotations

from django.urls import path

from fulfillment.calendar import views, views_feeds

portal = [
    path("calendar/", views.season, name="calendar"),
    path("calendar/feeds/", views_feeds.member_feeds, name="feeds"),
    path("calendar/feeds/<uuid:feed>/revoke/", views_feeds.member_feed_revoke, name="feed-revoke"),
]

floor = [
    path("calendar/", views.node_calendar, name="calendar"),
    path("calendar/feeds/", views_feeds.node_feeds, name="feeds"),
    path("calendar/feeds/<uuid:feed>/revoke/", views_feeds.node_feed_revoke, name="feed-revoke"),
]

top = [path("calendar/<str:token>.ics", views_feeds.feed, name="calendar-feed")]
