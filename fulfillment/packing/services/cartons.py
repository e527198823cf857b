"""The cartons beside the benches: all nodes pack from one set."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from coop.kernel.acts import act
from coop.models import User
from fulfillment.packing.errors import CartonUnclear
from fulfillment.packing.models import Carton

# A carton longer than a van or heavier than two people carry is a slip of the key.
MAX_LENGTH_MM, MAX_WEIGHT_G = 5_000, 200_000


@dataclass(frozen=True, kw_only=True)
class CartonDetails:
    """A carton: inner lengths in mm in any order, its own weight and what it bears in g."""

    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    tare_g: int
    max_weight_g: int


@act
def save_carton(*, details: CartonDetails, by: User | None, carton: Carton | None = None) -> Carton:
    """A new carton, or a change of `carton`; the bench proposes it from the next parcel on.

    Raises CartonUnclear for a size that cannot be, Conflict for a code that is taken.
    """
    values = asdict(details) | {"code": details.code.strip().upper(), "name": details.name.strip()}
    lengths = sorted((details.length_mm, details.width_mm, details.height_mm), reverse=True)
    values |= dict(zip(("length_mm", "width_mm", "height_mm"), lengths, strict=True))
    if lengths[0] > MAX_LENGTH_MM:
        raise CartonUnclear(f"A carton is at most {MAX_LENGTH_MM:,} mm long.", field="length_mm")
    if details.max_weight_g > MAX_WEIGHT_G:
        raise CartonUnclear(f"A carton bears at most {MAX_WEIGHT_G // 1000} kg.", field="max_weight_g")
    if details.tare_g >= details.max_weight_g:
        raise CartonUnclear("A carton bears more than it weighs itself.", field="tare_g")
    if carton is None:
        return Carton.objects.create(**values)
    for name, value in values.items():
        setattr(carton, name, value)
    carton.save(update_fields=list(values))
    return carton


@act
def retire_carton(*, carton: Carton, by: User | None) -> Carton:
    """Take a carton off the shelf: it is proposed no more. Parcels that went in it still name it."""
    return _set_active(carton, False)


@act
def bring_back_carton(*, carton: Carton, by: User | None) -> Carton:
    """Put a retired carton on the shelf again."""
    return _set_active(carton, True)


def _set_active(carton: Carton, value: bool) -> Carton:
    carton.is_active = value
    carton.save(update_fields=["is_active"])
    return carton
