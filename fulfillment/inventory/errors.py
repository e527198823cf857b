"""What can go wrong with goods, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid


class NotEnoughStock(Conflict):
    """More was to be taken or promised than there is."""

    code = "not_enough_stock"


class NoStagingBin(Conflict):
    """The node has no bin for goods that arrive (or leave), so nothing can be booked there."""

    code = "no_staging_bin"


class AsnIsOver(Conflict):
    """The inbound shipment is closed or cancelled, or too far on for what was asked."""

    code = "asn_state"


class NotOnThisAsn(Invalid):
    """What was scanned is not announced on this inbound shipment."""

    code = "not_on_asn"


class WrongBin(Conflict):
    """The bin does not fit these goods."""

    code = "wrong_bin"


class PutAwayTooMuch(Conflict):
    """More was to be put away than lies at the dock."""

    code = "put_away_too_much"


class CountBelowPromised(Conflict):
    """Fewer pieces were counted than are promised to orders."""

    code = "count_below_promised"
