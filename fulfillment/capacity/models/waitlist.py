"""Who waits for slots, and what was offered to them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.models import Member, Node, User
from fulfillment.capacity.models.bookings import Booking
from fulfillment.capacity.models.pools import SlotPool


class WaitlistQuerySet(models.QuerySet["WaitlistEntry"]):
    def of(self, member: Member) -> WaitlistQuerySet:
        return self.filter(member=member)

    def at(self, node: Node) -> WaitlistQuerySet:
        return self.filter(pool__node=node)

    def waiting(self) -> WaitlistQuerySet:
        """In the order they came."""
        return self.filter(state=WaitlistEntry.State.WAITING).order_by("joined_at", "id")


class WaitlistEntry(models.Model):
    """A member waits for slots on every day of a range, or for none. What comes free is offered in the order they came.

    The offer is a hold with a longer end; taking it confirms the hold. Who was `displaced` from a booking waits since
    the moment of that booking, and so comes before everybody who came later.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        OFFERED = "offered", "offered"
        TAKEN = "taken", "taken"
        LAPSED = "lapsed", "not taken in time"
        WITHDRAWN = "withdrawn", "withdrawn"
        OVER = "over", "the days came"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="+")
    pool = models.ForeignKey(SlotPool, on_delete=models.PROTECT, related_name="waiting")
    slots = models.PositiveIntegerField()
    skus = models.PositiveIntegerField(default=0)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    offer = models.OneToOneField(
        Booking, null=True, blank=True, on_delete=models.PROTECT, related_name="offered_to"
    )
    displaced = models.ForeignKey(
        Booking, null=True, blank=True, on_delete=models.PROTECT, related_name="lost", editable=False
    )
    joined_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")) & Q(slots__gt=0),
                name="waitlist_of_something",
                violation_error_code="days_order",
                violation_error_message="Wait for at least one slot, from a first day to a last.",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", offer__isnull=True)
                | Q(state__in=["withdrawn", "over"])
                | Q(state__in=["offered", "taken", "lapsed"], offer__isnull=False),
                name="waitlist_offer",
                violation_error_code="waitlist_state",
                violation_error_message="What was offered has its hold.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "offered"], ended_at__isnull=True)
                | Q(state__in=["taken", "lapsed", "withdrawn", "over"], ended_at__isnull=False),
                name="waitlist_ended_has_time",
                violation_error_code="waitlist_state",
                violation_error_message="A wait that ended has its time.",
            ),
            models.UniqueConstraint(
                fields=["member", "pool", "first_day", "last_day", "slots"],
                condition=Q(state__in=["waiting", "offered"], displaced__isnull=True),
                name="waitlist_once",
                violation_error_code="waiting_already",
                violation_error_message="You are on the waiting list for these slots already.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pool", "joined_at", "id"], condition=Q(state="waiting"), name="waitlist_order"
            ),
            models.Index(fields=["member", "-joined_at", "-id"], name="waitlist_list"),
        ]

    def __str__(self) -> str:
        return f"{self.slots} slots {self.first_day}–{self.last_day} ({self.state})"


tracked()(WaitlistEntry)
