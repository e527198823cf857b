"""Who booked what, who holds what, and who waits."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Member, Node, User
from fulfillment.activity.models import Kind
from fulfillment.capacity.models.pools import SlotPool


class BookingGroup(models.Model):
    """Bookings that were made in one act and belong together: a series by its rule, or what a drop reserved."""

    class Kind(models.TextChoices):
        SERIES = "series", "series"
        DROP = "drop", "drop"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    title = models.CharField(max_length=120)
    rrule = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.title


class BookingQuerySet(models.QuerySet["Booking"]):
    def of(self, member: Member) -> BookingQuerySet:
        return self.filter(member=member)

    def at(self, node: Node) -> BookingQuerySet:
        return self.filter(pool__node=node)

    def live(self) -> BookingQuerySet:
        """Those that count: booked, or held (also a hold that ran out and that nobody has taken back yet)."""
        return self.filter(state__in=[Booking.State.HELD, Booking.State.BOOKED])

    def last_taken_at(self, pool: SlotPool, first: dt.date, last: dt.date) -> dt.datetime | None:
        """When slots of the pool on any of these days were taken last; nothing about by whom."""
        overlapping = self.live().filter(pool=pool, first_day__lte=last, last_day__gte=first)
        found: dt.datetime | None = overlapping.aggregate(at=models.Max("booked_at"))["at"]
        return found

    def run_out(self, now: dt.datetime | None = None) -> BookingQuerySet:
        """Holds that are worth nothing any more, at this moment or at `now`."""
        return self.filter(state=Booking.State.HELD, held_until__lte=now or clock.now())


class Booking(models.Model):
    """A member's slots in a pool from `first_day` to `last_day`, both included.

    A hold (`held`) keeps them until `held_until` and not a second longer. `assortment` is the node's pool of SKU
    places, of which `skus` are taken on the same days. A change in the middle ends the booking and makes another that
    `follows` it. `used_at` is when somebody came (dock, table).
    """

    class State(models.TextChoices):
        HELD = "held", "held"
        BOOKED = "booked", "booked"
        RELEASED = "released", "released"
        EXPIRED = "expired", "ran out"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="bookings")
    pool = models.ForeignKey(SlotPool, on_delete=models.PROTECT, related_name="bookings")
    group = models.ForeignKey(
        BookingGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )
    slots = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    skus = models.PositiveIntegerField(default=0, help_text="How many different SKUs will lie there")
    assortment = models.ForeignKey(
        SlotPool, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.BOOKED)
    held_until = models.DateTimeField(null=True, blank=True)
    booked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(default=clock.now)
    released_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True, help_text="Why it ended")
    used_at = models.DateTimeField(null=True, blank=True)
    follows = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    changes = models.PositiveIntegerField(default=0, editable=False, help_text="How often it was changed")

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="booking_days_in_order",
                violation_error_code="days_order",
                violation_error_message="The last day cannot lie before the first.",
            ),
            models.CheckConstraint(
                condition=Q(slots__gt=0),
                name="booking_of_something",
                violation_error_code="slots_zero",
                violation_error_message="Book at least one slot.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "booked"], released_at__isnull=True)
                | Q(state__in=["released", "expired"], released_at__isnull=False),
                name="booking_released_has_time",
                violation_error_code="booking_state",
                violation_error_message="A booking that ended has its time.",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_until__isnull=False),
                name="booking_hold_has_end",
                violation_error_code="booking_state",
                violation_error_message="A hold says until when.",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(state="booked"),
                name="booking_used_is_booked",
                violation_error_code="booking_state",
                violation_error_message="What was used cannot be given back.",
            ),
        ]
        indexes = [
            models.Index(fields=["pool", "first_day", "last_day"], name="booking_pool_days"),
            models.Index(fields=["pool", "held_until"], condition=Q(state="held"), name="booking_holds"),
            models.Index(fields=["member", "-first_day", "-id"], name="booking_member_days"),
        ]

    def __str__(self) -> str:
        return f"{self.slots} slots {self.first_day}–{self.last_day}"

    @property
    def days(self) -> list[dt.date]:
        """Every day it covers."""
        return clock.days_between(self.first_day, self.last_day)

    def ran_out(self, now: dt.datetime) -> bool:
        """Whether it is a hold that is worth nothing any more."""
        return self.state == self.State.HELD and self.held_until is not None and self.held_until <= now

    @property
    def is_over(self) -> bool:
        """Whether it was released, or ran out and was taken back."""
        return self.state in (self.State.RELEASED, self.State.EXPIRED)


class TierOverride(models.Model):
    """A steward let a booking pass the tier's limit of SKUs: so many over, and why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="override")
    skus_over = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & Q(skus_over__gt=0),
                name="tier_override_says_why",
                violation_error_code="override_reason",
                violation_error_message="Say why this booking may pass the limit.",
            ),
        ]
        indexes = [models.Index(fields=["-granted_at", "-id"], name="tier_override_list")]

    def __str__(self) -> str:
        return f"{self.skus_over} SKUs over: {self.reason}"


class CancellationFeeQuerySet(models.QuerySet["CancellationFee"]):
    def of(self, member: Member) -> CancellationFeeQuerySet:
        return self.filter(booking__member=member)

    def at(self, node: Node) -> CancellationFeeQuerySet:
        return self.filter(booking__pool__node=node)


class CancellationFee(models.Model):
    """What goes on the bill because slots were given back later than the terms allow, and why.

    Its id is the source of exactly one Activity of that kind and quantity.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="kept")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.PositiveIntegerField()
    why = models.CharField(max_length=200)
    kept_at = models.DateTimeField(default=clock.now)

    objects = CancellationFeeQuerySet.as_manager()

    class Meta:
        db_table = "fulfillment_keptshare"
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(kind__in=["cancel", "no_show", "idle"]),
                name="kept_share_of_something",
                violation_error_code="kept_zero",
                violation_error_message="What is kept is more than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind}: {self.why}"


tracked()(Booking)
