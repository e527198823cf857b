"""Into the carton and onto the scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.models import Node, Sku, StorageClass, User
from fulfillment.activity.models import Kind
from fulfillment.activity.services import Work, record
from fulfillment.packing import cartons
from fulfillment.packing.bench.steps import steps_of
from fulfillment.packing.errors import CartonTooWeak, NotOnTheBench, StepsMissing, WeightImpossible
from fulfillment.packing.models import Carton, Shipment, ShipmentItem

SOURCE = "fulfillment.Shipment"
# What a parcel costs to handle follows its most demanding piece.
_DEMANDING = (StorageClass.COLD, StorageClass.OVERSIZE, StorageClass.AMBIENT)


Contents = dict[UUID, list[tuple[Sku, int]]]  # shipment id → SKUs with their pieces


@dataclass(frozen=True, slots=True)
class Packing:
    """How a parcel was packed. No carton means that the goods go in their own box. Weight in g, with the carton."""

    shipment_id: UUID
    carton: Carton | None
    weight_g: int


@act
def pack(*, shipment: Shipment, carton: Carton | None, weight_g: int, by: User | None) -> Shipment:
    """Close the parcel: in that carton (None: the goods' own box), with that weight on the scale.

    The same told twice is packed once. Raises StepsMissing, CartonTooWeak, WeightImpossible, NotOnTheBench.
    """
    [packed] = pack_all(node=shipment.node, packings=[Packing(shipment.pk, carton, weight_g)], by=by)
    return packed


def choose_carton(shipment: Shipment) -> Carton | None:
    """The smallest carton that takes the parcel's goods; None when they need a box of their own."""
    return choose_cartons(goods_of([shipment.pk]))[shipment.pk]


def choose_cartons(goods: Contents) -> dict[UUID, Carton | None]:
    """The same for many parcels."""
    by_key = {str(c.pk): c for c in Carton.objects.on_the_shelf()}
    boxes = [as_box(c) for c in by_key.values()]
    found = {pk: cartons.smallest(boxes, [as_goods(sku, n) for sku, n in rows]) for pk, rows in goods.items()}
    return {pk: by_key[box.key] if box else None for pk, box in found.items()}


def as_box(carton: Carton) -> cartons.Box:
    """A carton as the pure search knows it."""
    return cartons.Box(
        str(carton.pk), carton.length_mm, carton.width_mm, carton.height_mm, carton.max_weight_g
    )


def as_goods(sku: Sku, quantity: int) -> cartons.Goods:
    """Pieces of a SKU as the pure search knows them."""
    return cartons.Goods(sku.length_mm, sku.width_mm, sku.height_mm, sku.weight_g, quantity)


def goods_of(shipment_ids: Iterable[UUID]) -> Contents:
    """What lies in each parcel: SKUs with their pieces, two rows of one SKU added up. Each SKU is read once."""
    pieces: dict[UUID, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    items = ShipmentItem.objects.filter(shipment__in=list(shipment_ids)).order_by("sku_id", "pk")
    for shipment_id, sku_id, quantity in items.values_list("shipment_id", "sku_id", "quantity"):
        pieces[shipment_id][sku_id] += quantity
    skus = Sku.objects.in_bulk({sku_id for rows in pieces.values() for sku_id in rows})
    return {pk: [(skus[sku_id], n) for sku_id, n in rows.items()] for pk, rows in pieces.items()}


def goods_weight_g(goods: Iterable[tuple[Sku, int]]) -> int:
    """What the goods alone weigh by the book."""
    return sum(sku.weight_g * quantity for sku, quantity in goods)


def pack_all(
    *, node: Node, packings: Sequence[Packing], by: User | None, goods: Contents | None = None
) -> list[Shipment]:
    """The same for many parcels of a node, set-based, in the caller's transaction; `goods` when they are read already."""
    how = {p.shipment_id: p for p in packings}
    locked = lock_rows(Shipment.objects.filter(pk__in=how).select_related("member", "order"))
    fresh = [s for s in locked if _is_news(s, how[s.pk])]
    _refuse_unconfirmed(fresh)
    goods = goods_of([s.pk for s in fresh]) if goods is None else goods
    now = clock.now()
    for shipment in fresh:
        packing = how[shipment.pk]
        _refuse_weight(packing)
        shipment.state, shipment.packed_at = Shipment.State.PACKED, now
        shipment.carton, shipment.own_box = packing.carton, packing.carton is None
        shipment.weight_g = packing.weight_g
        if shipment.packer_id is None:
            shipment.packer = by
        shipment.value_amount = sum((sku.value_amount * n for sku, n in goods[shipment.pk]), Decimal(0))
        shipment.currency = shipment.member.currency
    _write(fresh)
    record([w for s in fresh for w in _work(node, s, goods[s.pk], by)])
    return locked


def _is_news(shipment: Shipment, packing: Packing) -> bool:
    if shipment.state == Shipment.State.PACKING:
        return True
    carton_id = packing.carton.pk if packing.carton else None
    if (shipment.carton_id, shipment.weight_g) == (carton_id, packing.weight_g):
        return False
    raise NotOnTheBench(f"Parcel {shipment.number} is packed already, in another way.")


def _refuse_unconfirmed(shipments: Sequence[Shipment]) -> None:
    steps = steps_of(shipments)
    for shipment in shipments:
        for step in steps[shipment.pk]:
            if step.must_confirm and not step.confirmed:
                raise StepsMissing(
                    f"Parcel {shipment.number}: step {step.number} is not confirmed: “{step.step.instruction}”."
                )


def _refuse_weight(packing: Packing) -> None:
    if packing.weight_g <= 0:
        raise WeightImpossible("Weigh the parcel: more than 0 g.", field="weight_g")
    carton = packing.carton
    if carton is not None and packing.weight_g > carton.max_weight_g + carton.tare_g:
        raise CartonTooWeak(
            f"{packing.weight_g} g is more than {carton.name} bears ({carton.max_weight_g} g of goods). Take a stronger one.",
            field="carton",
        )


def _write(shipments: Sequence[Shipment]) -> None:
    if not shipments:
        return
    rows = [
        (s.pk, s.carton_id, s.own_box, s.weight_g, s.packer_id, s.packed_at, s.value_amount, s.currency)
        for s in shipments
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_shipment s
            SET state = 'packed', carton_id = d.carton_id, own_box = d.own_box, weight_g = d.weight_g,
                packer_id = d.packer_id, packed_at = d.packed_at, value_amount = d.value_amount, currency = d.currency
            FROM unnest(%s::uuid[], %s::uuid[], %s::bool[], %s::int[], %s::uuid[], %s::timestamptz[],
                        %s::numeric[], %s::text[])
                 AS d (id, carton_id, own_box, weight_g, packer_id, packed_at, value_amount, currency)
            WHERE s.id = d.id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )


def _work(node: Node, shipment: Shipment, goods: Sequence[tuple[Sku, int]], by: User | None) -> list[Work]:
    kinds = [Kind.PACK, Kind.CARTON] if shipment.carton_id else [Kind.PACK]
    return [work(kind, node, shipment, goods, by) for kind in kinds]


def work(
    kind: Kind, node: Node, shipment: Shipment, goods: Iterable[tuple[Sku, int]], by: User | None
) -> Work:
    """One parcel's piece of work, for the ledger of work."""
    classes = {sku.storage_class for sku, _ in goods}
    return Work(
        kind=kind,
        member_id=shipment.member_id,
        node=node,
        quantity=1,
        source_type=SOURCE,
        source_id=shipment.pk,
        storage_class=next((c for c in _DEMANDING if c in classes), StorageClass.AMBIENT),
        worker_id=by.pk if by else None,
        reference=shipment.order.number,
    )
