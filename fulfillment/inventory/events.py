"""What happens to goods that rooms above may hear of."""

from __future__ import annotations

from coop.runtime.events import Event

# Goods of a claim came in, or nothing more comes. payload: {"claim": its id}
goods_came = Event("claim.goods_came")
