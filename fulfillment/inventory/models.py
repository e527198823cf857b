"""The ledger of goods, what lies where, and what is on its way in."""

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


class Earmark(models.Model):
    """Pieces of a SKU at a node that only orders with the same `claim` may be promised (a drop's goods).

    It grows with what is received for the claim, up to `planned`. Until it `is_open` nobody is promised any of it. What
    is promised to an order of the claim leaves it; what is left when the claim ends is everybody's again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="earmarks")
    claim = models.UUIDField()
    planned = models.PositiveIntegerField(default=0, help_text="Pieces that are expected for the claim")
    quantity = models.PositiveIntegerField(default=0)
    is_open = models.BooleanField(default=False, help_text="Orders of the claim may be promised them by now")

    objects = InventoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "node", "sku"],
                name="earmark_once",
                violation_error_code="earmark_twice",
                violation_error_message="These pieces are kept already.",
            ),
        ]
        indexes = [models.Index(fields=["sku", "node"], name="earmark_sku_node")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id} kept"


class Asn(models.Model):
    """An inbound shipment that a member announces (advance shipping notice)."""

    class State(models.TextChoices):
        ANNOUNCED = "announced", "announced"
        RECEIVING = "receiving", "being received"
        CLOSED = "closed", "closed"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="asns")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="asns")
    number = models.CharField(
        max_length=20, unique=True, help_text="Printed on the box label and scanned at the dock"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ANNOUNCED)
    expected_on = models.DateField()
    parcels = models.PositiveIntegerField(default=1)
    carrier_note = models.CharField(max_length=120, blank=True)
    claim = models.UUIDField(
        null=True, blank=True, editable=False, help_text="What is received on it is earmarked for this claim"
    )
    announced_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        verbose_name = "inbound shipment"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["closed", "cancelled"], closed_at__isnull=False)
                | Q(state__in=["announced", "receiving"], closed_at__isnull=True),
                name="asn_closed_has_time",
                violation_error_code="asn_state",
                violation_error_message="A closed inbound shipment has its closing time.",
            ),
        ]
        indexes = [
            models.Index(fields=["node", "state", "expected_on"], name="asn_node_state"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="asn_claim"),
            models.Index(fields=["member", "-announced_at", "-id"], name="asn_list"),
        ]

    def __str__(self) -> str:
        return self.number


class AsnLineQuerySet(models.QuerySet["AsnLine"]):
    def of(self, member: Member) -> AsnLineQuerySet:
        return self.filter(asn__member=member)

    def at(self, node: Node) -> AsnLineQuerySet:
        """Lines of shipments to that node."""
        return self.filter(asn__node=node)

    def waiting_at_the_dock(self) -> AsnLineQuerySet:
        """Received, but not all of it put away."""
        return self.filter(quantity_received__gt=F("quantity_put_away"))


class AsnLine(models.Model):
    """So many of this SKU are announced; so many have come; so many are still at the dock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asn = models.ForeignKey(Asn, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity_expected = models.PositiveIntegerField()
    quantity_received = models.PositiveIntegerField(default=0)
    quantity_put_away = models.PositiveIntegerField(default=0)

    objects = AsnLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asn", "sku", "lot"],
                name="asn_line_sku_once",
                nulls_distinct=False,
                violation_error_code="sku_twice",
                violation_error_message="This SKU is already on the list; change its quantity there.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_expected__gt=0),
                name="asn_line_expects_something",
                violation_error_code="quantity_zero",
                violation_error_message="Announce at least one piece.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_put_away__lte=F("quantity_received")),
                name="asn_line_put_away_within_received",
                violation_error_code="put_away_too_much",
                violation_error_message="More cannot be put away than was received.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity_expected} × {self.sku_id}"

    @property
    def difference(self) -> int:
        """Pieces received beyond what was announced; negative while some are missing."""
        return self.quantity_received - self.quantity_expected


class Receipt(models.Model):
    """What was counted in at the dock for one line, once. `scan_id` is made by the device: told twice, counted once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asn_line = models.ForeignKey(AsnLine, on_delete=models.PROTECT, related_name="receipts")
    quantity = models.PositiveIntegerField()
    worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(default=clock.now)
    scan_id = models.UUIDField(default=uuid7)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scan_id"],
                name="receipt_scan_once",
                violation_error_code="already_received",
                violation_error_message="This scan is already booked.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="receipt_of_something",
                violation_error_code="quantity_zero",
                violation_error_message="Receive at least one piece.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.asn_line_id}"


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
