"""Who does not pay is put on hold, and comes off it by paying. Holds that a steward placed are a steward's to lift."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings

from billing.invoices.models import Invoice, InvoiceQuerySet
from billing.payments import reads
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.kernel.reasons import Reason
from coop.members.services import lift_hold, place_on_hold
from coop.models import Member


@dataclass
class Reviewed:
    """Who was put on hold, and who came off it."""

    held: list[Member] = field(default_factory=list)
    lifted: list[Member] = field(default_factory=list)


def review_holds() -> Reviewed:
    """Hold members with an invoice overdue for more than HOLD_AFTER_DAYS days, and lift such holds where it is paid."""
    outcome = Reviewed()
    late = _too_late().values("member")
    candidates = Member.objects.filter(standing=Member.Standing.GOOD, pk__in=late)
    outcome.held += [member for member in candidates if _hold(member=member)]
    held = Member.objects.filter(standing=Member.Standing.ON_HOLD, hold=Member.Hold.UNPAID)
    outcome.lifted += [member for member in held.exclude(pk__in=late) if _lift(member=member)]
    return outcome


@act
def _hold(*, member: Member) -> bool:
    """Looked at again behind the lock: the money may have come, or a steward may have been quicker."""
    [fresh] = lock_rows(Member.objects.filter(pk=member.pk))
    invoice = _too_late().filter(member=fresh).first()
    if fresh.standing != Member.Standing.GOOD or invoice is None:
        return False
    words = f"Unpaid: invoice {invoice.number}, due {invoice.due_on:%-d %B %Y}."
    place_on_hold(member=fresh, reason=Reason(Member.Hold.UNPAID, words))
    return True


@act
def _lift(*, member: Member) -> bool:
    [fresh] = lock_rows(Member.objects.filter(pk=member.pk))
    if fresh.hold != Member.Hold.UNPAID or _too_late().filter(member=fresh).exists():
        return False
    lift_hold(member=fresh)
    return True


def _too_late() -> InvoiceQuerySet:
    """What holds a member: overdue for so long, and it could be paid (where Stripe does not have it, nobody can); the oldest first."""
    day = reads.today() - dt.timedelta(days=settings.HOLD_AFTER_DAYS)
    late = reads.overdue(Invoice.objects.all(), day).filter(collection__state__in=reads.PAYABLE)
    return late.order_by("due_on", "id")
