"""Goods on their way in: announced by the member, counted in at the dock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.ids import derived, uuid7
from coop.kernel.locks import lock_rows
from coop.models import Bin, Member, Node, Sku, User
from fulfillment.activity.models import Kind
from fulfillment.activity.services import Work, record
from fulfillment.inventory.errors import AsnIsOver, NoStagingBin, NotOnThisAsn
from fulfillment.inventory.events import goods_came
from fulfillment.inventory.models import Asn, AsnLine, Receipt, StockMove
from fulfillment.inventory.services.earmarks import earmark_received
from fulfillment.inventory.services.moves import Move, move_stock

# Crockford's base 32: no I, L, O or U, so that a label can be read aloud and typed.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Receiving:
    """So many pieces of one announced line were counted in. `scan_id` is the device's: told twice, counted once."""

    asn_line_id: UUID
    quantity: int
    scan_id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Received:
    """What came of it: how many receipts were new, and which lines now have more than was announced."""

    new: int
    over: list[AsnLine]


@act
def announce_asn(
    *,
    member: Member,
    node: Node,
    expected_on: dt.date,
    lines: Sequence[tuple[Sku, int]],
    parcels: int = 1,
    carrier_note: str = "",
    claim_id: UUID | None = None,
    by: User | None = None,
) -> Asn:
    """Announce goods for a node; with a claim they are kept for its orders when they arrive.

    Raises Invalid for an empty list, a SKU of somebody else or a day that is over.
    """
    if not lines:
        raise Invalid("Name at least one SKU that is on its way.", field="lines")
    if any(sku.member_id != member.pk for sku, _ in lines):
        raise Invalid("Announce your own SKUs only.", field="lines")
    if expected_on < clock.today(node.timezone):
        raise Invalid(
            "This day is over at the node. Name the day the goods will arrive.", field="expected_on"
        )
    wanted: Counter[UUID] = Counter()
    for sku, quantity in lines:
        if quantity < 1:
            raise Invalid(f"Announce at least one piece of {sku.code}.", field="lines")
        wanted[sku.pk] += quantity
    asn_id = uuid7()
    asn = Asn.objects.create(
        id=asn_id,
        member=member,
        node=node,
        number=_number(asn_id),
        expected_on=expected_on,
        parcels=max(parcels, 1),
        carrier_note=carrier_note,
        claim_id=claim_id,
        announced_by=by,
        announced_at=clock.now(),
    )
    AsnLine.objects.bulk_create(
        [AsnLine(asn=asn, sku_id=sku_id, quantity_expected=quantity) for sku_id, quantity in wanted.items()],
        batch_size=1000,
    )
    return asn


@act
def receive(*, asn: Asn, receipts: Sequence[Receiving], by: User | None = None) -> Received:
    """Count goods in at the dock: into the node's receiving bin, one receipt and one Activity each.

    More than was announced is received and reported in `over`. Raises NotOnThisAsn for a line of another shipment,
    AsnIsOver when receiving has ended, NoStagingBin.
    """
    asn = lock_asn(asn)
    if asn.state not in (Asn.State.ANNOUNCED, Asn.State.RECEIVING):
        raise AsnIsOver(f"{asn.number} is {asn.get_state_display()}; nothing more can be received on it.")
    lines = {line.pk: line for line in AsnLine.objects.filter(asn=asn).select_related("sku")}
    for told in receipts:
        if told.asn_line_id not in lines:
            raise NotOnThisAsn(f"That line is not on {asn.number}.", field="code")
        if told.quantity < 1:
            raise Invalid("Receive at least one piece.", code="quantity_zero", field="quantity")
    new = _insert_receipts(receipts, by)
    if new:
        _book_in(asn, lines, new, by)
        _tell_claim(asn, derived(*sorted(receipt.pk for receipt in new)))
        if asn.state == Asn.State.ANNOUNCED:
            asn.state = Asn.State.RECEIVING
            asn.save(update_fields=["state"])
    counts = Counter[UUID]()
    for receipt in new:
        counts[receipt.asn_line_id] += receipt.quantity
    for line_id, quantity in counts.items():
        lines[line_id].quantity_received += quantity
    over = [lines[pk] for pk in counts if lines[pk].quantity_received > lines[pk].quantity_expected]
    return Received(new=len(new), over=over)


@act
def close_asn(*, asn: Asn, by: User | None = None) -> Asn:
    """End receiving: what has not come does not come on this shipment. What lies at the dock is still put away.

    Raises AsnIsOver when nothing has arrived (cancel it instead) or when it is over already.
    """
    asn = lock_asn(asn)
    if asn.state != Asn.State.RECEIVING:
        raise AsnIsOver(
            f"{asn.number} is {asn.get_state_display()}; only a shipment that is being received can be closed."
        )
    asn.state, asn.closed_at = Asn.State.CLOSED, clock.now()
    asn.save(update_fields=["state", "closed_at"])
    _tell_claim(asn, "closed")
    return asn


@act
def cancel_asn(*, asn: Asn, by: User | None = None) -> Asn:
    """The goods will not come. Raises AsnIsOver once something has arrived."""
    asn = lock_asn(asn)
    if asn.state != Asn.State.ANNOUNCED:
        raise AsnIsOver(f"{asn.number} is {asn.get_state_display()} and cannot be cancelled any more.")
    asn.state, asn.closed_at = Asn.State.CANCELLED, clock.now()
    asn.save(update_fields=["state", "closed_at"])
    return asn


@act
def claim_asn(*, asn: Asn, claim_id: UUID) -> Asn:
    """Keep what will arrive on this shipment for a claim. Raises AsnIsOver once something has arrived, or when it is
    another claim's."""
    asn = lock_asn(asn)
    if asn.state != Asn.State.ANNOUNCED or asn.claim_id not in (None, claim_id):
        raise AsnIsOver(
            f"{asn.number} is {asn.get_state_display()}, or brings other goods; announce another."
        )
    asn.claim_id = claim_id
    asn.save(update_fields=["claim"])
    return asn


@act
def postpone_asn(*, asn: Asn, expected_on: dt.date) -> Asn:
    """The goods come on another day. Raises AsnIsOver when nothing more comes on this shipment."""
    asn = lock_asn(asn)
    if asn.state not in (Asn.State.ANNOUNCED, Asn.State.RECEIVING):
        raise AsnIsOver(f"{asn.number} is {asn.get_state_display()}; nothing more comes on it.")
    asn.expected_on = expected_on
    asn.save(update_fields=["expected_on"])
    return asn


def _tell_claim(asn: Asn, key: object) -> None:
    """Whoever waits for these goods hears of it, once for each `key`."""
    if asn.claim_id is not None:
        goods_came.publish(key=f"asn:{asn.pk}:{key}", payload={"claim": str(asn.claim_id)})


def lock_asn(asn: Asn) -> Asn:
    """The shipment as it is now, locked: its lines and receipts are written under this lock alone."""
    [locked] = lock_rows(Asn.objects.select_related("node").filter(pk=asn.pk))
    return locked


def staging_bin(node: Node, kind: str) -> Bin:
    """The node's one bin for arriving (or picked) goods. Raises NoStagingBin."""
    found = Bin.objects.filter(node=node, kind=kind).first()
    if found is None:
        raise NoStagingBin(f"{node.name} has no {kind} bin yet. A steward adds it on the node's page.")
    return found


def add_to_lines(column: str, amounts: dict[UUID, int]) -> None:
    """Raise one counter of many lines at once; `column` is one of this module's own names."""
    assert column in ("quantity_received", "quantity_put_away")  # noqa: S101 - a programming error, never input
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE fulfillment_asnline l SET {column} = l.{column} + d.n "  # noqa: S608 - see the assertion
            "FROM unnest(%s::uuid[], %s::int[]) AS d (id, n) WHERE l.id = d.id",
            [list(amounts), list(amounts.values())],
        )


def _number(asn_id: UUID) -> str:
    """What stands on the box label: the last 40 bits of the id, eight letters one can read aloud."""
    bits = asn_id.int & ((1 << 40) - 1)
    return "IN-" + "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(35, -1, -5))


def _insert_receipts(receipts: Sequence[Receiving], by: User | None) -> list[Receipt]:
    """Write the receipts down; those whose scan is on record already are left out."""
    told = {r.scan_id: r for r in receipts}
    known = set(Receipt.objects.filter(scan_id__in=told).values_list("scan_id", flat=True))
    now = clock.now()
    return Receipt.objects.bulk_create(
        [
            Receipt(
                asn_line_id=r.asn_line_id, quantity=r.quantity, scan_id=r.scan_id, worker=by, received_at=now
            )
            for r in told.values()
            if r.scan_id not in known
        ],
        batch_size=1000,
    )


def _book_in(asn: Asn, lines: dict[UUID, AsnLine], new: Sequence[Receipt], by: User | None) -> None:
    dock = staging_bin(asn.node, Bin.Kind.RECEIVING)
    amounts: Counter[UUID] = Counter()
    by_sku: Counter[UUID] = Counter()
    for receipt in new:
        amounts[receipt.asn_line_id] += receipt.quantity
        by_sku[lines[receipt.asn_line_id].sku_id] += receipt.quantity
    earmark_received(asn, by_sku)
    add_to_lines("quantity_received", amounts)
    worker_id = by.pk if by else None
    move_stock(
        moves=[
            Move(
                sku_id=lines[r.asn_line_id].sku_id,
                member_id=asn.member_id,
                node_id=asn.node_id,
                quantity=r.quantity,
                reason=StockMove.Reason.RECEIVED,
                source_type="receipt",
                source_id=r.pk,
                to_bin_id=dock.pk,
                lot_id=lines[r.asn_line_id].lot_id,
                worker_id=worker_id,
            )
            for r in new
        ]
    )
    record(
        [
            Work(
                kind=Kind.RECEIVE,
                member_id=asn.member_id,
                node=asn.node,
                quantity=r.quantity,
                source_type="receipt",
                source_id=r.pk,
                sku_id=lines[r.asn_line_id].sku_id,
                storage_class=lines[r.asn_line_id].sku.storage_class,
                worker_id=worker_id,
                reference=asn.number,
            )
            for r in new
        ]
    )
