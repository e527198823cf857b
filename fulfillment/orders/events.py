"""What happens to orders that rooms above may hear of."""

from __future__ import annotations

from coop.runtime.events import Event

# Orders of a claim were cancelled; what was promised to them is kept again. payload: {"claim": its id}
claim_freed = Event("claim.freed")
