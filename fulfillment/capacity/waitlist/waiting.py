"""The waiting list: joining, leaving, taking an offer or passing it on."""

from __future__ import annotations

from django.utils.translation import gettext as _

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.locks import lock_rows
from coop.models import Member, User
from fulfillment.capacity.availability.asks import Ask, all_asked, ask_of, asked
from fulfillment.capacity.availability.counters import days_of
from fulfillment.capacity.availability.opening import open_asked
from fulfillment.capacity.availability.reading import DayView, read_spans
from fulfillment.capacity.availability.reasons import in_words
from fulfillment.capacity.booking.bookings import confirm_bookings
from fulfillment.capacity.booking.checks import check_asks, check_standing
from fulfillment.capacity.booking.releasing import release_bookings
from fulfillment.capacity.errors import FreeNow, HoldRanOut, NeverFits, NotOffered
from fulfillment.capacity.models import Booking, SlotPool, WaitlistEntry
from fulfillment.capacity.waitlist.handing_out import hand_out, start_waiting, stop_waiting
from fulfillment.capacity.waitlist.scene import Scene, lock_scene


@act
def join_waitlist(*, member: Member, ask: Ask, by: User | None = None) -> WaitlistEntry:
    """Wait for slots on every day of the range. What comes free is offered in the order of joining, all days or none.

    Raises FreeNow when they can be booked instead, NeverFits when the pool has not that many at all or the node does
    not work on one of the days, Invalid when the first day has begun (an offer could not be answered), OnHold, Conflict when the member waits for the same already.
    """
    check_standing(member)
    check_asks([ask])
    if ask.first_day <= clock.today(ask.pool.node.timezone):
        raise Invalid("This day has begun; wait for tomorrow or later.", field="first_day")
    open_asked([ask])
    scene = lock_scene(lambda: asked(ask), tidy=True)
    hand_out(scene)
    _check_can_come(ask, scene)
    entry = WaitlistEntry(
        member=member,
        pool=ask.pool,
        slots=ask.slots,
        skus=asked(ask)[-1].slots if ask.pool.assortment_id else 0,
        first_day=ask.first_day,
        last_day=ask.last_day,
        joined_by=by,
        joined_at=clock.now(),
    )
    start_waiting([entry])
    return entry


def leave_waitlist(*, entry: WaitlistEntry, by: User | None = None) -> WaitlistEntry:
    """Wait no longer; an offer that is out is passed on. Raises NotOffered when the wait is over already."""
    row = _leave(entry=entry)
    # It may have been offered in the moment of leaving: then the hold goes on to the next.
    return pass_offer(entry=row, by=by) if row.state == WaitlistEntry.State.OFFERED else row


@act
def _leave(*, entry: WaitlistEntry) -> WaitlistEntry:
    lock_scene(lambda: asked(ask_of(entry)), tidy=False)
    [row] = lock_rows(WaitlistEntry.objects.filter(pk=entry.pk).select_related("pool__node", "member"))
    if row.state == WaitlistEntry.State.OFFERED:
        return row
    if row.state != WaitlistEntry.State.WAITING:
        raise NotOffered("This wait is over already.")
    stop_waiting([row])
    row.state, row.ended_at = WaitlistEntry.State.WITHDRAWN, clock.now()
    row.save(update_fields=["state", "ended_at"])
    return row


@act
def take_offer(*, entry: WaitlistEntry, by: User | None = None) -> Booking:
    """Book what was offered. Told again, it stays so. Raises HoldRanOut when it was too late, NotOffered, OnHold."""
    row = _offered(entry)
    check_standing(row.member)
    assert row.offer is not None  # noqa: S101 - _offered saw to it
    [booking] = confirm_bookings(bookings=[row.offer], by=by)
    return booking


@act
def pass_offer(*, entry: WaitlistEntry, by: User | None = None) -> WaitlistEntry:
    """Do not take what was offered: the next one who waits gets it. Raises NotOffered when nothing is offered."""
    row = _offered(entry)
    if row.state != WaitlistEntry.State.OFFERED:
        raise NotOffered("This offer is not out any more.")
    assert row.offer is not None  # noqa: S101 - _offered saw to it
    release_bookings(bookings=[row.offer], reason="the offer was passed on", by=by)
    row.refresh_from_db()
    return row


def offer_waiting(*, limit: int = 200) -> int:
    """Tidy: offer what is free to whoever waits, and end waits whose days have come. Returns how many got an offer.

    Whoever frees slots offers them at once; this finds what came free otherwise (a member is in good standing again).
    """
    waiting = WaitlistEntry.objects.waiting().values_list("pool", flat=True)
    pools = list(dict.fromkeys(waiting))[:limit]
    return sum(_offer_in(pool=pool) for pool in SlotPool.objects.filter(pk__in=pools).select_related("node"))


@act
def _offer_in(*, pool: SlotPool) -> int:
    today = clock.today(pool.node.timezone)
    entries = WaitlistEntry.objects.waiting().filter(pool=pool).select_related("pool")
    scene = lock_scene(lambda: all_asked(map(ask_of, entries.all())), tidy=True)
    over = [e for e in scene.entries if e.pool_id == pool.pk and e.first_day <= today]
    if over:
        stop_waiting(over)
        WaitlistEntry.objects.filter(pk__in=[e.pk for e in over]).update(
            state=WaitlistEntry.State.OVER, ended_at=clock.now()
        )
        gone = {e.pk for e in over}
        scene.entries = [e for e in scene.entries if e.pk not in gone]
    return len(hand_out(scene))


def _offered(entry: WaitlistEntry) -> WaitlistEntry:
    row = WaitlistEntry.objects.select_related("offer__pool__node", "member").get(pk=entry.pk)
    if row.state == WaitlistEntry.State.LAPSED:
        raise HoldRanOut("The offer was not taken in time and went to the next. You may join the list again.")
    if row.offer is None or row.state not in (WaitlistEntry.State.OFFERED, WaitlistEntry.State.TAKEN):
        raise NotOffered("Nothing is offered to you here at the moment.")
    return row


def _check_can_come(ask: Ask, scene: Scene) -> None:
    """Raises FreeNow or NeverFits; the days are locked, and those who wait have been served."""
    spans = asked(ask)
    reading = read_spans(spans, now=scene.now, behind_locks=True)
    if reading.has(spans):
        raise FreeNow("These slots are free on every day. Book them instead.")
    for key, n in sorted(days_of(spans).items(), key=lambda item: item[0][1]):
        if not reading.days[key].may_come(n):
            raise _never(reading.days[key], n)


def _never(view: DayView, slots: int) -> NeverFits:
    if view.is_closed:
        words = _("The node does not work on %(day)s (%(why)s), so nothing can come free. Take other days.")
        return NeverFits(
            words % {"day": f"{view.day:%d %b %Y}", "why": in_words(view, slots)}, field="first_day"
        )
    what = "different SKUs" if view.is_places else "slots"
    most = max(view.capacity, view.usual)
    return NeverFits(
        f"There are never more than {most} {what} here on {view.day:%d %b %Y}. Ask for fewer.",
        field="skus" if view.is_places else "slots",
    )
