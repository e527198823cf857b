"""What turns picked goods into a parcel that has left the building."""

from __future__ import annotations

from fulfillment.packing.services.bench import confirm_step, orders_to_pack, start_packing
from fulfillment.packing.services.boxes import CartonDetails, bring_back_carton, retire_carton, save_carton
from fulfillment.packing.services.parcels import choose_carton, goods_weight_g, pack
from fulfillment.packing.services.shipping import ship
from fulfillment.packing.services.steps import Step, steps_of
from fulfillment.packing.services.together import pack_and_ship

__all__ = [
    "CartonDetails",
    "Step",
    "bring_back_carton",
    "choose_carton",
    "confirm_step",
    "goods_weight_g",
    "orders_to_pack",
    "pack",
    "pack_and_ship",
    "retire_carton",
    "save_carton",
    "ship",
    "start_packing",
    "steps_of",
]
