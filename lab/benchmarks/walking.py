"""Confirming a walk's picks through the service against the bare statements."""

from __future__ import annotations

import random
from time import perf_counter

from coop.kernel import clock
from coop.models import Member, Node, Sku, User
from fulfillment.models import Channel, PickTask, Stock
from fulfillment.orders.services import allocate_orders, place_orders
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from lab.benchmarks.rawsql import pgbench
from lab.benchmarks.registry import Result, benchmark
from lab.demo import season
from lab.demo.cast import CREATORS

ORDERS = 400

BY_HAND = """
BEGIN;
UPDATE fulfillment_stock SET on_hand = on_hand WHERE id = :stock::uuid;
UPDATE fulfillment_picktask SET tote = tote WHERE id = :task::uuid;
INSERT INTO fulfillment_stockmove
  (id, member_id, node_id, sku_id, from_bin_id, quantity, reason, source_type, source_id, moved_at)
VALUES (gen_random_uuid(), :member::uuid, :node::uuid, :sku::uuid, :bin::uuid, 1, 'picked', 'benchmark',
        gen_random_uuid(), now());
INSERT INTO fulfillment_activity
  (id, kind, member_id, node_id, sku_id, storage_class, quantity, occurred_at, day, source_type, source_id, reference,
   recorded_at)
VALUES (gen_random_uuid(), 'pick', :member::uuid, :node::uuid, :sku::uuid, 'ambient', 1, now(), current_date, 'benchmark',
        gen_random_uuid(), '', now());
COMMIT;
"""


@benchmark("picking")
def picking() -> Result:
    """Stops confirmed a cart at a time by one picker, against four statements a stop in pgbench with one client."""
    node = Node.objects.get(slug="kreuzberg")
    picker = User.objects.get(email__startswith="picker2@")
    _queue(node)
    release_wave(node=node, by=None)
    done, spent = 0, 0.0
    while batch := claim_batch(node=node, picker=picker):
        tasks = PickTask.objects.filter(batch=batch, state="open").values_list("pk", "quantity")
        results = [PickResult(pk, quantity) for pk, quantity in tasks]
        began = perf_counter()
        confirm_picks(batch=batch, results=results, by=picker)
        spent += perf_counter() - began
        done += len(results)
    stock = Stock.objects.filter(node=node, on_hand__gt=100)[0]
    values = {
        "stock": stock.pk, "member": stock.member_id, "node": node.pk, "sku": stock.sku_id, "bin": stock.bin_id,
        "task": PickTask.objects.values_list("pk", flat=True)[0],
    }  # fmt: skip
    against = pgbench(BY_HAND, values, clients=1, seconds=6)
    return Result(
        "picking", done / spent, against, 0.5, "picks/s",
        "confirm_picks, a cart at a time", "pgbench, one pick a transaction: 2 updates, 2 inserts",
    )  # fmt: skip


def _queue(node: Node) -> None:
    """Orders for what lies at the node, more of it than the season left there."""
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
        channel=channel, orders=[season.order(world, CREATORS[0], day) for _ in range(ORDERS)]
    )
    allocate_orders(order_ids=[order.pk for order in placed.created])
