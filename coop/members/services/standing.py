"""What is known of a member, and how it stands with the co-op."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from coop.identity.models import User
from coop.kernel.acts import act
from coop.kernel.errors import Conflict, Invalid
from coop.kernel.locks import lock_rows
from coop.kernel.reasons import Reason
from coop.members.models import Member
from coop.members.vat import normal_vat_id


class VatIdWrong(Invalid):
    """The number is not one that this country gives out."""

    code = "vat_id_wrong"


class MemberClosed(Conflict):
    """The member has left the co-op."""

    code = "member_closed"


@dataclass(frozen=True, kw_only=True)
class MemberDetails:
    """What a member says of itself."""

    name: str
    trade: str
    story: str
    email: str
    legal_name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str
    thank_you: str


@act
def change_member(*, member: Member, details: MemberDetails, by: User | None) -> Member:
    """Change what a member says of itself; its next invoice uses it. Raises VatIdWrong."""
    values = asdict(details)
    values["vat_id"] = checked_vat_id(details.vat_id, details.country)
    for name, value in values.items():
        setattr(member, name, value)
    member.save(update_fields=list(values))
    return member


@act
def place_on_hold(*, member: Member, reason: Reason) -> Member:
    """New orders of this member wait from now on; nothing is lost. A second reason replaces the first.

    The reason's code says whose hold it is: one of `Member.Hold`.
    """
    return _stand(member, Member.Standing.ON_HOLD, reason.within(200))


@act
def lift_hold(*, member: Member) -> Member:
    """Orders flow again."""
    return _stand(member, Member.Standing.GOOD, Reason("", ""))


def _stand(member: Member, standing: str, reason: Reason) -> Member:
    [fresh] = lock_rows(Member.objects.filter(pk=member.pk))
    if fresh.standing == Member.Standing.CLOSED:
        raise MemberClosed(f"{fresh.name} has left the co-op.")
    told = (standing, reason.code, reason.words)
    if (fresh.standing, fresh.hold, fresh.standing_reason) != told:
        fresh.standing, fresh.hold, fresh.standing_reason = told
        fresh.save(update_fields=["standing", "hold", "standing_reason"])
    member.standing, member.hold, member.standing_reason = told
    return fresh


def checked_vat_id(vat_id: str, country: str) -> str:
    """The VAT number in its normal form, "" for none. Raises VatIdWrong."""
    if not vat_id.strip():
        return ""
    normal = normal_vat_id(vat_id, country)
    if normal is None:
        raise VatIdWrong(
            f"{vat_id.strip()} is not a VAT number of {country}. Check for a slip, or leave it empty.",
            field="vat_id",
        )
    return normal
