from __future__ import annotations

from django.urls import path

from billing.payments import views, webhook

webhooks = [path("stripe/", webhook.stripe, name="stripe")]

books = [
    path("reconciliation/", views.reconciliation, name="reconciliation"),
    path("reconciliation/ask/", views.ask, name="reconciliation-ask"),
    path("reconciliation/messages/<uuid:pk>/again/", views.message_again, name="message-again"),
    path("reconciliation/events/<uuid:pk>/again/", views.event_again, name="event-again"),
    path("reconciliation/invoices/<uuid:pk>/refresh/", views.refresh, name="invoice-refresh"),
    path("overdue/", views.overdue, name="overdue"),
]

portal = [path("invoices/<uuid:pk>/payment/", views.invoice_payment, name="invoice-payment")]
