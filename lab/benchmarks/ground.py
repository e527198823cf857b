"""The ground that benchmarks of capacity stand on: nodes and members of their own, so that they need no demo."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from coop.kernel.ids import uuid7
from coop.models import Member, Node
from coop.nodes.services import NodeDetails, ZoneInput, create_node
from fulfillment.capacity.services import open_pool
from fulfillment.models import SlotPool


def node(tier: str = Node.Tier.HUB) -> Node:
    """A node in Berlin that works every day. Nodes of two calls differ in their short names only."""
    number = uuid7().hex[-12:]
    return create_node(
        details=NodeDetails(
            slug=f"bench-{number}",
            code=f"B{number[-5:]}".upper(),
            name=f"Bench {number}",
            tier=tier,
            timezone="Europe/Berlin",
            street="Skalitzer Straße 1",
            postcode="10999",
            city="Berlin",
            country="DE",
            latitude=Decimal("52.499000"),
            longitude=Decimal("13.418000"),
            area_m2=240,
            cutoff_at=dt.time(14),
            reach_m=30_000,
        ),
        zones=[ZoneInput(code="A", storage_class="ambient")],
        by=None,
    )


def member(name: str = "") -> Member:
    """A member in good standing."""
    number = uuid7().hex[-12:]
    return Member.objects.create(
        slug=f"bench-{number}",
        name=name or f"Bench {number}",
        trade="potter",
        email=f"{number}@bench.example",
        legal_name="Bench GmbH",
        street="Oranienstraße 12",
        postcode="10999",
        city="Berlin",
    )


def pools(at: Node, count: int, *, slots: int) -> list[SlotPool]:
    """So many pools of shelf slots of a node, each with so many slots a day."""
    return [open_pool(node=at, slots=slots, storage_class="ambient", name=f"Row {n}") for n in range(count)]
