"""Bookings that belong together."""

from __future__ import annotations

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import Member, User
from fulfillment.capacity.models import BookingGroup


@act
def make_group(
    *, member: Member, kind: str, title: str, rrule: str = "", by: User | None = None
) -> BookingGroup:
    """A group for the bookings of one act: a series by its rule, or what a drop reserves."""
    return BookingGroup.objects.create(
        member=member, kind=kind, title=title, rrule=rrule, made_by=by, made_at=clock.now()
    )
