"""What can go wrong at the bench, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid


class NothingToPack(Conflict):
    """Nothing of this order is picked and unpacked at this node."""

    code = "nothing_to_pack"


class NotAllPicked(Conflict):
    """Some of the order's goods here are still on the shelf or on a cart."""

    code = "not_all_picked"


class SomebodyPacks(Conflict):
    """Another packer has this order on their bench."""

    code = "already_packing"


class NotOnTheBench(Conflict):
    """The parcel is packed already."""

    code = "not_on_the_bench"


class StepsMissing(Conflict):
    """The member's spec has steps that must be confirmed first."""

    code = "steps_missing"


class NotOneOfItsSteps(Invalid):
    """The step belongs to no spec of this parcel."""

    code = "not_one_of_its_steps"


class CartonTooWeak(Invalid):
    """The parcel weighs more than the carton bears."""

    code = "carton_too_weak"


class CartonUnclear(Invalid):
    """Something about a carton cannot be so."""

    code = "carton_unclear"


class WeightImpossible(Invalid):
    """A parcel weighs something."""

    code = "weight_impossible"


class NotPacked(Conflict):
    """Only a packed parcel leaves the building."""

    code = "not_packed"


class NothingChosen(Invalid):
    """Nobody said which parcels."""

    code = "nothing_chosen"


class LeftAlready(Conflict):
    """Somebody else handed one of these parcels over meanwhile."""

    code = "left_already"


class CarrierMissing(Invalid):
    """Somebody must carry it."""

    code = "carrier_missing"
