"""What happens to orders that rooms above may hear of."""

from __future__ import annotations

from coop.runtime.events import Event

# Orders of a claim were cancelled; what was promised to them is kept again. payload: {"claim": its id}
claim_freed = Event("claim.freed")

# Orders of which something was in a wave were cancelled. payload: {"orders": their ids}
cancelled_in_wave = Event("order.cancelled_in_wave")
