"""What somebody should count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.models import Bin, Member, Node, Sku, User
from fulfillment.inventory.models.goods import InventoryQuerySet, Lot


class CountTask(models.Model):
    """Somebody should count this bin: a pick found less than the books said, or a steward asked."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=120)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    counted = models.PositiveIntegerField(null=True, blank=True)
    counted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)
    counted_at = models.DateTimeField(null=True, blank=True)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bin", "sku", "lot"],
                condition=Q(state="open"),
                name="count_task_one_open",
                nulls_distinct=False,
                violation_error_code="count_open",
                violation_error_message="A count of this bin is already waiting.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", counted__isnull=True)
                | Q(state="done", counted__isnull=False, counted_at__isnull=False),
                name="count_task_done_has_count",
                violation_error_code="count_state",
                violation_error_message="A finished count has its number and time.",
            ),
        ]

    def __str__(self) -> str:
        return f"count {self.bin_id} ({self.get_state_display()})"
