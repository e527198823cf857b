"""What is kept for the bill when slots are given back later than a node's terms allow.

Each day has its own notice: a slot of 10 June given back on 8 June is given back 2 days before. So it makes no
difference in how many steps somebody gives back. Capacity knows no price: what is kept is work on record, in units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.locks import lock_rows
from coop.models import Node, StorageClass, User
from fulfillment.activity.models import UNITS, Kind
from fulfillment.activity.services import Work, record
from fulfillment.capacity.models import Booking, CancellationFee, CancellationTerm, SlotPool

# What late notice is called, by the kind of slots.
FEE_KINDS: dict[str, str] = {
    SlotPool.Kind.SHELF: Kind.CANCEL,
    SlotPool.Kind.DOCK: Kind.NO_SHOW,
    SlotPool.Kind.TABLE: Kind.NO_SHOW,
    SlotPool.Kind.PICKS: Kind.IDLE,
}


@dataclass(frozen=True, slots=True)
class Fee:
    """`quantity` of the work `kind` (in `unit`) that goes on the bill if `booking` is given back now, and why."""

    booking: Booking
    kind: str
    quantity: int
    why: str

    @property
    def unit(self) -> str:
        return UNITS[self.kind]


@act
def set_terms(
    *, node: Node, kind: str, terms: Sequence[tuple[int, int]], by: User | None = None
) -> list[CancellationTerm]:
    """The node's terms for a kind of slots: pairs of (under so many days' notice, percent kept). None at all: free.

    They replace those there were; what was given back before stays as it was. Raises Invalid for figures that make no
    sense, or for SKU places, which nobody gives back alone.
    """
    if kind not in FEE_KINDS:
        raise Invalid("There are terms for shelf slots, docks, picks and tables.", field="kind")
    for days, percent in terms:
        if not (1 <= days <= 365 and 1 <= percent <= 100):
            raise Invalid("A term keeps 1 to 100 percent, under 1 to 365 days' notice.", code="term_share")
    if len({days for days, _ in terms}) < len(terms):
        raise Invalid("There are two terms for the same notice; keep one.", code="term_twice")
    lock_rows(Node.objects.filter(pk=node.pk))
    CancellationTerm.objects.filter(node=node, kind=kind).delete()
    return CancellationTerm.objects.bulk_create(
        CancellationTerm(node=node, kind=kind, notice_days=days, share_percent=percent)
        for days, percent in sorted(terms, reverse=True)
    )


def fees_on_release(bookings: Sequence[Booking]) -> list[Fee]:
    """What giving these bookings back now would put on the bill; nothing for those that are free to go."""
    found = []
    for booking in bookings:
        if booking.state == Booking.State.BOOKED:
            today = clock.today(booking.pool.node.timezone)
            fee = fee_of(booking, lost_days(booking, after=today))
            found += [fee] if fee else []
    return found


def lost_days(booking: Booking, *, after: dt.date) -> dict[dt.date, int]:
    """The slots of each day of a booking that a release would give back: those of days `after` today."""
    begin = max(booking.first_day, after + dt.timedelta(days=1))
    return dict.fromkeys(clock.days_between(begin, booking.last_day), booking.slots)


def fee_of(booking: Booking, lost: Mapping[dt.date, int]) -> Fee | None:
    """What is kept of the `lost` slots of each day, rounded up once. None when nothing is."""
    if booking.pool.kind not in FEE_KINDS or not lost:
        return None
    node = booking.pool.node
    today = clock.today(node.timezone)
    terms = list(CancellationTerm.objects.filter(node=node, kind=booking.pool.kind))
    late = {day: _share(terms, (day - today).days) for day in lost}
    hundredths = sum(lost[day] * share for day, share in late.items())
    if not hundredths:
        return None
    slots = sum(lost[day] for day, share in late.items() if share)
    shares = sorted({share for share in late.values() if share})
    notice = max(term.notice_days for term in terms if term.share_percent in shares)
    percent = " to ".join(str(share) for share in dict.fromkeys((shares[0], shares[-1])))
    kind = FEE_KINDS[booking.pool.kind]
    return Fee(
        booking,
        kind,
        -(-hundredths // 100),
        f"{percent} % of {slots} {booking.pool.label} given back at less than {notice} days' notice",
    )


def charge_late(booking: Booking, lost: Mapping[dt.date, int]) -> CancellationFee | None:
    """Put on record what is kept of the `lost` slots, in the caller's transaction. The booking is locked."""
    fee = fee_of(booking, lost)
    if fee is None:
        return None
    row = CancellationFee.objects.create(
        booking=booking, kind=fee.kind, quantity=fee.quantity, why=fee.why, kept_at=clock.now()
    )
    pool = booking.pool
    record(
        [
            Work(
                kind=fee.kind,
                member_id=booking.member_id,
                node=pool.node,
                quantity=fee.quantity,
                source_type="kept_share",
                source_id=row.pk,
                reference=fee.why[:80],
                storage_class=pool.storage_class or StorageClass.AMBIENT,
            )
        ]
    )
    return row


def _share(terms: Sequence[CancellationTerm], notice: int) -> int:
    """The strictest share that applies at so many days' notice."""
    return max((term.share_percent for term in terms if notice < term.notice_days), default=0)


def terms_in_words(terms: Iterable[CancellationTerm]) -> list[str]:
    """What is kept when slots are given back late, one sentence a term, the longest notice first; empty when free."""
    ordered = sorted(terms, key=lambda term: -term.notice_days)
    return [
        f"Given back less than {clock.days_in_words(term.notice_days)} before, {term.share_percent}\u00a0% of the day is billed."
        for term in ordered
    ]
