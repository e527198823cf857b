"""What other rooms may call: what is free, booking it, waiting for it, and running the pools."""

from __future__ import annotations

from fulfillment.capacity.availability.asks import Ask, spans_of
from fulfillment.capacity.availability.opening import open_days
from fulfillment.capacity.availability.reading import DayView, Lack, Reading, Reason, read
from fulfillment.capacity.availability.search import Hit, Wish, find
from fulfillment.capacity.booking.bookings import HOLD, book, book_slots, confirm_bookings
from fulfillment.capacity.booking.changing import change_booking, fee_on_change
from fulfillment.capacity.booking.groups import make_group
from fulfillment.capacity.booking.releasing import (
    check_release,
    end_run_out_holds,
    release_booking,
    release_bookings,
)
from fulfillment.capacity.booking.series import Clash, Occurrence, Series, book_series, preview_series
from fulfillment.capacity.booking.terms import Fee, fees_on_release, set_terms
from fulfillment.capacity.running.blocking import Affected, affected_by, set_capacity
from fulfillment.capacity.running.closing import (
    StillBooked,
    affected_by_closing,
    apply_hours,
    booked_though_closed,
    close_days,
    reopen_days,
    set_week,
)
from fulfillment.capacity.running.horizon import HORIZON_DAYS, open_horizon
from fulfillment.capacity.running.overrides import OverLimit, apply_tier, book_over_tier
from fulfillment.capacity.running.pools import open_pool
from fulfillment.capacity.running.storage import record_missing_storage, record_overrun, record_storage
from fulfillment.capacity.running.using import note_use, record_all_missed, record_missed, record_use
from fulfillment.capacity.waitlist.handing_out import OFFER
from fulfillment.capacity.waitlist.waiting import (
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
    "DayView",
    "Fee",
    "Hit",
    "Lack",
    "Occurrence",
    "OverLimit",
    "Reading",
    "Reason",
    "Series",
    "StillBooked",
    "Wish",
    "affected_by",
    "affected_by_closing",
    "apply_hours",
    "apply_tier",
    "book",
    "book_over_tier",
    "book_series",
    "book_slots",
    "booked_though_closed",
    "change_booking",
    "check_release",
    "close_days",
    "confirm_bookings",
    "end_run_out_holds",
    "fee_on_change",
    "fees_on_release",
    "find",
    "join_waitlist",
    "leave_waitlist",
    "make_group",
    "note_use",
    "offer_waiting",
    "open_days",
    "open_horizon",
    "open_pool",
    "pass_offer",
    "preview_series",
    "read",
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
    "set_week",
    "spans_of",
    "take_offer",
]
