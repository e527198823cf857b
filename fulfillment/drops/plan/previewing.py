"""What scheduling a drop would reserve: it is done, looked at, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from coop.kernel.acts import act
from coop.models import Member
from fulfillment.capacity.models import Booking
from fulfillment.drops.errors import NothingFits
from fulfillment.drops.models import CycleRun
from fulfillment.drops.plan.inputs import DropInput
from fulfillment.drops.plan.scheduling import TakenBack, nearest_runs_that_fit, plan_and_reserve


@dataclass(frozen=True, slots=True)
class LegPreview:
    """What one run would bring to its node, and what would be booked there."""

    run: CycleRun
    pieces: int
    bookings: Sequence[Booking]


def preview_drop(*, member: Member, told: DropInput) -> list[LegPreview]:
    """What `schedule_drop` would reserve now, leg by leg. Nothing is taken, nothing is kept free.

    Raises what `schedule_drop` raises, NothingFits with the nearest runs that fit.
    """
    try:
        return _try(member, told)
    except NothingFits as error:
        raise NothingFits(error.missing, nearest_runs_that_fit(member=member, told=told)) from error


def _try(member: Member, told: DropInput) -> list[LegPreview]:
    found: list[LegPreview] = []
    try:
        with transaction.atomic():
            found = _done(member=member, told=told)
            raise TakenBack
    except TakenBack:
        return found


@act
def _done(*, member: Member, told: DropInput) -> list[LegPreview]:
    drop = plan_and_reserve(member=member, told=told, by=None)
    groups = dict(drop.legs.values_list("run_id", "bookings_id"))
    rows = Booking.objects.filter(group__in=groups.values()).select_related("pool__node")
    bookings = list(rows.order_by("first_day", "pool__kind", "pk"))
    return [
        LegPreview(
            leg.run,
            sum(quantity for _, quantity in leg.lines),
            [booking for booking in bookings if booking.group_id == groups[leg.run.pk]],
        )
        for leg in told.legs
    ]
