"""The money floor's tables, gathered from its rooms."""

from billing.charges.models import Charge
from billing.invoices.models import Invoice, InvoiceDocument, InvoiceLine, InvoiceSeries, Issuer
from billing.ledger.models import Account, JournalEntry, Posting
from billing.payments.models import Collection, Payment, StripeCustomer, StripeEvent, StripePush
from billing.rates.models import Rate, RateCard

__all__ = [
    "Account",
    "Charge",
    "Collection",
    "Invoice",
    "InvoiceDocument",
    "InvoiceLine",
    "InvoiceSeries",
    "Issuer",
    "JournalEntry",
    "Payment",
    "Posting",
    "Rate",
    "RateCard",
    "StripeCustomer",
    "StripeEvent",
    "StripePush",
]
