"""The ledger of work. One row: this handling work was done, for this member, at this node, then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Member, Node, Sku, StorageClass, User


class Kind(models.TextChoices):
    """The kinds of work that a rate can price, with the unit that `quantity` counts."""

    RECEIVE = "receive", "receiving"  # pieces booked in at the dock
    PUTAWAY = "putaway", "putaway"  # moves from the dock to a shelf
    STORAGE = "storage", "storage"  # slot-days
    PICK = "pick", "pick"  # pieces picked for one order line
    PACK = "pack", "packing"  # parcels
    CARTON = "carton", "packing material"  # cartons used
    SHIP = "ship", "shipping"  # parcels handed to a carrier
    COUNT = "count", "counting"  # bins counted on request
    DOCK = "dock", "dock appointment"  # appointments kept
    TABLE = "table", "pop-up table"  # table-days
    CANCEL = "cancel", "late cancellation"  # slot-days given back after the notice
    NO_SHOW = "no_show", "no-show"  # appointments or tables nobody came to, or given back too late
    OVERRUN = "overrun", "overrun"  # slot-days used beyond what was booked
    IDLE = "idle", "idle picks"  # picks reserved and not used


UNITS: dict[str, str] = {
    Kind.RECEIVE: "piece",
    Kind.PUTAWAY: "move",
    Kind.STORAGE: "slot-day",
    Kind.PICK: "piece",
    Kind.PACK: "parcel",
    Kind.CARTON: "carton",
    Kind.SHIP: "parcel",
    Kind.COUNT: "bin",
    Kind.DOCK: "appointment",
    Kind.TABLE: "table-day",
    Kind.CANCEL: "slot-day",
    Kind.NO_SHOW: "booking",
    Kind.OVERRUN: "slot-day",
    Kind.IDLE: "pick",
}


class ActivityQuerySet(models.QuerySet["Activity"]):
    def of(self, member: Member) -> ActivityQuerySet:
        return self.filter(member=member)


class Activity(models.Model):
    """Work that was done. The only table of this floor that rating reads.

    `source_id` is the row that the work was done on (or derived from it); one source has one row of a kind, so work
    told twice is written once. A mistake is mended by a row that `reverses` it with the negative quantity.
    `day` is the node's day, `reference` what the member knows it by (an order's or a shipment notice's number).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    storage_class = models.CharField(
        max_length=10, choices=StorageClass.choices, default=StorageClass.AMBIENT
    )
    quantity = models.IntegerField()
    worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    occurred_at = models.DateTimeField()
    day = models.DateField()
    source_type = models.CharField(max_length=30)
    source_id = models.UUIDField()
    reference = models.CharField(max_length=80, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id"],
                name="activity_once_per_source",
                violation_error_code="already_recorded",
                violation_error_message="This work is already on record.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, reverses__isnull=True)
                | Q(quantity__lt=0, reverses__isnull=False),
                name="activity_quantity_sign",
                violation_error_code="quantity_sign",
                violation_error_message="Work counts upwards; only a reversal counts down.",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "day", "id"], name="activity_member_day"),
            models.Index(fields=["node", "day"], name="activity_node_day"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.get_kind_display()} for {self.member_id} on {self.day}"
