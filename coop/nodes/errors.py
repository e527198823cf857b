"""What can go wrong with places and posts."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid


class ZoneUnknown(Invalid):
    """No such time zone."""

    code = "timezone_unknown"


class LayoutTooLarge(Invalid):
    """More bins than one act should make, or a code that no label could hold."""

    code = "layout_too_large"


class NothingToLayOut(Invalid):
    """An aisle has at least one bay, a bay at least one level."""

    code = "layout_empty"


class HoursUnclear(Invalid):
    """Hours that do not open before they close."""

    code = "hours_order"


class CartInUse(Conflict):
    """The cart has a history."""

    code = "cart_in_use"


class ForeignZone(Conflict):
    """The zone belongs to another node."""

    code = "foreign_zone"


class LastSteward(Conflict):
    """The co-op always has a steward."""

    code = "last_steward"
