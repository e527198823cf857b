"""Where the work is done: nodes, their zones and bins, carts and opening hours, and who works there."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7


class StorageClass(models.TextChoices):
    """What a SKU needs and a zone offers."""

    AMBIENT = "ambient", "ambient"
    COLD = "cold", "cold"
    OVERSIZE = "oversize", "oversize"


class Node(models.Model):
    """One site of the co-op. Its day, cutoff and cycles are in its own time zone."""

    class Tier(models.TextChoices):
        SAME_DAY = "same_day", "same-day"
        NEXT_DAY = "next_day", "next-day"
        HUB = "hub", "hub"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60)
    code = models.CharField(max_length=6, help_text="Short code on labels and wave numbers: KRZ")
    name = models.CharField(max_length=120)
    tier = models.CharField(max_length=10, choices=Tier.choices)
    timezone = models.CharField(max_length=64, default="Europe/Berlin")
    street = models.CharField(max_length=160)
    postcode = models.CharField(max_length=16)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, default="DE")
    latitude = models.DecimalField(max_digits=9, decimal_places=6)
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    area_m2 = models.PositiveIntegerField()
    cutoff_at = models.TimeField(help_text="Orders placed by then leave the same working day (node time).")
    reach_m = models.PositiveIntegerField(
        help_text="How far from the node its promise holds, as the crow flies."
    )
    about = models.TextField(blank=True)
    is_open = models.BooleanField(default=True)

    shared_with_members = True
    is_public = True

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                name="node_slug_unique",
                violation_error_code="slug_taken",
                violation_error_message="Another node already has this short name.",
            ),
            models.UniqueConstraint(
                fields=["code"],
                name="node_code_unique",
                violation_error_code="code_taken",
                violation_error_message="Another node already has this code.",
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="node_on_earth",
                violation_error_code="coordinates",
                violation_error_message="Latitude lies between -90 and 90, longitude between -180 and 180.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The node's time zone."""
        return ZoneInfo(self.timezone)


class OpeningHours(models.Model):
    """On this weekday (0 = Monday) the node works from `opens` to `closes`, node time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    shared_with_members = True
    is_public = True

    class Meta:
        ordering = ["node", "weekday"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "weekday"],
                name="opening_hours_once_a_day",
                violation_error_code="hours_twice",
                violation_error_message="This weekday already has its hours.",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6) & Q(opens__lt=F("closes")),
                name="opening_hours_in_order",
                violation_error_code="hours_order",
                violation_error_message="A node opens before it closes, on a weekday from 0 (Monday) to 6.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} day {self.weekday}: {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(models.Model):
    """A day on which the node does not work (holiday, maintenance)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="closures")
    day = models.DateField()
    reason = models.CharField(max_length=120)

    shared_with_members = True
    is_public = True

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "day"],
                name="closure_once",
                violation_error_code="closed_already",
                violation_error_message="The node is already closed that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} closed {self.day}: {self.reason}"


class Zone(models.Model):
    """A part of a node with one storage class."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="zones")
    code = models.CharField(max_length=8)
    storage_class = models.CharField(max_length=10, choices=StorageClass.choices)

    class Meta:
        ordering = ["node", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "code"],
                name="zone_code_unique",
                violation_error_code="code_taken",
                violation_error_message="This node already has a zone of that code.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node.code}-{self.code}"


class Bin(models.Model):
    """A coded place where goods lie. `walk_order` is its turn on the way through the node.

    Besides shelves every node has one bin for arriving goods (`receiving`) and one for picked goods (`packing`).
    """

    class Kind(models.TextChoices):
        SHELF = "shelf", "shelf"
        RECEIVING = "receiving", "receiving"
        PACKING = "packing", "packing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="bins")
    zone = models.ForeignKey(Zone, null=True, blank=True, on_delete=models.PROTECT, related_name="bins")
    code = models.CharField(max_length=16, help_text="Printed and scanned: A-03-2")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SHELF)
    aisle = models.PositiveSmallIntegerField(default=0)
    bay = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=0)
    walk_order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["node", "walk_order", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "code"],
                name="bin_code_unique",
                violation_error_code="code_taken",
                violation_error_message="This node already has a bin of that code.",
            ),
            models.UniqueConstraint(
                fields=["node", "kind"],
                condition=~Q(kind="shelf"),
                name="bin_one_staging_each",
                violation_error_code="staging_taken",
                violation_error_message="A node has one receiving and one packing bin.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="shelf") | Q(zone__isnull=False),
                name="bin_shelf_in_zone",
                violation_error_code="bin_zone",
                violation_error_message="A shelf bin lies in a zone.",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Cart(models.Model):
    """A picking cart with numbered tote places."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="carts")
    code = models.CharField(max_length=16)
    totes = models.PositiveSmallIntegerField(default=12)

    class Meta:
        ordering = ["node", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "code"],
                name="cart_code_unique",
                violation_error_code="code_taken",
                violation_error_message="This node already has a cart of that code.",
            ),
            models.CheckConstraint(
                condition=Q(totes__gte=1),
                name="cart_has_totes",
                violation_error_code="cart_totes",
                violation_error_message="A cart carries at least one tote.",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class StaffRole(models.TextChoices):
    PICKER = "picker", "picker"
    OPERATOR = "operator", "operator"
    ACCOUNTANT = "accountant", "co-op accountant"
    STEWARD = "steward", "steward"


class StaffPost(models.Model):
    """A person works for the co-op: at a node (picker, operator) or for the whole of it (accountant, steward)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    role = models.CharField(max_length=12, choices=StaffRole.choices)
    node = models.ForeignKey(Node, null=True, blank=True, on_delete=models.CASCADE, related_name="posts")
    since = models.DateTimeField(default=clock.now, editable=False)

    belongs_to = "user"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "node"],
                name="staff_post_once",
                nulls_distinct=False,
                violation_error_code="already_posted",
                violation_error_message="This person already holds this post.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["picker", "operator"], node__isnull=False)
                | Q(role__in=["accountant", "steward"], node__isnull=True),
                name="staff_post_place",
                violation_error_code="post_place",
                violation_error_message="Pickers and operators work at a node; accountants and stewards for the whole co-op.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}" + (f" at {self.node}" if self.node else "")


tracked()(Node)
tracked()(OpeningHours)
tracked()(Closure)
tracked()(StaffPost)
