"""Keeping pieces for a claim: planned with it, kept as they are received, given out to its orders, let go at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import uuid7
from coop.kernel.locks import lock_rows
from coop.models import Member
from fulfillment.inventory.models import Asn, AsnLine, Claim, Earmark

NodeSku = tuple[UUID, UUID]  # node, SKU


@dataclass(frozen=True, slots=True)
class PlannedPieces:
    """So many pieces of a SKU are expected at a node for a claim."""

    member_id: UUID
    node_id: UUID
    sku_id: UUID
    quantity: int


@act
def make_claim(*, member: Member, kind: str, what: str = "") -> Claim:
    """Speak for goods of a member: what is planned, received and sold under this claim belongs together. `kind` is a word
    for who speaks, `what` its title, both for people to read."""
    return Claim.objects.create(member=member, kind=kind, what=what[:120], made_at=clock.now())


@act
def plan_earmarks(*, claim_id: UUID, planned: Sequence[PlannedPieces]) -> None:
    """Expect these pieces for a claim, instead of what was expected before; what is kept already stays kept."""
    wanted: Counter[tuple[UUID, UUID, UUID]] = Counter()
    for row in planned:
        wanted[row.member_id, row.node_id, row.sku_id] += row.quantity
    lock_rows(Earmark.objects.filter(claim=claim_id))
    Earmark.objects.filter(claim=claim_id).update(planned=0)
    rows = [(uuid7(), *key, quantity) for key, quantity in wanted.items()]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fulfillment_earmark (id, member_id, node_id, sku_id, claim_id, planned, quantity, is_open)
            SELECT id, member_id, node_id, sku_id, %s, planned, 0, false
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[])
                 AS w (id, member_id, node_id, sku_id, planned)
            ON CONFLICT ON CONSTRAINT earmark_once DO UPDATE SET planned = EXCLUDED.planned
            """,
            [claim_id, *(list(column) for column in zip(*rows, strict=True))],
        )


@act
def open_earmarks(*, claim_id: UUID) -> None:
    """From now on the claim's orders may be promised what is kept for them."""
    lock_rows(Earmark.objects.filter(claim=claim_id))
    Earmark.objects.filter(claim=claim_id).update(is_open=True)


@act
def end_claim(*, claim_id: UUID) -> int:
    """Nothing is kept for the claim any more, nor will be. Returns how many pieces are everybody's again."""
    lock_shipments(claim_id=claim_id)
    kept = lock_rows(Earmark.objects.filter(claim=claim_id))
    Asn.objects.filter(claim=claim_id).update(claim=None)
    Earmark.objects.filter(pk__in=[row.pk for row in kept]).delete()
    return sum(row.quantity for row in kept)


def lock_shipments(*, claim_id: UUID) -> None:
    """Nothing arrives for the claim until the transaction ends. Shipments are locked before orders and earmarks."""
    lock_rows(Asn.objects.filter(claim=claim_id))


def arrived_for(claim_id: UUID) -> dict[NodeSku, int]:
    """Pieces that were received for a claim so far, by node and SKU."""
    found: Counter[NodeSku] = Counter()
    rows = AsnLine.objects.filter(asn__claim=claim_id, quantity_received__gt=0)
    for node_id, sku_id, received in rows.values_list("asn__node_id", "sku_id", "quantity_received"):
        found[node_id, sku_id] += received
    return dict(found)


def earmark_received(asn: Asn, received: Mapping[UUID, int]) -> None:
    """Keep what is counted in on a shipment for its claim, up to what is planned: call it before the goods move, in the
    transaction that receives them (`received`: pieces by SKU)."""
    if asn.claim_id is None:
        return
    marks = lock_rows(
        Earmark.objects.filter(claim=asn.claim_id, node_id=asn.node_id, sku_id__in=list(received))
    )
    before = arrived_for(asn.claim_id)
    more = {}
    for mark in marks:
        had = before.get((mark.node_id, mark.sku_id), 0)
        now = had + received[mark.sku_id]
        more[mark.pk] = min(now, mark.planned) - min(had, mark.planned)
    _move({pk: pieces for pk, pieces in more.items() if pieces})


def lock_earmarks(sku_ids: Collection[UUID]) -> list[Earmark]:
    """What is kept of these SKUs, for whichever claim, locked. Earmarks are locked before stock."""
    if not sku_ids:
        return []
    return lock_rows(Earmark.objects.filter(sku_id__in=list(sku_ids), quantity__gt=0))


@act
def use_earmarks(*, uses: Mapping[tuple[UUID, UUID, UUID], int]) -> None:
    """Pieces by claim, node and SKU that are promised to orders of the claim now: they leave the earmark. The caller
    has locked the earmarks and promises the stock in the same transaction."""
    if not uses:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_earmark e SET quantity = e.quantity - u.pieces
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[]) AS u (claim_id, node_id, sku_id, pieces)
            WHERE (e.claim_id, e.node_id, e.sku_id) = (u.claim_id, u.node_id, u.sku_id) AND e.quantity >= u.pieces
            """,
            [*(list(column) for column in zip(*uses, strict=True)), list(uses.values())],
        )
        assert cursor.rowcount == len(uses)  # noqa: S101 - locked and counted by the caller


@act
def give_back(*, claim_id: UUID, pieces: Mapping[NodeSku, int]) -> None:
    """Pieces by node and SKU that were promised to an order of the claim and are free again: they are kept as before, if
    the claim still keeps anything. Call it before the stock is freed."""
    marks = lock_rows(Earmark.objects.filter(claim=claim_id))
    back = {m.pk: pieces.get((m.node_id, m.sku_id), 0) for m in marks}
    _move({pk: count for pk, count in back.items() if count})


def trim(marks: Sequence[Earmark]) -> None:
    """Nothing is kept that is not there: after pieces vanished, what is kept of their SKUs shrinks to what is left, the
    newest claim first."""
    if not marks:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH free AS (
              SELECT s.node_id, s.sku_id, sum(s.on_hand - s.allocated)::int AS pieces
              FROM fulfillment_stock s JOIN coop_bin b ON b.id = s.bin_id AND b.kind IN ('shelf', 'receiving')
              WHERE s.sku_id = ANY(%(skus)s::uuid[]) GROUP BY 1, 2
            ), kept AS (
              SELECT e.id, e.quantity, coalesce(f.pieces, 0)
                     - sum(e.quantity) OVER (PARTITION BY e.node_id, e.sku_id ORDER BY e.id) AS spare
              FROM fulfillment_earmark e
              LEFT JOIN free f ON f.node_id = e.node_id AND f.sku_id = e.sku_id
              WHERE e.sku_id = ANY(%(skus)s::uuid[])
            )
            UPDATE fulfillment_earmark e SET quantity = greatest(0, kept.quantity + kept.spare)
            FROM kept WHERE e.id = kept.id AND kept.spare < 0 AND kept.quantity > 0
            """,
            {"skus": list({mark.sku_id for mark in marks})},
        )


def _move(changes: Mapping[UUID, int]) -> None:
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_earmark e SET quantity = e.quantity + c.pieces
            FROM unnest(%s::uuid[], %s::int[]) AS c (id, pieces) WHERE e.id = c.id
            """,
            [list(changes), list(changes.values())],
        )
