"""What is on its way in, and what was counted in of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.models import Member, Node, Sku, User
from fulfillment.inventory.models.claims import Claim
from fulfillment.inventory.models.goods import InventoryQuerySet, Lot


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
    # Held by a foreign key over member and claim (claim_of_member).
    claim = models.ForeignKey(
        Claim,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="asns",
        db_constraint=False,
        db_index=False,
        help_text="What is received on it is earmarked for this claim",
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
            models.Index(fields=["member", "-announced_at", "-id"], name="asn_list"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="asn_claim"),
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
