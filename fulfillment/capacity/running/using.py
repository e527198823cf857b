"""What became of appointments: used, or nobody came; and picks that were reserved and not used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Sum

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.ids import derived
from coop.kernel.locks import lock_rows
from coop.models import Node, User
from fulfillment.activity.models import Activity, Kind
from fulfillment.activity.services import Work, record
from fulfillment.capacity.errors import NotToday
from fulfillment.capacity.models import Booking, SlotPool

_USED_AS: dict[str, str] = {SlotPool.Kind.DOCK: Kind.DOCK, SlotPool.Kind.TABLE: Kind.TABLE}
LOOK_BACK_DAYS = 14


@act
def note_use(*, booking: Booking, by: User | None = None) -> Booking:
    """Somebody came for a dock appointment or a table: it is used from now on, and on record for the day.

    Told again, it is on record once. Raises NotToday on another day than one of its own, Invalid for slots nobody comes
    for.
    """
    [row] = lock_rows(Booking.objects.filter(pk=booking.pk).select_related("pool__node"))
    if row.pool.kind not in _USED_AS:
        raise Invalid("People come for dock appointments and for tables, not for these slots.")
    today = clock.today(row.pool.node.timezone)
    if row.state != Booking.State.BOOKED or not row.first_day <= today <= row.last_day:
        raise NotToday(f"This is not booked for today, {today:%d %b %Y}.")
    if row.used_at is None:
        row.used_at = clock.now()
        row.save(update_fields=["used_at"])
    record([_used(row, today, by)])
    return row


@act
def record_use(*, node: Node, day: dt.date) -> int:
    """Put each later day of tables (and docks) in use on record, as `note_use` does the first. Returns how many."""
    used = Booking.objects.at(node).filter(
        state=Booking.State.BOOKED,
        used_at__isnull=False,
        pool__kind__in=_USED_AS,
        first_day__lte=day,
        last_day__gte=day,
    )
    work = [
        _used(row, day, None)
        for row in used.select_related("pool__node")
        if row.used_at is not None and row.used_at.astimezone(node.zone).date() <= day
    ]
    record(work)
    return len(work)


@act
def record_missed(*, node: Node, day: dt.date) -> int:
    """Put on record what was reserved at `node` on `day` and not used: appointments nobody came to, idle picks.

    A dock or table counts once, on its last day. Told again, it is written once. Returns how many there were. Raises
    Invalid for a day that is not over at the node.
    """
    if day >= clock.today(node.timezone):
        raise Invalid(f"{day:%d %b %Y} is not over at {node.name}.", field="day")
    missed = Booking.objects.at(node).filter(
        state=Booking.State.BOOKED, used_at__isnull=True, pool__kind__in=_USED_AS, last_day=day
    )
    work = [
        Work(
            kind=Kind.NO_SHOW,
            member_id=row.member_id,
            node=node,
            quantity=row.slots,
            source_type="booking_missed",
            source_id=derived("missed", row.pk),
            reference=f"nobody came: {row.pool.label}"[:80],
            day=day,
        )
        for row in missed.select_related("pool")
    ]
    work += _idle(node, day)
    record(work)
    return len(work)


def record_all_missed(*, node: Node) -> list[dt.date]:
    """`record_missed` and `record_use` of the last LOOK_BACK_DAYS, one transaction a day. Returns the days with any."""
    today = clock.today(node.timezone)
    record_use(node=node, day=today)
    found = []
    for n in range(LOOK_BACK_DAYS, 0, -1):
        day = today - dt.timedelta(days=n)
        if record_use(node=node, day=day) + record_missed(node=node, day=day):
            found.append(day)
    return found


def _used(row: Booking, day: dt.date, by: User | None) -> Work:
    return Work(
        kind=_USED_AS[row.pool.kind],
        member_id=row.member_id,
        node=row.pool.node,
        quantity=row.slots,
        source_type="booking_day",
        source_id=derived("used", row.pk, day),
        worker_id=by.pk if by else None,
        reference=row.pool.label[:80],
        day=day,
    )


def _idle(node: Node, day: dt.date) -> Sequence[Work]:
    """Picks each member had reserved that day beyond those that were picked for it."""
    reserved = Booking.objects.at(node).filter(
        state=Booking.State.BOOKED, pool__kind=SlotPool.Kind.PICKS, first_day__lte=day, last_day__gte=day
    )
    booked = dict(reserved.order_by().values_list("member").annotate(Sum("slots")))
    if not booked:
        return []
    picks = Activity.objects.filter(node=node, day=day, kind=Kind.PICK, member__in=booked)
    picked = dict(picks.order_by().values_list("member").annotate(Sum("quantity")))
    return [
        Work(
            kind=Kind.IDLE,
            member_id=member,
            node=node,
            quantity=slots - picked.get(member, 0),
            source_type="idle_picks",
            source_id=derived("idle", node.pk, member, day),
            reference=f"{picked.get(member, 0)} of {slots} reserved picks used",
            day=day,
        )
        for member, slots in booked.items()
        if slots > picked.get(member, 0)
    ]
