"""Who does not pay is put on hold, and comes off it by paying. Holds that a steward placed are a steward's to lift."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import QuerySet

from billing.invoices.models import Invoice, Issuer
from billing.payments.models import Collection
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.kernel.reasons import Reason
from coop.members.services import lift_hold, place_on_hold
from coop.models import Member

_PAYABLE = (Collection.State.OPEN, Collection.State.FAILED)


@dataclass
class Reviewed:
    """Who was put on hold, and who came off it."""

    held: list[Member] = field(default_factory=list)
    lifted: list[Member] = field(default_factory=list)


def overdue_invoices(*, days: int = 0) -> QuerySet[Invoice]:
    """Invoices that could be paid and were not, more than so many days after their due date; the oldest first."""
    return Invoice.objects.filter(
        collection__state__in=_PAYABLE, due_on__lt=_today() - dt.timedelta(days=days)
    ).order_by("due_on", "id")


def review_holds() -> Reviewed:
    """Hold members with an invoice overdue for more than HOLD_AFTER_DAYS days, and lift such holds where it is paid."""
    outcome = Reviewed()
    late = overdue_invoices(days=settings.HOLD_AFTER_DAYS).values("member")
    candidates = Member.objects.filter(standing=Member.Standing.GOOD, pk__in=late)
    outcome.held += [member for member in candidates if _hold(member=member)]
    held = Member.objects.filter(standing=Member.Standing.ON_HOLD, hold=Member.Hold.UNPAID)
    outcome.lifted += [member for member in held.exclude(pk__in=late) if _lift(member=member)]
    return outcome


@act
def _hold(*, member: Member) -> bool:
    """Looked at again behind the lock: the money may have come, or a steward may have been quicker."""
    [fresh] = lock_rows(Member.objects.filter(pk=member.pk))
    invoice = overdue_invoices(days=settings.HOLD_AFTER_DAYS).filter(member=fresh).first()
    if fresh.standing != Member.Standing.GOOD or invoice is None:
        return False
    words = f"Unpaid: invoice {invoice.number}, due {invoice.due_on:%-d %B %Y}."
    place_on_hold(member=fresh, reason=Reason(Member.Hold.UNPAID, words))
    return True


@act
def _lift(*, member: Member) -> bool:
    [fresh] = lock_rows(Member.objects.filter(pk=member.pk))
    if (
        fresh.hold != Member.Hold.UNPAID
        or overdue_invoices(days=settings.HOLD_AFTER_DAYS).filter(member=fresh).exists()
    ):
        return False
    lift_hold(member=fresh)
    return True


def _today() -> dt.date:
    """Due dates are days where the co-op is."""
    issuer = Issuer.objects.order_by("id").first()
    return clock.today(issuer.timezone if issuer else "UTC")
