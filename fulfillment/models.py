"""The work floor's tables, gathered from its rooms."""

from fulfillment.activity.models import UNITS, Activity, Kind
from fulfillment.calendar.models import CalendarFeed
from fulfillment.capacity.models import (
    Booking,
    BookingGroup,
    CancellationTerm,
    KeptShare,
    PoolDay,
    SlotPool,
    TierOverride,
    WaitlistEntry,
)
from fulfillment.drops.models import (
    CycleRun,
    Drop,
    DropBuyer,
    DropLeg,
    DropLegLine,
    DropLine,
    DropSale,
    DropStep,
    ReplenishmentCycle,
)
from fulfillment.inventory.models import Asn, AsnLine, CountTask, Earmark, Lot, Receipt, Stock, StockMove
from fulfillment.orders.models import Allocation, Channel, ColumnMapping, LineCut, Order, OrderLine
from fulfillment.packing.models import Carton, Shipment, ShipmentItem, ShipmentSpec, StepConfirmation
from fulfillment.picking.models import Batch, PickTask, Wave, WaveCounter

__all__ = [
    "UNITS",
    "Activity",
    "Allocation",
    "Asn",
    "AsnLine",
    "Batch",
    "Booking",
    "BookingGroup",
    "CalendarFeed",
    "CancellationTerm",
    "Carton",
    "Channel",
    "ColumnMapping",
    "CountTask",
    "CycleRun",
    "Drop",
    "DropBuyer",
    "DropLeg",
    "DropLegLine",
    "DropLine",
    "DropSale",
    "DropStep",
    "Earmark",
    "KeptShare",
    "Kind",
    "LineCut",
    "Lot",
    "Order",
    "OrderLine",
    "PickTask",
    "PoolDay",
    "Receipt",
    "ReplenishmentCycle",
    "Shipment",
    "ShipmentItem",
    "ShipmentSpec",
    "SlotPool",
    "StepConfirmation",
    "Stock",
    "StockMove",
    "TierOverride",
    "WaitlistEntry",
    "Wave",
    "WaveCounter",
]
