"""What changes the co-op's places and who works there. The only writer of this room's tables."""

from coop.nodes.services.sites import (
    PACKING_CODE,
    RECEIVING_CODE,
    NodeDetails,
    ZoneInput,
    add_cart,
    add_zone,
    bin_code,
    change_node,
    close_on,
    create_node,
    lay_out_bins,
    remove_cart,
    reopen_on,
    set_opening_hours,
)
from coop.nodes.services.staff import post_staff, withdraw_post

__all__ = [
    "PACKING_CODE",
    "RECEIVING_CODE",
    "NodeDetails",
    "ZoneInput",
    "add_cart",
    "add_zone",
    "bin_code",
    "change_node",
    "close_on",
    "create_node",
    "lay_out_bins",
    "post_staff",
    "remove_cart",
    "reopen_on",
    "set_opening_hours",
    "withdraw_post",
]
