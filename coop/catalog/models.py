"""What members sell, and how each wants it packed."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.members.models import Member
from coop.nodes.models import StorageClass

RowT = TypeVar("RowT", bound=models.Model)


class OfMember(models.QuerySet[RowT]):
    """Rows that belong to a member are read through that member."""

    def of(self, member: Member) -> Self:
        return self.filter(member=member)


class Skus(OfMember["Sku"]):
    """What lists of SKUs ask for."""

    def matching(self, *, words: str = "", velocity: str = "", storage: str = "", active: str = "") -> Skus:
        """Narrowed by words in code, title or GTIN, and by each filter that is not empty; `active` is yes or no."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(code__icontains=word) | Q(title__icontains=word) | Q(gtin__startswith=word)
            )
        if velocity:
            found = found.filter(velocity_class=velocity)
        if storage:
            found = found.filter(storage_class=storage)
        if active in ("yes", "no"):
            found = found.filter(is_active=active == "yes")
        return found


class PackingSpec(models.Model):
    """How a member wants parcels packed. What is in force is its newest version; versions never change."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="packing_specs")
    name = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False, help_text="Used for SKUs that name no spec of their own.")

    objects = OfMember.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"],
                name="packing_spec_name_unique",
                violation_error_code="name_taken",
                violation_error_message="You already have a packing spec of that name.",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(is_default=True),
                name="packing_spec_one_default",
                violation_error_code="default_taken",
                violation_error_message="One packing spec is the default; take the mark off the other one first.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PackingSpecVersion(models.Model):
    """What a spec says from `in_force_from` on. A parcel keeps the version it was packed by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    spec = models.ForeignKey(PackingSpec, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    in_force_from = models.DateTimeField(default=clock.now)
    written_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    objects = OfMember.as_manager()

    class Meta:
        ordering = ["spec", "-number"]
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["spec", "number"],
                name="packing_spec_version_number_unique",
                violation_error_code="version_taken",
                violation_error_message="Somebody saved this spec at the same time. Look at their version first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spec.name} v{self.number}"


class PackingStep(models.Model):
    """One thing the packer does, in order. A step that must be confirmed holds the parcel until it is."""

    class Kind(models.TextChoices):
        WRAP = "wrap", "wrap"
        FILL = "fill", "fill"
        INSERT = "insert", "insert"
        FOLD = "fold", "fold"
        CHECK = "check", "check"
        SEAL = "seal", "seal"
        OTHER = "other", "other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(PackingSpecVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OTHER)
    instruction = models.CharField(max_length=240)
    must_confirm = models.BooleanField(default=True)

    class Meta:
        ordering = ["version", "position"]
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="packing_step_position_unique",
                violation_error_code="position_taken",
                violation_error_message="Two steps cannot have the same place in the order.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.instruction}"


class Sku(models.Model):
    """A stock keeping unit: one thing that one member sells, with the figures the warehouse needs.

    Lengths in mm, weight in g, `value_amount` is what one is worth (insurance, customs) in the member's currency.
    """

    class Velocity(models.TextChoices):
        CORE = "core", "core"
        SEASONAL = "seasonal", "seasonal"
        SPECIALTY = "specialty", "specialty"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    gtin = models.CharField(max_length=14, blank=True, help_text="GTIN-8, -12, -13 or -14 with check digit")
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    weight_g = models.PositiveIntegerField()
    value_amount = models.DecimalField(max_digits=12, decimal_places=2)
    velocity_class = models.CharField(max_length=10, choices=Velocity.choices, default=Velocity.CORE)
    storage_class = models.CharField(
        max_length=10, choices=StorageClass.choices, default=StorageClass.AMBIENT
    )
    packing_spec = models.ForeignKey(
        PackingSpec, null=True, blank=True, on_delete=models.SET_NULL, related_name="skus"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = Skus.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "code"],
                name="sku_code_unique",
                violation_error_code="code_taken",
                violation_error_message="You already have a SKU of that code.",
            ),
            models.UniqueConstraint(
                fields=["member", "gtin"],
                condition=~Q(gtin=""),
                name="sku_gtin_unique",
                violation_error_code="gtin_taken",
                violation_error_message="Another of your SKUs already has this GTIN.",
            ),
            models.CheckConstraint(
                condition=Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0, weight_g__gt=0),
                name="sku_has_a_size",
                violation_error_code="size_missing",
                violation_error_message="Length, width, height (mm) and weight (g) must be more than 0.",
            ),
            models.CheckConstraint(
                condition=Q(value_amount__gte=0),
                name="sku_value_not_negative",
                violation_error_code="value_negative",
                violation_error_message="A value cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(gtin="") | Q(gtin__regex=r"^([0-9]{8}|[0-9]{12,14})$"),
                name="sku_gtin_shape",
                violation_error_code="gtin_shape",
                violation_error_message="A GTIN has 8, 12, 13 or 14 digits.",
            ),
        ]
        # The list by code has the unique key's.
        indexes = [
            models.Index(fields=["member", "title", "id"], name="sku_list_by_title"),
            models.Index(fields=["member", "weight_g", "id"], name="sku_list_by_weight"),
            models.Index(fields=["member", "value_amount", "id"], name="sku_list_by_value"),
            models.Index(fields=["member", "created_at", "id"], name="sku_list_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"

    @property
    def volume_mm3(self) -> int:
        """Outer volume of one piece."""
        return self.length_mm * self.width_mm * self.height_mm


tracked()(PackingSpec)
tracked()(Sku)
