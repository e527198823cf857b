"""Many parcels at once, by the very same rules as one."""

from __future__ import annotations

from collections.abc import Sequence

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import Node, User
from fulfillment.orders.models import Order
from fulfillment.packing.models import Shipment, StepConfirmation
from fulfillment.packing.services.bench import start_all
from fulfillment.packing.services.parcels import Packing, choose_cartons, goods_of, goods_weight_g, pack_all
from fulfillment.packing.services.shipping import ship_all
from fulfillment.packing.services.steps import steps_of


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
