"""What can go wrong between the queue and the tote, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid, NotAllowed


class NothingToRelease(Conflict):
    """The queue has no whole order that could go into a wave."""

    code = "nothing_to_release"


class WalkingElsewhere(Conflict):
    """The picker has an unfinished walk at another node."""

    code = "walking_elsewhere"


class CartTaken(Conflict):
    """Somebody walks with this cart, or it is too small."""

    code = "cart_taken"


class NotYourBatch(Conflict):
    """Another picker walks this batch."""

    code = "not_your_batch"


class NotYoursToGiveBack(NotAllowed):
    """Only the picker who walks it, or an operator of the node, gives a batch back."""

    code = "not_yours_to_give_back"


class NotInThisBatch(Invalid):
    """The stop belongs to another walk."""

    code = "not_in_this_batch"


class PickedOtherwise(Conflict):
    """This stop was confirmed before, with another quantity."""

    code = "picked_otherwise"


class PickedTooMuch(Invalid):
    """More than was asked for, or less than nothing."""

    code = "picked_too_much"
