"""The ground floor's tables, gathered from its rooms."""

from coop.catalog.models import PackingSpec, PackingSpecVersion, PackingStep, Sku
from coop.identity.models import User
from coop.jobs.models import Job
from coop.members.models import (
    ApiKey,
    Application,
    Invitation,
    Member,
    MemberRole,
    Membership,
    StewardInvitation,
)
from coop.nodes.models import Bin, Cart, Closure, Node, OpeningHours, StaffPost, StaffRole, StorageClass, Zone
from coop.runtime.models import OutboxMessage

__all__ = [
    "ApiKey",
    "Application",
    "Bin",
    "Cart",
    "Closure",
    "Invitation",
    "Job",
    "Member",
    "MemberRole",
    "Membership",
    "Node",
    "OpeningHours",
    "OutboxMessage",
    "PackingSpec",
    "PackingSpecVersion",
    "PackingStep",
    "Sku",
    "StaffPost",
    "StaffRole",
    "StewardInvitation",
    "StorageClass",
    "User",
    "Zone",
]
