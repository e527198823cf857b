from __future__ import annotations

from django.urls import path

from fulfillment.floor import views

floor = [
    path("", views.board, name="board"),
]
