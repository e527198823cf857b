"""An order comes onto the bench, and the member's steps are confirmed one by one; many at once by the very same rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from coop.catalog.services import spec_in_force
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import uuid7
from coop.kernel.locks import lock_rows
from coop.models import Node, PackingSpecVersion, PackingStep, User
from fulfillment.orders.models import Allocation, Order
from fulfillment.packing.bench.steps import steps_of
from fulfillment.packing.errors import (
    NotAllPicked,
    NothingToPack,
    NotOneOfItsSteps,
    NotOnTheBench,
    SomebodyPacks,
)
from fulfillment.packing.models import Shipment, ShipmentItem, ShipmentSpec, StepConfirmation
from fulfillment.packing.numbers import parcel_number
from fulfillment.packing.services.parcels import Packing, choose_cartons, goods_of, goods_weight_g, pack_all
from fulfillment.packing.services.shipping import ship_all


@act
def start_packing(*, order: Order, node: Node, by: User | None, take_over: bool = False) -> Shipment:
    """Put an order on the bench: a parcel with what is picked of it here and the specs in force now.

    The packer's own unfinished parcel of this order comes back as it was; another packer's with `take_over` alone.
    Raises SomebodyPacks, NotAllPicked, NothingToPack.
    """
    [shipment] = start_all(node=node, orders=[order], by=by, take_over=take_over)
    return shipment


def start_all(
    *, node: Node, orders: Sequence[Order], by: User | None, take_over: bool = False
) -> list[Shipment]:
    """The same for many orders, set-based, in the caller's transaction."""
    ids = {o.pk for o in orders}
    locked = {o.pk: o for o in lock_rows(Order.objects.filter(pk__in=ids).select_related("member"))}
    begun = _begun(node, ids, by, take_over)
    new = [locked[pk] for pk in ids - begun.keys()]
    if not new:
        return list(begun.values())
    _refuse_unpicked(node, new)
    goods = _goods(node, new)
    shipments = _new_shipments(node, new, goods, by)
    ShipmentItem.objects.bulk_create(
        [
            ShipmentItem(shipment=s, allocation=a, sku_id=a.sku_id, quantity=a.quantity)
            for s in shipments
            for a in goods[s.order_id]
        ],
        batch_size=2000,
    )
    return [*begun.values(), *shipments]


def _begun(node: Node, ids: set[UUID], by: User | None, take_over: bool) -> dict[UUID, Shipment]:
    """Parcels of these orders that are on a bench already, by order."""
    begun = lock_rows(
        Shipment.objects.filter(node=node, order__in=ids, state=Shipment.State.PACKING).select_related(
            "packer"
        )
    )
    for shipment in begun:
        if by is None or shipment.packer_id in {by.pk, None}:
            continue
        if not take_over:
            raise SomebodyPacks(
                f"{shipment.packer} has parcel {shipment.number} on the bench. Take it over, or leave it."
            )
        shipment.packer = by
        shipment.save(update_fields=["packer"])
    return {s.order_id: s for s in begun}


def _refuse_unpicked(node: Node, orders: Sequence[Order]) -> None:
    waiting = (
        Allocation.objects.filter(
            node=node, order__in=orders, state__in=[Allocation.State.QUEUED, Allocation.State.WAVED]
        )
        .select_related("order")
        .first()
    )
    if waiting is not None:
        raise NotAllPicked(f"Order {waiting.order.number} is not all picked yet. Keep its tote on the cart.")


def _goods(node: Node, orders: Sequence[Order]) -> dict[UUID, list[Allocation]]:
    goods: dict[UUID, list[Allocation]] = defaultdict(list)
    for allocation in (
        Allocation.objects.filter(
            node=node, order__in=orders, state=Allocation.State.PICKED, shipment_item__isnull=True
        )
        .select_related("sku")
        .order_by("pk")
    ):
        goods[allocation.order_id].append(allocation)
    for order in orders:
        if order.pk not in goods:
            raise NothingToPack(f"Nothing of order {order.number} waits to be packed here.")
    return goods


def _new_shipments(
    node: Node, orders: Sequence[Order], goods: dict[UUID, list[Allocation]], by: User | None
) -> list[Shipment]:
    specs = spec_in_force({a.sku_id for rows in goods.values() for a in rows})
    now = clock.now()
    shipments, followed = [], []
    for order, (pk, number) in zip(orders, _names(node, len(orders)), strict=True):
        versions = _versions(specs, goods[order.pk])
        shipment = Shipment(
            pk=pk,
            member_id=order.member_id,
            node=node,
            order=order,
            number=number,
            spec_version=versions[0] if versions else None,
            packer=by,
            started_at=now,
        )
        shipments.append(shipment)
        followed += [
            ShipmentSpec(shipment=shipment, version=version, position=position)
            for position, version in enumerate(versions, start=1)
        ]
    Shipment.objects.bulk_create(shipments, batch_size=1000)
    ShipmentSpec.objects.bulk_create(followed, batch_size=2000)
    return shipments


def _versions(
    specs: dict[UUID, PackingSpecVersion | None], goods: Sequence[Allocation]
) -> list[PackingSpecVersion]:
    found = {v.pk: v for a in goods if (v := specs.get(a.sku_id)) is not None}
    return sorted(found.values(), key=lambda v: (not v.spec.is_default, v.spec.name, v.pk))


def _names(node: Node, count: int) -> list[tuple[UUID, str]]:
    """Fresh ids whose numbers nobody has; 40 bits collide once in a million parcels, and then another id is taken."""
    names: dict[str, UUID] = {}
    while len(names) < count:
        more = {parcel_number(node.code, pk): pk for pk in (uuid7() for _ in range(count - len(names)))}
        taken = set(Shipment.objects.filter(number__in=more).values_list("number", flat=True))
        names.update({number: pk for number, pk in more.items() if number not in taken})
    return [(pk, number) for number, pk in names.items()]


@act
def confirm_step(*, shipment: Shipment, step: PackingStep, by: User | None) -> None:
    """The packer did this step. Told twice once. Raises NotOneOfItsSteps, NotOnTheBench."""
    [locked] = lock_rows(Shipment.objects.filter(pk=shipment.pk))
    shown = next((s for s in steps_of([locked])[locked.pk] if step.pk in s.same), None)
    if shown is None:
        raise NotOneOfItsSteps("This step belongs to no spec of this parcel. Open the parcel again.")
    if shown.confirmed:
        return
    if locked.state != Shipment.State.PACKING:
        raise NotOnTheBench(f"Parcel {locked.number} is packed already.")
    StepConfirmation.objects.create(shipment=locked, step=step, worker=by, confirmed_at=clock.now())


@act
def pack_and_ship(*, node: Node, orders: Sequence[Order], by: User | None, carrier: str) -> list[Shipment]:
    """Pack and hand over the picked goods of these orders: every step confirmed by `by`, smallest carton, book weight.

    Set-based; all or none. Raises what `start_packing`, `pack` and `ship` raise.
    """
    if not orders:
        return []
    shipments = start_all(node=node, orders=orders, by=by)
    _confirm_all(shipments, by)
    goods = goods_of(s.pk for s in shipments)
    boxes = choose_cartons(goods)
    packings = [
        Packing(pk, carton := boxes[pk], goods_weight_g(rows) + (carton.tare_g if carton else 0))
        for pk, rows in goods.items()
    ]
    packed = pack_all(node=node, packings=packings, by=by, goods=goods)
    return ship_all(shipments=packed, carrier=carrier, by=by, tracking={}, goods=goods)


def _confirm_all(shipments: Sequence[Shipment], by: User | None) -> None:
    now = clock.now()
    steps = steps_of(shipments)
    StepConfirmation.objects.bulk_create(
        [
            StepConfirmation(shipment=s, step=step.step, worker=by, confirmed_at=now)
            for s in shipments
            for step in steps[s.pk]
            if not step.confirmed
        ],
        batch_size=2000,
    )
