"""Replenishment cycles of a node, and their runs."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.models import Node


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
    is_active = models.BooleanField(default=True, help_text="A retired cycle makes no more runs")

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
    is_off = models.BooleanField(
        default=False, help_text="Nothing is taken in after all; kept because a drop still names it"
    )

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
            # A drop's leg copies `available_from` by a foreign key over both columns, so that the two cannot drift apart.
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


# Calendar programs have to be told how often a run was moved.
tracked()(CycleRun)
