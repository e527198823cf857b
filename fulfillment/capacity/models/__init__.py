"""Bookable capacity: slot pools, their days, and who booked what."""

from __future__ import annotations

from fulfillment.capacity.models.bookings import (
    Booking,
    BookingGroup,
    BookingQuerySet,
    KeptShare,
    TierOverride,
    WaitlistEntry,
)
from fulfillment.capacity.models.pools import CancellationTerm, PoolDay, SlotPool

__all__ = [
    "Booking",
    "BookingGroup",
    "BookingQuerySet",
    "CancellationTerm",
    "KeptShare",
    "PoolDay",
    "SlotPool",
    "TierOverride",
    "WaitlistEntry",
]
