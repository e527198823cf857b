from __future__ import annotations

from django.urls import path

from fulfillment.capacity.views import (
    bookings,
    closing,
    finding,
    holds,
    months,
    publishing,
    series,
    stewarding,
    waiting,
)

portal = [
    path("slots/", bookings.slot_list, name="slot-list"),
    path("slots/find/", finding.slot_find, name="slot-find"),
    path("slots/hold/", holds.slot_hold, name="slot-hold"),
    path("slots/series/", series.slot_series, name="slot-series"),
    path("slots/calendar/<uuid:pool>/", months.slot_calendar, name="slot-calendar"),
    path("slots/waiting/", waiting.wait_list, name="wait-list"),
    path("slots/waiting/join/", waiting.wait_join, name="wait-join"),
    path("slots/waiting/<uuid:waiting>/", waiting.wait_detail, name="wait-detail"),
    path("slots/waiting/<uuid:waiting>/take/", waiting.wait_take, name="wait-take"),
    path("slots/waiting/<uuid:waiting>/pass/", waiting.wait_pass, name="wait-pass"),
    path("slots/<uuid:pk>/", bookings.slot_detail, name="slot-detail"),
    path("slots/<uuid:pk>/confirm/", holds.slot_confirm, name="slot-confirm"),
    path("slots/<uuid:pk>/again/", holds.slot_again, name="slot-again"),
    path("slots/<uuid:pk>/change/", bookings.slot_change, name="slot-change"),
    path("slots/<uuid:pk>/change/kept/", bookings.slot_change_kept, name="slot-change-kept"),
    path("slots/<uuid:pk>/release/", bookings.slot_release, name="slot-release"),
    path("overview/slots/", bookings.overview_slots, name="overview-slots"),
]

floor = [
    path("slots/", publishing.floor_slots, name="slots"),
    path("slots/new/", publishing.floor_pool_new, name="pool-new"),
    path("slots/today/", publishing.floor_coming, name="coming"),
    path("slots/today/<uuid:booking>/", publishing.floor_came, name="came"),
    path("slots/closed/", closing.floor_closed, name="closed"),
    path("slots/closed/<uuid:closure>/open/", closing.floor_reopen, name="reopen"),
    path("slots/terms/<slug:kind>/", publishing.floor_terms, name="terms"),
    path("slots/<uuid:pool>/", publishing.floor_pool, name="pool"),
]

network = [
    path("nodes/<uuid:pk>/hours/", closing.node_hours, name="node-hours"),
    path("nodes/<uuid:pk>/closures/", closing.node_close, name="node-close"),
    path("nodes/<uuid:pk>/closures/<uuid:closure>/reopen/", closing.node_reopen, name="node-reopen"),
    path("nodes/<uuid:pk>/slots/", stewarding.node_slots, name="node-slots"),
    path("slots/overrides/", stewarding.override_list, name="override-list"),
    path("slots/overrides/new/", stewarding.override_new, name="override-new"),
]
