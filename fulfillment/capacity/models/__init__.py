"""Bookable capacity: slot pools, their days, who booked what, and who waits."""

from __future__ import annotations

from fulfillment.capacity.models.bookings import (
    Booking,
    BookingGroup,
    BookingQuerySet,
    CancellationFee,
    TierOverride,
)
from fulfillment.capacity.models.pools import CancellationTerm, PoolDay, SlotPool
from fulfillment.capacity.models.waitlist import WaitlistEntry

__all__ = [
    "Booking",
    "BookingGroup",
    "BookingQuerySet",
    "CancellationFee",
    "CancellationTerm",
    "PoolDay",
    "SlotPool",
    "TierOverride",
    "WaitlistEntry",
]
