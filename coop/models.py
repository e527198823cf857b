"""The ground floor's tables, gathered from its rooms."""

from coop.catalog.models import PackingSpec, PackingSpecVersion, PackingStep, Sku
from coop.jobs.models import Job
from coop.members.models import (
    ApiKey,
    Application,
    Invitation,
    Member,
    MemberRole,
    Membership,
    StaffPost,
    StaffRole,
    StewardInvitation,
    User,
)
from coop.nodes.models import Bin, Cart, Closure, Node, OpeningHours, StorageClass, Zone
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
