"""What changes capacity: pools and their days, bookings, and the daily record of occupied slots."""

from __future__ import annotations

from fulfillment.capacity.services.bookings import (
    HOLD,
    Ask,
    book,
    book_slots,
    confirm_bookings,
    end_run_out_holds,
    release_booking,
    release_bookings,
)
from fulfillment.capacity.services.pools import open_days, open_pool, set_capacity
from fulfillment.capacity.services.storage import record_missing_storage, record_storage

__all__ = [
    "HOLD",
    "Ask",
    "book",
    "book_slots",
    "confirm_bookings",
    "end_run_out_holds",
    "open_days",
    "open_pool",
    "record_missing_storage",
    "record_storage",
    "release_booking",
    "release_bookings",
    "set_capacity",
]
