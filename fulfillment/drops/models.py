"""Replenishment cycles of a node, their runs, and the drops that ride on them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop import clock
from coop.ids import uuid7
from coop.models import Member, Node, Sku, User


class ReplenishmentCycle(models.Model):
    """How often a node takes in goods: an RRULE (RFC 5545) whose every date makes a run.

    `announce_days` before the dock day a shipment must be announced; goods can be sold from `available_hours` after
    the dock opens. Times are the node's.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="cycles")
    name = models.CharField(max_length=80)
    rrule = models.CharField(max_length=200, help_text="FREQ=WEEKLY;BYDAY=TU")
    starts_on = models.DateField()
    dock_opens = models.TimeField()
    dock_closes = models.TimeField()
    announce_days = models.PositiveSmallIntegerField(default=2)
    available_hours = models.PositiveSmallIntegerField(default=24)

    shared_with_members = True

    class Meta:
        ordering = ["node", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "name"],
                name="cycle_name_unique",
                violation_error_code="name_taken",
                violation_error_message="This node already has a cycle of that name.",
            ),
            models.CheckConstraint(
                condition=Q(dock_opens__lt=F("dock_closes")),
                name="cycle_dock_in_order",
                violation_error_code="dock_order",
                violation_error_message="The dock opens before it closes.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.node}"


class CycleRun(models.Model):
    """One turn of a cycle: announce by, deliver in the dock window, sell from `available_from`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cycle = models.ForeignKey(ReplenishmentCycle, on_delete=models.PROTECT, related_name="runs")
    announce_by = models.DateTimeField()
    dock_from = models.DateTimeField()
    dock_until = models.DateTimeField()
    available_from = models.DateTimeField()

    shared_with_members = True

    class Meta:
        ordering = ["dock_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "dock_from"],
                name="cycle_run_once",
                violation_error_code="run_twice",
                violation_error_message="This cycle already has a run at that time.",
            ),
            # A drop copies `available_from` by a foreign key over both columns, so that the two cannot drift apart.
            models.UniqueConstraint(
                fields=["id", "available_from"],
                name="cycle_run_availability",
                violation_error_code="run_twice",
                violation_error_message="This cycle already has a run at that time.",
            ),
            models.CheckConstraint(
                condition=Q(announce_by__lte=F("dock_from"))
                & Q(dock_from__lt=F("dock_until"))
                & Q(available_from__gte=F("dock_from")),
                name="cycle_run_in_order",
                violation_error_code="run_order",
                violation_error_message="First announced, then delivered, then available.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle} · {self.dock_from:%Y-%m-%d}"


class DropQuerySet(models.QuerySet["Drop"]):
    def of(self, member: Member) -> DropQuerySet:
        return self.filter(member=member)


class Drop(models.Model):
    """A member's scheduled release, tied to a run. It cannot open before the run's goods are available.

    `available_from` is the run's (a foreign key over run and time keeps it so), which lets a CHECK compare the two.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        LIVE = "live", "live"
        CLOSED = "closed", "closed"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="drops")
    run = models.ForeignKey(CycleRun, on_delete=models.PROTECT, related_name="drops")
    title = models.CharField(max_length=120)
    story = models.TextField(blank=True)
    available_from = models.DateTimeField(editable=False)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Open end when empty")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    scheduled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    scheduled_at = models.DateTimeField(default=clock.now)

    objects = DropQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__gte=F("available_from")),
                name="drop_opens_after_goods",
                violation_error_code="opens_too_early",
                violation_error_message="A drop cannot open before the goods of its replenishment run are available.",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="drop_closes_after_it_opens",
                violation_error_code="closes_too_early",
                violation_error_message="A drop closes after it opens, or stays open.",
            ),
        ]
        indexes = [
            models.Index(fields=["opens_at"], condition=Q(state="planned"), name="drop_to_open"),
            models.Index(fields=["closes_at"], condition=Q(state="live"), name="drop_to_close"),
        ]

    def __str__(self) -> str:
        return self.title


class DropLine(models.Model):
    """So many of this SKU are for this drop."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drop", "sku"],
                name="drop_line_sku_once",
                violation_error_code="sku_twice",
                violation_error_message="This SKU is already in the drop; change its quantity there.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="drop_line_of_something",
                violation_error_code="quantity_zero",
                violation_error_message="Drop at least one piece.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"
