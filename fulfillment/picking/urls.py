from __future__ import annotations

from django.urls import path

from fulfillment.picking.views import handheld, waves

floor = [
    path("queue/", waves.queue, name="queue"),
    path("waves/release/", waves.wave_release, name="wave-release"),
    path("waves/<uuid:wave>/", waves.wave_detail, name="wave"),
    path("batches/<uuid:batch>/sheet/", waves.batch_sheet, name="batch-sheet"),
    path("batches/<uuid:batch>/give-back/", handheld.give_back, name="batch-give-back"),
    path("pick/", handheld.pick, name="pick"),
    path("pick/work/", handheld.get_work, name="pick-work"),
    path("pick/<uuid:task>/scan/", handheld.scan, name="pick-scan"),
    path("pick/<uuid:task>/confirm/", handheld.confirm, name="pick-confirm"),
    path("pick/<uuid:task>/short/", handheld.short, name="pick-short"),
]
