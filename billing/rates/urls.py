from __future__ import annotations

from django.urls import path

from billing.rates import views

network = [
    path("rate-cards/", views.rate_card_list, name="rate-card-list"),
    path("rate-cards/new/", views.rate_card_new, name="rate-card-new"),
    path("rate-cards/<uuid:pk>/", views.rate_card, name="rate-card"),
    path("rate-cards/<uuid:pk>/end/", views.rate_card_end, name="rate-card-end"),
]
books = [
    path("rate-cards/", views.books_rate_card_list, name="rate-card-list"),
    path("rate-cards/<uuid:pk>/", views.books_rate_card, name="rate-card"),
]
portal = [path("rates/", views.rates, name="rates")]
