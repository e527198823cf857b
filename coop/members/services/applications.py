"""Asking to join, and being answered."""

from __future__ import annotations

from django.utils.text import slugify

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Conflict
from coop.kernel.locks import lock_rows
from coop.members.mail import tell
from coop.members.models import Application, Member, MemberRole, Membership
from coop.members.services.standing import checked_vat_id


class AlreadyDecided(Conflict):
    """Another steward was quicker."""

    code = "already_decided"


@act
def apply_to_join(
    *,
    applicant: User,
    business_name: str,
    trade: str,
    about: str,
    legal_name: str,
    street: str,
    postcode: str,
    city: str,
    country: str = "DE",
    vat_id: str = "",
    parcels_a_month: int = 0,
) -> Application:
    """Ask to join the co-op. Raises Conflict (already_applied) while an earlier application waits, VatIdWrong."""
    application = Application.objects.create(
        applicant=applicant,
        business_name=business_name,
        trade=trade,
        about=about,
        legal_name=legal_name,
        street=street,
        postcode=postcode,
        city=city,
        country=country,
        vat_id=checked_vat_id(vat_id, country),
        parcels_a_month=parcels_a_month,
    )
    tell("application_received", application.pk)
    return application


@act
def approve_application(*, application: Application, by: User | None, note: str = "") -> Member:
    """Say yes: the member and its owner come into being, and the applicant is told. Raises AlreadyDecided."""
    application = _waiting(application)
    member = Member.objects.create(
        slug=_free_slug(application.business_name),
        name=application.business_name,
        trade=application.trade,
        story=application.about,
        email=application.applicant.email,
        legal_name=application.legal_name,
        street=application.street,
        postcode=application.postcode,
        city=application.city,
        country=application.country,
        vat_id=application.vat_id,
    )
    Membership.objects.create(member=member, user=application.applicant, role=MemberRole.OWNER)
    application.member = member
    _decide(application, Application.State.APPROVED, by, note)
    tell("application_approved", application.pk)
    return member


@act
def decline_application(*, application: Application, by: User | None, note: str = "") -> Application:
    """Say no, with a note that the applicant reads. Raises AlreadyDecided."""
    application = _waiting(application)
    _decide(application, Application.State.DECLINED, by, note)
    tell("application_declined", application.pk)
    return application


def _waiting(application: Application) -> Application:
    """The application, locked, still waiting."""
    rows = Application.objects.select_related("applicant").filter(
        pk=application.pk, state=Application.State.WAITING
    )
    locked = lock_rows(rows)
    if not locked:
        raise AlreadyDecided("This application was decided already. Reload the page to see by whom.")
    return locked[0]


def _decide(application: Application, state: str, by: User | None, note: str) -> None:
    application.state = state
    application.decided_at = clock.now()
    application.decided_by = by
    application.decision_note = note
    application.save(update_fields=["state", "decided_at", "decided_by", "decision_note", "member"])


def _free_slug(name: str) -> str:
    """A short name that nobody has; the unique constraint has the last word."""
    base = slugify(name.replace("&", " and "))[:50] or "member"
    taken = set(Member.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)
