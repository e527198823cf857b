"""Why pieces of an order line wait or are not sent: the codes beside the words. Pure, so that sourcing may say them."""

from __future__ import annotations

from enum import StrEnum


class Shortage(StrEnum):
    """What keeps a line short. Where a sentence names several causes, the code is the first one's."""

    ON_HOLD = "on_hold"
    PROMISED = "promised"
    ELSEWHERE = "elsewhere"
    CLOSED = "closed"
    KEPT = "kept"
    DOCK = "dock"
    EXPIRED = "expired"
    NONE = "none"
    COMING = "coming"
    PICK_SHORT = "pick_short"
    CUT = "cut"


# As choices of a column, and on screen where the sentence itself would be too long.
CHOICES = {
    Shortage.ON_HOLD.value: "member on hold",
    Shortage.PROMISED.value: "promised to earlier orders",
    Shortage.ELSEWHERE.value: "only out of reach",
    Shortage.CLOSED.value: "only at a closed node",
    Shortage.KEPT.value: "kept for a drop",
    Shortage.DOCK.value: "not put away yet",
    Shortage.EXPIRED.value: "past its date",
    Shortage.NONE.value: "no stock",
    Shortage.COMING.value: "its goods are still to come",
    Shortage.PICK_SHORT.value: "missing at pick",
    Shortage.CUT.value: "not sent after all",
}
