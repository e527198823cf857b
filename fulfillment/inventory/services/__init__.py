"""What changes goods. `move_stock` is the only writer of the ledger of goods and of what lies where."""

from __future__ import annotations

from fulfillment.inventory.services.counts import Place, adjust_stock, open_count, record_count
from fulfillment.inventory.services.earmarks import (
    PlannedPieces,
    arrived_for,
    end_claim,
    give_back,
    lock_earmarks,
    lock_shipments,
    make_claim,
    open_earmarks,
    plan_earmarks,
    use_earmarks,
)
from fulfillment.inventory.services.inbound import (
    Received,
    Receiving,
    announce_asn,
    cancel_asn,
    claim_asn,
    close_asn,
    postpone_asn,
    receive,
)
from fulfillment.inventory.services.moves import Move, move_stock
from fulfillment.inventory.services.promises import free_stock, promise_stock
from fulfillment.inventory.services.putaway import Stow, put_away

__all__ = [
    "Move",
    "Place",
    "PlannedPieces",
    "Received",
    "Receiving",
    "Stow",
    "adjust_stock",
    "announce_asn",
    "arrived_for",
    "cancel_asn",
    "claim_asn",
    "close_asn",
    "end_claim",
    "free_stock",
    "give_back",
    "lock_earmarks",
    "lock_shipments",
    "make_claim",
    "move_stock",
    "open_count",
    "open_earmarks",
    "plan_earmarks",
    "postpone_asn",
    "promise_stock",
    "put_away",
    "receive",
    "record_count",
    "use_earmarks",
]
