"""What changes capacity: pools and their days, bookings and who waits for them, and the record of what was used."""

from __future__ import annotations

from fulfillment.capacity.services.asks import Ask, spans_of
from fulfillment.capacity.services.blocking import (
    Affected,
    StillBooked,
    affected_by,
    apply_hours,
    close_days,
    reopen_days,
    set_capacity,
)
from fulfillment.capacity.services.bookings import (
    HOLD,
    book,
    book_slots,
    confirm_bookings,
    end_run_out_holds,
    release_booking,
    release_bookings,
)
from fulfillment.capacity.services.changing import change_booking, kept_on_change
from fulfillment.capacity.services.horizon import HORIZON_DAYS, open_horizon
from fulfillment.capacity.services.offers import OFFER
from fulfillment.capacity.services.overrides import OverLimit, apply_tier, book_over_tier
from fulfillment.capacity.services.pools import open_days, open_pool
from fulfillment.capacity.services.series import Clash, Occurrence, book_series, preview_series
from fulfillment.capacity.services.storage import record_missing_storage, record_overrun, record_storage
from fulfillment.capacity.services.terms import Kept, kept_on_release, set_terms
from fulfillment.capacity.services.using import note_use, record_all_missed, record_missed, record_use
from fulfillment.capacity.services.waiting import (
    join_waitlist,
    leave_waitlist,
    offer_waiting,
    pass_offer,
    take_offer,
)

__all__ = [
    "HOLD",
    "HORIZON_DAYS",
    "OFFER",
    "Affected",
    "Ask",
    "Clash",
    "Kept",
    "Occurrence",
    "OverLimit",
    "StillBooked",
    "affected_by",
    "apply_hours",
    "apply_tier",
    "book",
    "book_over_tier",
    "book_series",
    "book_slots",
    "change_booking",
    "close_days",
    "confirm_bookings",
    "end_run_out_holds",
    "join_waitlist",
    "kept_on_change",
    "kept_on_release",
    "leave_waitlist",
    "note_use",
    "offer_waiting",
    "open_days",
    "open_horizon",
    "open_pool",
    "pass_offer",
    "preview_series",
    "record_all_missed",
    "record_missed",
    "record_missing_storage",
    "record_overrun",
    "record_storage",
    "record_use",
    "release_booking",
    "release_bookings",
    "reopen_days",
    "set_capacity",
    "set_terms",
    "spans_of",
    "take_offer",
]
