"""What a node offers, day by day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import ngettext

from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.models import Node, StorageClass, Zone


class SlotPool(models.Model):
    """Slots of one kind at a node. `slots` is what a newly opened day starts with.

    A slot is one bookable unit for one day: a shelf place, a dock appointment, a pick, a pop-up table, or the right to
    keep one more SKU (`assortment`, the tier's limit; a booking of shelf slots takes it along, nobody books it alone).
    """

    class Kind(models.TextChoices):
        SHELF = "shelf", "shelf slots"
        DOCK = "dock", "dock appointments"
        PICKS = "picks", "picks"
        TABLE = "table", "pop-up tables"
        ASSORTMENT = "assortment", "SKU places"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="slot_pools")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SHELF)
    name = models.CharField(max_length=60, blank=True, help_text="Tells two of a kind apart: Morning, Ramp 2")
    storage_class = models.CharField(max_length=10, choices=StorageClass.choices, blank=True)
    zone = models.ForeignKey(Zone, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    slots = models.PositiveIntegerField()
    slot_volume_l = models.PositiveIntegerField(default=60, help_text="What one slot holds, in litres")
    opens_at = models.TimeField(null=True, blank=True, help_text="A dock's window, node time")
    closes_at = models.TimeField(null=True, blank=True)
    equipment = models.CharField(max_length=120, blank=True, help_text="Pallet jack, tail lift, cold ramp")

    assortment = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        help_text="The node's SKU places, of which a booking of these shelf slots takes some",
    )

    shared_with_members = True

    class Meta:
        ordering = ["node", "kind", "storage_class", "opens_at", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "kind", "storage_class", "zone", "name"],
                name="slot_pool_once",
                nulls_distinct=False,
                violation_error_code="pool_taken",
                violation_error_message="This node already has such a pool. Give this one another name, or change that one.",
            ),
            models.CheckConstraint(
                condition=(Q(kind="shelf") & ~Q(storage_class="")) | (~Q(kind="shelf") & Q(storage_class="")),
                name="slot_pool_shelf_has_class",
                violation_error_code="pool_class",
                violation_error_message="Shelf slots have a storage class; nothing else has.",
            ),
            models.CheckConstraint(
                condition=Q(kind="dock", opens_at__isnull=False, closes_at__gt=F("opens_at"))
                | (~Q(kind="dock") & Q(opens_at__isnull=True, closes_at__isnull=True)),
                name="slot_pool_dock_has_window",
                violation_error_code="dock_order",
                violation_error_message="A dock has a window that opens before it closes; nothing else has one.",
            ),
            models.CheckConstraint(
                condition=Q(zone__isnull=True) | Q(kind="shelf"),
                name="slot_pool_zone_of_shelf",
                violation_error_code="pool_zone",
                violation_error_message="Only shelf slots lie in a zone.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} at {self.node}"

    @property
    def label(self) -> str:
        """What a person calls it: “ambient slots”, “dock 08:00–10:00”, “picks”."""
        words = str(self.get_kind_display())
        if self.kind == self.Kind.SHELF:
            words = f"{self.get_storage_class_display()} slots"
        elif self.kind == self.Kind.DOCK:
            words = f"dock {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"
        return f"{words} ({self.name})" if self.name else words

    def amount(self, n: int) -> str:
        """So many of them, as a person says it: “1 pop-up table”, “3 dock appointments 08:00–10:00”."""
        words = {
            self.Kind.SHELF.value: ngettext("%(n)s slot", "%(n)s slots", n),
            self.Kind.DOCK.value: ngettext("%(n)s dock appointment", "%(n)s dock appointments", n),
            self.Kind.PICKS.value: ngettext("%(n)s pick", "%(n)s picks", n),
            self.Kind.TABLE.value: ngettext("%(n)s pop-up table", "%(n)s pop-up tables", n),
            self.Kind.ASSORTMENT.value: ngettext("%(n)s SKU place", "%(n)s SKU places", n),
        }[self.kind] % {"n": n}
        if self.kind == self.Kind.DOCK:
            words += f" {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"
        return f"{words} ({self.name})" if self.name else words

    @property
    def follows_hours(self) -> bool:
        """Whether it is offered only on days the node works; goods on a shelf stay over Sunday."""
        return self.kind in (self.Kind.DOCK, self.Kind.PICKS, self.Kind.TABLE)


class PoolDay(models.Model):
    """The counter that cannot be oversold: so many slots of a pool on a day, so many booked.

    Moved only by one conditional UPDATE in the transaction of the booking; booked = sum of the bookings of that day,
    holds included. `note` says why less than usual is offered; `closed` that the node does not work then (hours, a
    closure), which an operator's own figure is not: the day offers what is booked all the same, and less when that is
    given back. `waiting` counts those on the waiting list who want this day: while somebody does, nobody takes slots
    past the list.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pool = models.ForeignKey(SlotPool, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    capacity = models.IntegerField()
    booked = models.IntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0, editable=False)
    closed = models.BooleanField(default=False)
    note = models.CharField(max_length=120, blank=True)

    shared_with_members = True

    class Meta:
        ordering = ["pool", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "day"],
                name="pool_day_once",
                violation_error_code="day_twice",
                violation_error_message="This day is already open for booking.",
            ),
            models.CheckConstraint(
                condition=Q(booked__gte=0) & Q(booked__lte=F("capacity")),
                name="pool_day_not_oversold",
                violation_error_code="full",
                violation_error_message="These slots are taken on at least one of the days.",
            ),
            models.CheckConstraint(
                condition=Q(closed=False) | Q(capacity=F("booked")),
                name="pool_day_closed_offers_none",
                violation_error_code="day_closed",
                violation_error_message="The node does not work that day; it offers nothing new then.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.booked} of {self.capacity}"

    @property
    def free(self) -> int:
        """Slots that nobody has booked or holds on this day."""
        return self.capacity - self.booked


class CancellationTerm(models.Model):
    """Of a slot that is given back less than `notice_days` days before its day, `share_percent` is kept for the bill.

    Each day of a booking has its own notice, so that giving back in two steps costs what one step does. Of several
    terms that apply the strictest counts; without any, giving back is free.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="cancellation_terms")
    kind = models.CharField(max_length=10, choices=SlotPool.Kind.choices)
    notice_days = models.PositiveSmallIntegerField()
    share_percent = models.PositiveSmallIntegerField()

    shared_with_members = True

    class Meta:
        ordering = ["node", "kind", "-notice_days"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "kind", "notice_days"],
                name="cancellation_term_once",
                violation_error_code="term_twice",
                violation_error_message="There is a term for that notice already; change that one.",
            ),
            models.CheckConstraint(
                condition=Q(share_percent__gte=1, share_percent__lte=100) & Q(notice_days__gte=1),
                name="cancellation_term_share",
                violation_error_code="term_share",
                violation_error_message="A term keeps 1 to 100 percent, from 1 day's notice.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share_percent} % under {self.notice_days} days"


tracked()(SlotPool)
tracked()(CancellationTerm)
