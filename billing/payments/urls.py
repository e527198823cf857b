from __future__ import annotations

from django.urls import path

from billing.payments.views import books as accountant
from billing.payments.views import network as steward
from billing.payments.views import portal as member
from billing.payments.views import stripe, webhook

webhooks = [path("stripe/", webhook.stripe, name="stripe")]
portal = [
    path("invoices/", member.invoice_list, name="invoice-list"),
    path("invoices/<uuid:pk>/", member.invoice, name="invoice"),
    path("invoices/<uuid:pk>/payment/", member.invoice_payment, name="invoice-payment"),
    path("costs/owed/", member.overview_owed, name="overview-owed"),
]
network = [path("home/money/", steward.home_money, name="home-money")]
books = [
    path("", accountant.month, name="month"),
    path("invoices/", accountant.invoice_list, name="invoice-list"),
    path("invoices/<uuid:pk>/", accountant.invoice, name="invoice"),
    path("overdue/", accountant.overdue, name="overdue"),
    path("reconciliation/", stripe.reconciliation, name="reconciliation"),
    path("reconciliation/ask/", stripe.ask, name="reconciliation-ask"),
    path("reconciliation/messages/<uuid:pk>/again/", stripe.message_again, name="message-again"),
    path("reconciliation/events/<uuid:pk>/again/", stripe.event_again, name="event-again"),
    path("reconciliation/invoices/<uuid:pk>/refresh/", stripe.refresh, name="invoice-refresh"),
]
