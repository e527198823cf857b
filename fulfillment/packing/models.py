"""The pack bench: cartons, parcels, the confirmed steps, and what left the building."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.models import Member, Node, PackingSpecVersion, PackingStep, Sku, User
from fulfillment.orders.models import Allocation, Order


class CartonQuerySet(models.QuerySet["Carton"]):
    def on_the_shelf(self) -> CartonQuerySet:
        """Those that can be taken: not retired."""
        return self.filter(is_active=True)


class Carton(models.Model):
    """A box on the shelf by the bench. Inner lengths in mm, longest first; weights in g.

    A retired one (`is_active` false) is proposed no more; parcels that went in it still name it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    tare_g = models.PositiveIntegerField()
    max_weight_g = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)

    objects = CartonQuerySet.as_manager()
    shared_with_members = True

    class Meta:
        ordering = ["length_mm", "width_mm", "height_mm"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                name="carton_code_unique",
                violation_error_code="code_taken",
                violation_error_message="Another carton already has this code.",
            ),
            models.CheckConstraint(
                condition=Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0, max_weight_g__gt=0),
                name="carton_has_a_size",
                violation_error_code="size_missing",
                violation_error_message="A carton has a length, width, height and a weight it bears.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def volume_mm3(self) -> int:
        """Inner volume."""
        return self.length_mm * self.width_mm * self.height_mm


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def of(self, member: Member) -> ShipmentQuerySet:
        return self.filter(member=member)


class Shipment(models.Model):
    """One parcel of one order from one node. It keeps the spec versions that it was packed by.

    `spec_version` is the first of them; `specs` has all. `value_amount` is what the goods were worth on the day they
    were packed (insurance, customs), in `currency`. `own_box`: no carton of ours takes the goods, so they go in their own.
    """

    class State(models.TextChoices):
        PACKING = "packing", "on the bench"
        PACKED = "packed", "packed"
        SHIPPED = "shipped", "shipped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="shipments")
    node = models.ForeignKey(Node, db_index=False, on_delete=models.PROTECT, related_name="shipments")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    number = models.CharField(max_length=20, unique=True, help_text="On the label, as a barcode")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PACKING)
    spec_version = models.ForeignKey(
        PackingSpecVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    carton = models.ForeignKey(Carton, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    own_box = models.BooleanField(default=False)
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    value_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217")
    carrier = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=60, blank=True)
    packer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "node"],
                condition=Q(state="packing"),
                name="shipment_one_on_the_bench",
                violation_error_code="already_packing",
                violation_error_message="Somebody is already packing this order.",
            ),
            models.CheckConstraint(
                condition=Q(state="packing", packed_at__isnull=True, shipped_at__isnull=True)
                | Q(state="packed", packed_at__isnull=False, shipped_at__isnull=True)
                | Q(state="shipped", packed_at__isnull=False, shipped_at__isnull=False),
                name="shipment_state_true",
                violation_error_code="shipment_state",
                violation_error_message="First packed, then shipped.",
            ),
            models.CheckConstraint(
                condition=Q(state="packing") | Q(carton__isnull=False) | Q(own_box=True),
                name="shipment_packed_in_something",
                violation_error_code="carton_missing",
                violation_error_message="Choose the carton, or say that the goods go in their own box.",
            ),
        ]
        indexes = [
            models.Index(fields=["node", "state", "started_at"], name="shipment_node_state"),
            models.Index(fields=["node", "-started_at", "-id"], name="shipment_list"),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentSpec(models.Model):
    """A spec version that a parcel is packed by; several when its goods name several specs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="specs")
    version = models.ForeignKey(PackingSpecVersion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["shipment", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "version"],
                name="shipment_spec_once",
                violation_error_code="spec_twice",
                violation_error_message="A parcel follows a spec version once.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} for {self.shipment_id}"


class ShipmentItem(models.Model):
    """What lies in the parcel: the goods of one allocation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="items")
    allocation = models.OneToOneField(Allocation, on_delete=models.PROTECT, related_name="shipment_item")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class StepConfirmation(models.Model):
    """The packer says: this step of the member's spec is done for this parcel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="confirmations")
    step = models.ForeignKey(PackingStep, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "step"],
                name="step_confirmed_once",
                violation_error_code="already_confirmed",
                violation_error_message="This step is already confirmed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_id} of {self.shipment_id}"


tracked()(Carton)
