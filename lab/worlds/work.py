"""Work on record that nobody has priced yet."""

from __future__ import annotations

from django.db import connection

from coop.models import Member, Node

# One source a row, as the ledger wants it; a pick each, as many an hour as a node on a good day.
NEW_WORK = """
INSERT INTO fulfillment_activity (id, kind, member_id, node_id, storage_class, quantity, occurred_at, day, source_type,
                                  source_id, reference, recorded_at)
SELECT gen_random_uuid(), 'pick', %(member)s, %(node)s, 'ambient', 1, now(), (now() AT TIME ZONE %(zone)s)::date,
       'benchmark', gen_random_uuid(), n::text, now()
FROM generate_series(1, %(rows)s) n
"""


def much_work(*, rows: int, member: Member, node: Node) -> None:
    """`rows` picks of today for a member at a node, each of one piece.

    The audit holds but for the picks themselves: there is no walk on which they were done.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEW_WORK, {"rows": rows, "member": member.pk, "node": node.pk, "zone": node.timezone})
