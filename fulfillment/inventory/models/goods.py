"""The ledger of goods, and what lies where."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Bin, Member, Node, Sku, User


class InventoryQuerySet(models.QuerySet[models.Model]):
    def of(self, member: Member) -> InventoryQuerySet:
        return self.filter(member=member)


class Lot(models.Model):
    """Pieces of a SKU made together, with the day they are good until."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="lots")
    code = models.CharField(max_length=40)
    expires_on = models.DateField(null=True, blank=True)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "code"],
                name="lot_code_unique",
                violation_error_code="lot_taken",
                violation_error_message="This SKU already has a lot of that code.",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Stock(models.Model):
    """What lies in a bin: a projection of the moves, guarded so that no promise is made twice.

    `allocated` is promised to order lines; available is the rest. Rebuilt from StockMove and Allocation at any time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="stock")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="stock")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "bin", "lot"],
                name="stock_once_per_place",
                nulls_distinct=False,
                violation_error_code="stock_place",
                violation_error_message="This SKU already has its row in that bin.",
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0),
                name="stock_on_hand_not_negative",
                violation_error_code="not_enough_stock",
                violation_error_message="There is not that much in the bin. Count it, then try again.",
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=0) & Q(allocated__lte=F("on_hand")),
                name="stock_allocated_within_on_hand",
                violation_error_code="stock_promised",
                violation_error_message="These pieces are promised to orders. Free them first.",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "sku"], name="stock_member_sku"),
            models.Index(fields=["node", "sku"], name="stock_node_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} × {self.sku_id} in {self.bin_id}"

    @property
    def available(self) -> int:
        """Pieces that can still be promised."""
        return self.on_hand - self.allocated


class StockMove(models.Model):
    """n units of a SKU went from this place to that one. No place on one side means outside the building."""

    class Reason(models.TextChoices):
        RECEIVED = "received", "received"
        PUT_AWAY = "put_away", "put away"
        PICKED = "picked", "picked"
        SHORT = "short", "missing at pick"
        SHIPPED = "shipped", "shipped"
        ADJUSTED = "adjusted", "adjusted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="moves")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    from_bin = models.ForeignKey(Bin, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to_bin = models.ForeignKey(Bin, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    source_type = models.CharField(max_length=30)
    source_id = models.UUIDField()
    worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField(default=clock.now)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="stock_move_of_something",
                violation_error_code="move_quantity",
                violation_error_message="A move is of at least one piece.",
            ),
            models.CheckConstraint(
                condition=Q(from_bin__isnull=False) | Q(to_bin__isnull=False),
                name="stock_move_has_a_place",
                violation_error_code="move_place",
                violation_error_message="A move starts or ends in a bin.",
            ),
            models.CheckConstraint(
                condition=Q(from_bin__isnull=True) | Q(to_bin__isnull=True) | ~Q(from_bin=F("to_bin")),
                name="stock_move_goes_somewhere",
                violation_error_code="move_nowhere",
                violation_error_message="A move ends in another bin than it started in.",
            ),
            models.UniqueConstraint(
                fields=["reason", "source_id"],
                name="stock_move_once_per_source",
                violation_error_code="already_moved",
                violation_error_message="This move is already on record.",
            ),
        ]
        indexes = [models.Index(fields=["member", "sku", "-moved_at", "-id"], name="stock_move_list")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}: {self.from_bin_id} → {self.to_bin_id}"
