"""Rating work through the service against one INSERT … SELECT by hand."""

from __future__ import annotations

from django.db import connection

from billing.charges.services import rate_activities
from coop.models import Member, Node
from fulfillment.models import Activity
from lab.benchmarks.registry import Result, benchmark, seconds
from lab.benchmarks.sizes import size
from lab.worlds import much_work
from lab.worlds.kept import DEMO

ROWS = size("rating", "rows", 20_000, "picks to be priced")

BY_HAND = """
INSERT INTO billing_charge (id, activity_id, member_id, node_id, kind, day, rate_id, quantity, unit_price, amount, currency, rated_at)
SELECT gen_random_uuid(), a.id, a.member_id, a.node_id, a.kind, a.day, r.id, a.quantity, r.unit_price,
       a.quantity * r.unit_price, c.currency, now()
  FROM fulfillment_activity a
  JOIN billing_ratecard c ON c.member_id IS NULL AND a.day >= c.valid_from AND (c.valid_until IS NULL OR a.day <= c.valid_until)
  JOIN LATERAL (SELECT * FROM billing_rate r WHERE r.card_id = c.id AND r.kind = a.kind
                   AND (r.node_id = a.node_id OR r.node_id IS NULL)
                   AND (r.storage_class = a.storage_class OR r.storage_class = '')
                 ORDER BY r.node_id IS NULL, r.storage_class = '' LIMIT 1) r ON true
 WHERE NOT EXISTS (SELECT 1 FROM billing_charge x WHERE x.activity_id = a.id)
"""


def _rate_all() -> None:
    while rate_activities():
        pass


def _by_hand() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND)


@benchmark("rating", needs=DEMO)
def rating() -> Result:
    """Picks priced by the pure rating code in chunks, against the same price rule as one `INSERT … SELECT` by hand."""
    member, node = Member.objects.order_by("slug")[0], Node.objects.order_by("slug")[0]
    _rate_all()
    much_work(rows=ROWS, member=member, node=node)
    ours = ROWS / seconds(_rate_all)
    much_work(rows=ROWS, member=member, node=node)
    against = ROWS / seconds(_by_hand)
    if Activity.objects.filter(charge=None).exists():
        raise RuntimeError("the benchmark left work without a charge")
    return Result(
        "rating", ours, against, 0.1, "activities/s", "rate_activities", "one INSERT … SELECT by hand"
    )
