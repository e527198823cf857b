"""One member with a long list of orders."""

from __future__ import annotations

from typing import Any

from django.db import connection

from coop.models import Member, Sku
from fulfillment.models import Channel, Order
from fulfillment.orders.services import open_channel
from lab.worlds import ground

OWNER = "long-list"

# Every seventh is cancelled; the others wait for goods that never came. Ids are in the order of time, as the program's are.
NEW_ORDERS = """
INSERT INTO fulfillment_order (id, member_id, channel_id, number, state, buyer_name, buyer_email, street, postcode, city,
                               country, note, placed_at, created_at)
SELECT (lpad(to_hex((extract(epoch FROM placed) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0')
        || 'b' || substr(md5(n::text), 1, 15))::uuid,
       %(member)s, %(channel)s, 'LIST-' || n, CASE WHEN n %% 7 = 0 THEN 'cancelled' ELSE 'waiting' END,
       'Buyer ' || n, 'buyer' || n || '@example.com', 'Weserstraße 7', '12047', 'Berlin', 'DE', '', placed, placed
FROM (SELECT n, date_trunc('minute', now()) - n * interval '7 minutes' AS placed
      FROM generate_series(1, %(rows)s) n) AS rows
"""

NEW_LINES = """
INSERT INTO fulfillment_orderline (id, member_id, order_id, sku_id, quantity, quantity_cancelled, quantity_allocated,
                                   quantity_shipped, shortage, shortage_code)
SELECT gen_random_uuid(), o.member_id, o.id, %(sku)s, 1, 0, 0, 0, '', ''
FROM fulfillment_order o WHERE o.member_id = %(member)s AND o.number LIKE 'LIST-%%'
"""


def large_lists(*, rows: int) -> Member:
    """A member with `rows` orders of one line each. The audit holds. Returns the member; her address is `OWNER`."""
    member = ground.member(OWNER)
    sku, _ = Sku.objects.get_or_create(
        member=member, code="MUG",
        defaults={"title": "Mug", "length_mm": 90, "width_mm": 90, "height_mm": 90, "weight_g": 300, "value_amount": 20},
    )  # fmt: skip
    told: dict[str, Any] = {
        "rows": rows,
        "member": member.pk,
        "sku": sku.pk,
        "channel": open_channel(member=member, kind=Channel.Kind.API, name="shop").pk,
    }
    with connection.cursor() as cursor:
        for statement in (NEW_ORDERS, NEW_LINES):
            cursor.execute(statement, told)
    ground.count_rows([Order._meta.db_table, "fulfillment_orderline"])
    return member
