"""Which steps a parcel is packed by: those of every spec its goods name, in order, each thing said once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.models import PackingStep
from fulfillment.packing.models import Shipment, ShipmentSpec, StepConfirmation


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the packer's screen. `same` are equal steps of the parcel's other specs: confirmed with it."""

    step: PackingStep
    number: int
    must_confirm: bool
    confirmed: bool
    same: frozenset[UUID]


def steps_of(shipments: Sequence[Shipment]) -> dict[UUID, list[Step]]:
    """The steps of many parcels by their ids; three queries however many there are.

    Specs follow each other in the parcel's order; a step of the same kind and words as an earlier one is not shown
    again, but if any of them must be confirmed, the one that is shown must.
    """
    ids = [s.pk for s in shipments]
    versions: dict[UUID, list[UUID]] = defaultdict(list)
    for shipment_id, version_id in (
        ShipmentSpec.objects.filter(shipment__in=ids)
        .order_by("position")
        .values_list("shipment_id", "version_id")
    ):
        versions[shipment_id].append(version_id)
    steps: dict[UUID, list[PackingStep]] = defaultdict(list)
    wanted = {v for vs in versions.values() for v in vs}
    for step in (
        PackingStep.objects.filter(version__in=wanted).order_by("position").select_related("version__spec")
    ):
        steps[step.version_id].append(step)
    done: dict[UUID, set[UUID]] = defaultdict(set)
    for shipment_id, step_id in StepConfirmation.objects.filter(shipment__in=ids).values_list(
        "shipment_id", "step_id"
    ):
        done[shipment_id].add(step_id)
    return {pk: _once_each([s for v in versions[pk] for s in steps[v]], done[pk]) for pk in ids}


def _once_each(steps: Sequence[PackingStep], done: set[UUID]) -> list[Step]:
    equal: dict[tuple[str, str], list[PackingStep]] = {}
    for step in steps:
        equal.setdefault((step.kind, " ".join(step.instruction.casefold().split())), []).append(step)
    return [
        Step(
            step=same[0],
            number=number,
            must_confirm=any(s.must_confirm for s in same),
            confirmed=any(s.pk in done for s in same),
            same=frozenset(s.pk for s in same),
        )
        for number, same in enumerate(equal.values(), start=1)
    ]
