"""Who belongs to the co-op, and what they may do."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.nodes.models import Node


class Member(models.Model):
    """A creator's business in the co-op: owns SKUs, books slots, pays for the work done for it."""

    class Standing(models.TextChoices):
        GOOD = "good", "in good standing"
        ON_HOLD = "on_hold", "on hold"  # lowered by billing; new orders wait, nothing is lost
        CLOSED = "closed", "closed"

    class Hold(models.TextChoices):
        UNPAID = "unpaid", "an invoice is not paid"  # billing's, which lifts it when it is
        STEWARD = "steward", "a steward's word"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    trade = models.CharField(max_length=80, help_text="What they make: roaster, illustrator, potter …")
    story = models.TextField(blank=True)
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.GOOD)
    hold = models.CharField(
        max_length=8, choices=Hold.choices, blank=True, help_text="Whose hold it is to lift"
    )
    standing_reason = models.CharField(max_length=200, blank=True)
    email = models.EmailField()
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=160)
    postcode = models.CharField(max_length=16)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, default="DE", help_text="ISO 3166-1 alpha-2")
    vat_id = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217")
    thank_you = models.CharField(
        max_length=300, blank=True, help_text="Printed on every packing slip, in the member's own words."
    )
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                name="member_slug_unique",
                violation_error_code="slug_taken",
                violation_error_message="Another member already has this short name.",
            ),
            models.CheckConstraint(
                condition=Q(standing__in=["good", "on_hold", "closed"]),
                name="member_standing_known",
                violation_error_code="standing_unknown",
                violation_error_message="A member is in good standing, on hold or closed.",
            ),
            models.CheckConstraint(
                condition=Q(standing="on_hold", hold__in=["unpaid", "steward"])
                | (~Q(standing="on_hold") & Q(hold="")),
                name="member_hold_is_somebodys",
                violation_error_code="hold_whose",
                violation_error_message="A hold is for an unpaid invoice or a steward's, and only who is on hold has one.",
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="member_list")]

    def __str__(self) -> str:
        return self.name


class MemberRole(models.TextChoices):
    OWNER = "owner", "owner"
    MANAGER = "manager", "manager"
    ACCOUNTANT = "accountant", "accountant"


class Membership(models.Model):
    """A person works for a member, in one role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=MemberRole.choices)
    since = models.DateTimeField(default=clock.now, editable=False)

    belongs_to = "user"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "user"],
                name="membership_once",
                violation_error_code="already_member",
                violation_error_message="This person already works for this member.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "manager", "accountant"]),
                name="membership_role_known",
                violation_error_code="role_unknown",
                violation_error_message="A role is owner, manager or accountant.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} of {self.member}"


class Application(models.Model):
    """A creator asks to join. A steward decides; approval makes the member and its owner."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    applicant = models.ForeignKey(User, on_delete=models.PROTECT, related_name="applications")
    business_name = models.CharField(max_length=120)
    trade = models.CharField(max_length=80)
    about = models.TextField(help_text="What you make, how many parcels a month, where your buyers are.")
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=160)
    postcode = models.CharField(max_length=16)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, default="DE")
    vat_id = models.CharField(max_length=20, blank=True)
    parcels_a_month = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    member = models.OneToOneField(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="application"
    )
    applied_at = models.DateTimeField(default=clock.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_note = models.TextField(blank=True)

    belongs_to = "applicant"

    class Meta:
        ordering = ["-applied_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True, member__isnull=True)
                | Q(state="approved", decided_at__isnull=False, member__isnull=False)
                | Q(state="declined", decided_at__isnull=False, member__isnull=True),
                name="application_decided_whole",
                violation_error_code="application_state",
                violation_error_message="An application is waiting, or decided with its date and, when approved, its member.",
            ),
            models.UniqueConstraint(
                fields=["applicant"],
                condition=Q(state="waiting"),
                name="application_one_waiting",
                violation_error_code="already_applied",
                violation_error_message="You have already applied; a steward will answer soon.",
            ),
        ]
        indexes = [models.Index(fields=["-applied_at", "-id"], name="application_list")]

    def __str__(self) -> str:
        return f"{self.business_name} ({self.get_state_display()})"


class ApiKey(models.Model):
    """A machine's way in for one member. Only a digest is kept; the key is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("created_at")),
                name="api_key_revoked_later",
                violation_error_code="api_key_revoked",
                violation_error_message="A key cannot be revoked before it was made.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class StewardInvitation(models.Model):
    """The one-time link by which a new installation gets its first steward. There is no default password."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"invitation of {self.created_at:%Y-%m-%d}"


class Invitation(models.Model):
    """Somebody is asked by e-mail to work for a member, or for the co-op. Its link is signed, holds for a week, works once.

    The link is made from the row when the mail leaves, so that no database and no dump holds a way in.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField()
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    node = models.ForeignKey(
        Node, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(max_length=12)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "member",
                "node",
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="invitation_one_open",
                violation_error_code="already_invited",
                violation_error_message="This person has an open invitation already; withdraw it to send another.",
            ),
            models.CheckConstraint(
                condition=Q(
                    member__isnull=False, node__isnull=True, role__in=["owner", "manager", "accountant"]
                )
                | Q(member__isnull=True, node__isnull=False, role__in=["picker", "operator"])
                | Q(member__isnull=True, node__isnull=True, role__in=["accountant", "steward"]),
                name="invitation_place",
                violation_error_code="invitation_place",
                violation_error_message="An invitation is to a member's team, to a node's floor, or to the co-op's office.",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | Q(closed_at__isnull=False),
                name="invitation_accepted_is_closed",
                violation_error_code="invitation_state",
                violation_error_message="An invitation that was accepted is closed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} of {self.place}"

    @property
    def place(self) -> str:
        """Where the person is asked to work, in words."""
        return str(self.member or self.node or "the co-op")


tracked()(Member)
tracked()(Membership)
# That a key was used is no change of it; without this every minute of a busy shop would be a row of history.
tracked(exclude=["digest", "last_used_at"])(ApiKey)
