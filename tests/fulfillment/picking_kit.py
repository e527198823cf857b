"""What tests of picking share: one walk, and what came of it."""

from __future__ import annotations

from fulfillment.models import Stock
from fulfillment.picking.services import (
    PickResult,
    claim_batch,
    release_wave,
)
from tests.world import (
    make_allocated_order,
    make_member,
    make_sku,
)


def walk_of(node, picker, *quantities, member=None):
    """One batch that this picker walks, an order of one line for each quantity."""
    member = member or make_member()
    for quantity in quantities or (1,):
        make_allocated_order(member, node, {make_sku(member): quantity})
    release_wave(node=node, by=None)
    return claim_batch(node=node, picker=picker)


def full(*tasks):
    return [PickResult(t.pk, t.quantity) for t in tasks]


def on_hand(sku, kind):
    return sum(s.on_hand for s in Stock.objects.filter(sku=sku, bin__kind=kind))
