"""A queue to be walked, on top of the demo co-op. By the services: each row of it hangs on ten others that must agree."""

from __future__ import annotations

import random

from coop.kernel import clock
from coop.models import Member, Node, Sku, User
from fulfillment.models import Channel
from fulfillment.orders.services import allocate_orders, place_orders
from lab.demo import season
from lab.demo.cast import CREATORS


def queued_walks(*, orders: int) -> None:
    """`orders` orders in the queue of Kreuzberg, for what lies there: more of it than the season left. The audit holds."""
    node = Node.objects.get(slug="kreuzberg")
    member = Member.objects.get(slug=CREATORS[0].slug)
    world = season.World(
        places={n.slug: n for n in Node.objects.all()},
        members={member.slug: member},
        staff={
            node.slug: (
                User.objects.get(email__startswith="operator@"),
                [User.objects.get(email__startswith="picker@")],
            )
        },
        skus={CREATORS[0].slug: {sku.code: sku for sku in Sku.objects.filter(member=member)}},
        dice=random.Random(7),
    )
    season.stock_shelves(world, CREATORS[0], node, weeks=200)
    world.numbers[CREATORS[0].slug] = 500_000
    channel = Channel.objects.filter(member=member).first()
    if channel is None:
        raise RuntimeError("the demo has no channel")
    day = clock.today(season.ZONE)
    placed = place_orders(
        channel=channel, orders=[season.order(world, CREATORS[0], day) for _ in range(orders)]
    )
    allocate_orders(order_ids=[order.pk for order in placed.created])
