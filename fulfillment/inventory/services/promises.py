"""Promising pieces that lie in a bin to orders, and giving them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from fulfillment.inventory.errors import NotEnoughStock
from fulfillment.inventory.models import Stock

Promise = tuple[UUID, int]  # stock row, pieces


@act
def promise_stock(*, promises: Sequence[Promise]) -> None:
    """Promise so many free pieces of these stock rows; all or none.

    Raises NotEnoughStock, naming a place that has too few, when somebody else was quicker.
    """
    _move_allocated(_sum(promises), sign=1)


@act
def free_stock(*, promises: Sequence[Promise]) -> None:
    """Give promised pieces of these stock rows back; all or none.

    Raises NotEnoughStock when fewer are promised than are given back.
    """
    _move_allocated(_sum(promises), sign=-1)


def _sum(promises: Iterable[Promise]) -> dict[UUID, int]:
    wanted: Counter[UUID] = Counter()
    for stock_id, quantity in promises:
        wanted[stock_id] += quantity
    return {stock_id: quantity for stock_id, quantity in wanted.items() if quantity}


def _move_allocated(wanted: dict[UUID, int], *, sign: int) -> None:
    """Move the counters in one conditional UPDATE, and see that every row could."""
    if not wanted:
        return
    # An UPDATE of many rows locks them in no order that one could rely on; this does.
    locked = lock_rows(Stock.objects.filter(pk__in=wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_stock s
            SET allocated = s.allocated + d.change
            FROM unnest(%s::uuid[], %s::int[]) AS d (id, change)
            WHERE s.id = d.id AND s.allocated + d.change BETWEEN 0 AND s.on_hand
            """,
            [list(wanted), [sign * quantity for quantity in wanted.values()]],
        )
        moved = cursor.rowcount
    if moved != len(wanted):
        raise NotEnoughStock(_too_few(locked, wanted, sign=sign))


def _too_few(locked: Sequence[Stock], wanted: dict[UUID, int], *, sign: int) -> str:
    for place in locked:
        has = place.available if sign > 0 else place.allocated
        if has < wanted[place.pk]:
            named = Stock.objects.select_related("sku", "bin").get(pk=place.pk)
            kind = "free" if sign > 0 else "promised"
            return (
                f"Bin {named.bin.code} has {has} {kind} pieces of {named.sku.code}, not {wanted[place.pk]}."
            )
    return "These pieces are not on record any more. Look again."
