"""What changes the co-op's people: applications, members, teams, keys. The only writer of this room's tables."""

from coop.members.services.applications import apply_to_join, approve_application, decline_application
from coop.members.services.invitations import (
    accept_as_new_person,
    accept_invitation,
    invite_to_team,
    invite_to_work,
    link_of,
    open_invitation,
    withdraw_invitation,
)
from coop.members.services.keys import create_api_key, revoke_api_key
from coop.members.services.standing import MemberDetails, change_member, lift_hold, place_on_hold
from coop.members.services.stewards import accept_stewardship, invite_steward, open_stewardship
from coop.members.services.team import change_role, join_team, remove_from_team

__all__ = [
    "MemberDetails",
    "accept_as_new_person",
    "accept_invitation",
    "accept_stewardship",
    "apply_to_join",
    "approve_application",
    "change_member",
    "change_role",
    "create_api_key",
    "decline_application",
    "invite_steward",
    "invite_to_team",
    "invite_to_work",
    "join_team",
    "lift_hold",
    "link_of",
    "open_invitation",
    "open_stewardship",
    "place_on_hold",
    "remove_from_team",
    "revoke_api_key",
    "withdraw_invitation",
]
