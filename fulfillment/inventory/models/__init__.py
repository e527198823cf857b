"""The ledger of goods, what lies where, what is kept for whom, what is on its way in and what should be counted."""

from __future__ import annotations

from fulfillment.inventory.models.claims import Claim, Earmark
from fulfillment.inventory.models.counts import CountTask
from fulfillment.inventory.models.goods import InventoryQuerySet, Lot, Stock, StockMove
from fulfillment.inventory.models.inbound import Asn, AsnLine, Receipt

__all__ = [
    "Asn",
    "AsnLine",
    "Claim",
    "CountTask",
    "Earmark",
    "InventoryQuerySet",
    "Lot",
    "Receipt",
    "Stock",
    "StockMove",
]
