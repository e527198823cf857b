"""Confirming a walk's picks through the service against the bare statements."""

from __future__ import annotations

from time import perf_counter

from coop.models import Node, User
from fulfillment.models import PickTask, Stock
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from lab.benchmarks.rawsql import pgbench
from lab.benchmarks.registry import Result, benchmark
from lab.benchmarks.sizes import size
from lab.worlds.kept import DEMO, World
from lab.worlds.walks import queued_walks

ORDERS = size("picking", "orders", 400, "orders in the queue that is walked")

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


@benchmark("picking", needs=World("walks", queued_walks, {"orders": ORDERS}, on=DEMO))
def picking() -> Result:
    """Stops confirmed a cart at a time by one picker, against pgbench with one client, one pick of four statements a
    transaction."""
    node = Node.objects.get(slug="kreuzberg")
    picker = User.objects.get(email__startswith="picker2@")
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
