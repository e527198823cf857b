"""From the dock to a shelf that fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.ids import uuid7
from coop.models import Bin, Node, Sku, User
from fulfillment.activity.models import Kind
from fulfillment.activity.services import Work, record
from fulfillment.inventory.errors import AsnIsOver, NotOnThisAsn, PutAwayTooMuch, WrongBin
from fulfillment.inventory.models import Asn, AsnLine, StockMove
from fulfillment.inventory.services.inbound import add_to_lines, lock_asn, staging_bin
from fulfillment.inventory.services.moves import Move, move_stock
from fulfillment.inventory.shelves import suggest_bins


@dataclass(frozen=True, slots=True)
class Stow:
    """So many pieces of one line were laid into a bin. `scan_id` is the device's: told twice, moved once."""

    asn_line_id: UUID
    bin_id: UUID
    quantity: int
    scan_id: UUID = field(default_factory=uuid7)


@act
def put_away(*, asn: Asn, stows: Sequence[Stow], by: User | None = None) -> int:
    """Move received goods from the dock to shelf bins, one Activity a stow. Returns how many stows were new.

    Raises WrongBin (naming one that fits) when the zone does not suit the SKU, PutAwayTooMuch, NotOnThisAsn, and
    AsnIsOver for a shipment of which nothing has arrived.
    """
    asn = lock_asn(asn)
    if asn.state not in (Asn.State.RECEIVING, Asn.State.CLOSED):
        raise AsnIsOver(f"{asn.number} is {asn.get_state_display()}; receive it first.")
    told = {stow.scan_id: stow for stow in stows}
    known = set(
        StockMove.objects.filter(reason=StockMove.Reason.PUT_AWAY, source_id__in=told).values_list(
            "source_id", flat=True
        )
    )
    new = [stow for scan_id, stow in told.items() if scan_id not in known]
    if not new:
        return 0
    lines = _lines(asn, new)
    _refuse_wrong_bins(asn.node, [(lines[s.asn_line_id].sku, s.bin_id) for s in new])
    dock = staging_bin(asn.node, Bin.Kind.RECEIVING)
    worker_id = by.pk if by else None
    move_stock(moves=[_move(asn, lines[s.asn_line_id], s, dock, worker_id) for s in new])
    record([_work(asn, lines[s.asn_line_id], s, worker_id) for s in new])
    return len(new)


def _lines(asn: Asn, new: Sequence[Stow]) -> dict[UUID, AsnLine]:
    """The shipment's lines, raised by what is put away now."""
    lines = {line.pk: line for line in AsnLine.objects.filter(asn=asn).select_related("sku")}
    amounts: Counter[UUID] = Counter()
    for stow in new:
        if stow.asn_line_id not in lines:
            raise NotOnThisAsn(f"That line is not on {asn.number}.", field="code")
        if stow.quantity < 1:
            raise Invalid("Put away at least one piece.", code="quantity_zero", field="quantity")
        amounts[stow.asn_line_id] += stow.quantity
    for line_id, quantity in amounts.items():
        line = lines[line_id]
        waiting = line.quantity_received - line.quantity_put_away
        if quantity > waiting:
            raise PutAwayTooMuch(
                f"{waiting} pieces of {line.sku.code} wait at the dock, not {quantity}.", field="quantity"
            )
    add_to_lines("quantity_put_away", amounts)
    return lines


def _refuse_wrong_bins(node: Node, pairs: Iterable[tuple[Sku, UUID]]) -> None:
    wanted = list(pairs)
    bins = {b.pk: b for b in Bin.objects.filter(pk__in={b for _, b in wanted}).select_related("zone")}
    for sku, bin_id in wanted:
        shelf = bins.get(bin_id)
        if shelf is None or shelf.node_id != node.pk:
            raise WrongBin(f"That bin is not at {node.name}.", field="code")
        if shelf.kind != Bin.Kind.SHELF:
            raise WrongBin(f"{shelf.code} is the {shelf.kind} bin. {_instead(sku, node)}", field="code")
        assert shelf.zone is not None  # noqa: S101 - bin_shelf_in_zone
        if shelf.zone.storage_class != sku.storage_class:
            raise WrongBin(
                f"{shelf.code} is {shelf.zone.get_storage_class_display()}; {sku.code} needs "
                f"{sku.get_storage_class_display()}. {_instead(sku, node)}",
                field="code",
            )


def _instead(sku: Sku, node: Node) -> str:
    fitting = suggest_bins(sku_ids=[sku.pk], node=node).get(sku.pk)
    if fitting is None:
        return f"{node.name} has no {sku.get_storage_class_display()} shelf; ask the operator."
    return f"Take {fitting.code}."


def _move(asn: Asn, line: AsnLine, stow: Stow, dock: Bin, worker_id: UUID | None) -> Move:
    return Move(
        sku_id=line.sku_id,
        member_id=asn.member_id,
        node_id=asn.node_id,
        quantity=stow.quantity,
        reason=StockMove.Reason.PUT_AWAY,
        source_type="putaway",
        source_id=stow.scan_id,
        from_bin_id=dock.pk,
        to_bin_id=stow.bin_id,
        lot_id=line.lot_id,
        worker_id=worker_id,
    )


def _work(asn: Asn, line: AsnLine, stow: Stow, worker_id: UUID | None) -> Work:
    return Work(
        kind=Kind.PUTAWAY,
        member_id=asn.member_id,
        node=asn.node,
        quantity=1,
        source_type="putaway",
        source_id=stow.scan_id,
        sku_id=line.sku_id,
        storage_class=line.sku.storage_class,
        worker_id=worker_id,
        reference=asn.number,
    )
