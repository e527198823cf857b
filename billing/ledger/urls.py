from __future__ import annotations

from django.urls import path

from billing.ledger import views

books = [
    path("journal/", views.journal, name="journal"),
    path("journal.csv", views.journal_csv, name="journal-csv"),
    path("journal.xlsx", views.journal_xlsx, name="journal-xlsx"),
    path("accounts/", views.accounts, name="account-list"),
    path("accounts/<uuid:pk>/", views.account, name="account"),
]
