"""What turns picked goods into a parcel that has left the building."""

from __future__ import annotations

from fulfillment.packing.services.bench import confirm_step, pack_and_ship, start_packing
from fulfillment.packing.services.cartons import CartonDetails, bring_back_carton, retire_carton, save_carton
from fulfillment.packing.services.parcels import choose_carton, goods_weight_g, pack
from fulfillment.packing.services.shipping import hand_over, ship

__all__ = [
    "CartonDetails",
    "bring_back_carton",
    "choose_carton",
    "confirm_step",
    "goods_weight_g",
    "hand_over",
    "pack",
    "pack_and_ship",
    "retire_carton",
    "save_carton",
    "ship",
    "start_packing",
]
