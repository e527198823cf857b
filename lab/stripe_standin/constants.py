"""What the stand-in promises in common with Stripe: the one API version it renders, and Stripe's limits."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# The version that the pinned `stripe` library sends; events are rendered in it.
API_VERSION = "2026-10-28.endive"
# Before this version an invoice had another shape (no `parent`, no `payments`), which is not rendered here.
OLDEST_VERSION = "2025-03-31"

ACCOUNT = "acct_standin00000001"
ACCOUNT_NAME = "Commonshelf (Stripe stand-in)"
ACCOUNT_COUNTRY = "BE"
DEFAULT_CURRENCY = "eur"

MAX_INVOICE_LINES = 250
MAX_NUMBER_LENGTH = 26
MAX_KEY_LENGTH = 255
KEY_LIFE_S = 24 * 3600
EVENT_LIFE_S = 30 * 24 * 3600
EMBEDDED_LINES = 10

DEFAULT_API_KEY = "sk_test_standin"
DEFAULT_WEBHOOK_SECRET = "whsec_standin"  # noqa: S105  (guards nothing: the stand-in has no money)
