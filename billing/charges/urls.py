from __future__ import annotations

from django.urls import path

from billing.charges import views

portal = [
    path("costs/", views.costs, name="cost-list"),
    path("costs/work/", views.work_list, name="cost-work"),
    path("costs/quote/", views.quote, name="quote"),
    path("costs/drops/<uuid:drop>/", views.drop_costs, name="cost-drop"),
    path("costs/overview/", views.overview_costs, name="overview-costs"),
]
books = [path("unpriced/", views.unpriced, name="unpriced")]
