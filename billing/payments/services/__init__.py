"""Invoices to Stripe, Stripe's news back, money into the books. The only writer of this room's tables."""

from __future__ import annotations

from billing.payments.services.dunning import Reviewed, review_holds
from billing.payments.services.inbox import apply_events, receive_webhook, retry_event
from billing.payments.services.pushing import push_invoice
from billing.payments.services.reconciling import Finding, compare_with_stripe
from billing.payments.services.settling import record_payment, settle

__all__ = [
    "Finding",
    "Reviewed",
    "apply_events",
    "compare_with_stripe",
    "push_invoice",
    "receive_webhook",
    "record_payment",
    "retry_event",
    "review_holds",
    "settle",
]
