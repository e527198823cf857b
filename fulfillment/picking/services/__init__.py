"""What moves an order from the pooled queue into a tote."""

from __future__ import annotations

from fulfillment.picking.services.picks import Confirmed, PickResult, confirm_picks
from fulfillment.picking.services.walks import claim_batch, pass_by, release_batch
from fulfillment.picking.services.waves import Preview, preview_wave, queue_of, release_wave

__all__ = [
    "Confirmed",
    "PickResult",
    "Preview",
    "claim_batch",
    "confirm_picks",
    "pass_by",
    "preview_wave",
    "queue_of",
    "release_batch",
    "release_wave",
]
