"""What changes capacity: pools and their days, bookings, and the daily record of occupied slots."""

from __future__ import annotations

from fulfillment.capacity.services.bookings import book_slots, release_booking
from fulfillment.capacity.services.pools import open_days, open_pool, set_capacity
from fulfillment.capacity.services.storage import record_missing_storage, record_storage

__all__ = [
    "book_slots",
    "open_days",
    "open_pool",
    "record_missing_storage",
    "record_storage",
    "release_booking",
    "set_capacity",
]
