"""Sales that came to nothing, wholly or in part: their pieces are the drop's again."""

from __future__ import annotations

from django.db import connection

from coop.kernel.acts import act
from fulfillment.drops.models import Drop
from fulfillment.drops.steps import State, enter, lock_drop

# What is gone of each sale by its order's lines, where that is more than the sale knows of.
_GONE = """
  SELECT s.order_id, s.buyer, l.sku_id,
         CASE WHEN o.state = 'cancelled' THEN l.quantity ELSE l.quantity_cancelled END AS gone
  FROM fulfillment_dropsale s
  JOIN fulfillment_order o ON o.id = s.order_id
  JOIN fulfillment_orderline l ON l.order_id = o.id
  WHERE s.drop_id = %(drop)s AND (o.state = 'cancelled' OR l.quantity_cancelled > 0)
"""
_TAKE_BACK = f"""
WITH gone AS ({_GONE}), sale AS (
  SELECT order_id, min(buyer) AS buyer, sum(gone)::int AS gone FROM gone GROUP BY order_id
), raised AS (
  UPDATE fulfillment_dropsale s SET cut = sale.gone
  FROM sale, fulfillment_dropsale old
  WHERE s.order_id = sale.order_id AND old.order_id = s.order_id AND s.cut < sale.gone
  RETURNING s.order_id, s.buyer, s.cut - old.cut AS pieces
), buyers AS (
  UPDATE fulfillment_dropbuyer b SET pieces = b.pieces - r.pieces
  FROM (SELECT buyer, sum(pieces)::int AS pieces FROM raised GROUP BY buyer) r
  WHERE b.drop_id = %(drop)s AND b.buyer = r.buyer
)
SELECT coalesce(sum(pieces), 0)::int FROM raised
"""  # noqa: S608 - constants of this module
# The lines' counters follow from the sales' order lines; the drop is locked, and so is everybody who sells.
_RECOUNT = """
WITH sold AS (
  SELECT l.sku_id, sum(l.quantity - l.quantity_cancelled)::int AS pieces
  FROM fulfillment_dropsale s
  JOIN fulfillment_order o ON o.id = s.order_id AND o.state <> 'cancelled'
  JOIN fulfillment_orderline l ON l.order_id = o.id
  WHERE s.drop_id = %(drop)s GROUP BY l.sku_id
)
UPDATE fulfillment_dropline d SET sold = coalesce((SELECT pieces FROM sold WHERE sold.sku_id = d.sku_id), 0)
WHERE d.drop_id = %(drop)s
"""
_RETURNED = """
SELECT DISTINCT s.drop_id FROM fulfillment_dropsale s
JOIN fulfillment_drop d ON d.id = s.drop_id AND d.state NOT IN ('settled', 'cancelled')
JOIN fulfillment_order o ON o.id = s.order_id
WHERE (o.state = 'cancelled' AND s.cut < s.pieces)
   OR s.cut < (SELECT sum(l.quantity_cancelled) FROM fulfillment_orderline l WHERE l.order_id = o.id)
ORDER BY 1
"""


def drops_with_returns() -> list[Drop]:
    """The drops of which something was cancelled or cut that their sales do not know of. Locks nothing: a drop in its
    burst is not disturbed for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_RETURNED)
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Drop.objects.filter(pk__in=ids).order_by("pk"))


@act
def take_back(*, drop: Drop) -> int:
    """Note what of a drop's sales was cancelled or cut since: it can be sold again while the drop sells. Returns how many
    pieces. Repeatable."""
    drop = lock_drop(drop)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, {"drop": drop.pk})
        [(pieces,)] = cursor.fetchall()
        if not pieces:
            return 0
        cursor.execute(_RECOUNT, {"drop": drop.pk})
    drop.sold -= pieces
    drop.save(update_fields=["sold"])
    if drop.state == State.SOLD_OUT and not drop.is_sold_out:
        enter(drop, State.LIVE, f"{pieces} pieces came back and are on sale again.")
    return int(pieces)
