"""Bookable capacity: slot pools, their days, and who booked what."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop import clock
from coop.ids import uuid7
from coop.models import Member, Node, StorageClass, User


class SlotPool(models.Model):
    """Shelf slots of one storage class at a node. `slots` is what a newly opened day starts with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="slot_pools")
    storage_class = models.CharField(max_length=10, choices=StorageClass.choices)
    slots = models.PositiveIntegerField()
    slot_volume_l = models.PositiveIntegerField(default=60, help_text="What one slot holds, in litres")

    shared_with_members = True

    class Meta:
        ordering = ["node", "storage_class"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "storage_class"],
                name="slot_pool_once_per_class",
                violation_error_code="pool_taken",
                violation_error_message="This node already has a pool of that storage class.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_storage_class_display()} slots at {self.node}"


class PoolDay(models.Model):
    """The counter that cannot be oversold: so many slots of a pool on a day, so many booked.

    Moved only by one conditional UPDATE in the transaction of the booking; booked = sum of the bookings of that day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pool = models.ForeignKey(SlotPool, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    capacity = models.IntegerField()
    booked = models.IntegerField(default=0)

    shared_with_members = True

    class Meta:
        ordering = ["pool", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "day"],
                name="pool_day_once",
                violation_error_code="day_twice",
                violation_error_message="This day is already open for booking.",
            ),
            models.CheckConstraint(
                condition=Q(booked__gte=0) & Q(booked__lte=F("capacity")),
                name="pool_day_not_oversold",
                violation_error_code="full",
                violation_error_message="These slots are taken on at least one of the days.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.booked} of {self.capacity}"

    @property
    def free(self) -> int:
        """Slots that can still be booked on this day."""
        return self.capacity - self.booked


class BookingQuerySet(models.QuerySet["Booking"]):
    def of(self, member: Member) -> BookingQuerySet:
        return self.filter(member=member)


class Booking(models.Model):
    """A member's slots in a pool from `first_day` to `last_day`, both included."""

    class State(models.TextChoices):
        BOOKED = "booked", "booked"
        RELEASED = "released", "released"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="bookings")
    pool = models.ForeignKey(SlotPool, on_delete=models.PROTECT, related_name="bookings")
    slots = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.BOOKED)
    booked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(default=clock.now)
    released_at = models.DateTimeField(null=True, blank=True)

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
                condition=Q(state="booked", released_at__isnull=True)
                | Q(state="released", released_at__isnull=False),
                name="booking_released_has_time",
                violation_error_code="booking_state",
                violation_error_message="A released booking has its time.",
            ),
        ]
        indexes = [models.Index(fields=["pool", "first_day", "last_day"], name="booking_pool_days")]

    def __str__(self) -> str:
        return f"{self.slots} slots {self.first_day}–{self.last_day}"
