"""Drops: what is released when, from which nodes, and what was sold of it."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Member, Node, Sku, User
from fulfillment.capacity.models import BookingGroup
from fulfillment.drops.models.cycles import CycleRun
from fulfillment.inventory.models import Asn, Claim
from fulfillment.orders.models import Order


class DropQuerySet(models.QuerySet["Drop"]):
    def of(self, member: Member) -> DropQuerySet:
        return self.filter(member=member)

    def at(self, node: Node) -> DropQuerySet:
        """Drops that are sent from that node, among others."""
        return self.filter(legs__run__cycle__node=node).distinct()

    def ahead(self) -> DropQuerySet:
        """Those that have not opened and still may."""
        return self.filter(state__in=Drop.AHEAD)


class Drop(models.Model):
    """A member's scheduled release. Its legs say which run of which node brings what; it opens when all goods are in.

    `sold` counts pieces over all lines and is bounded by `burst_picks`, the picks reserved for its burst days.
    With `preorders_from` it sells before it opens, against what is planned to come.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "planned"  # wished for; nothing is reserved
        RESERVED = "reserved", "reserved"
        ANNOUNCED = "announced", "inbound announced"
        RECEIVED = "received", "received"
        LIVE = "live", "live"
        SOLD_OUT = "sold_out", "sold out"
        CLOSED = "closed", "closed"
        SETTLED = "settled", "settled"
        CANCELLED = "cancelled", "cancelled"

    class OnShortfall(models.TextChoices):
        SLIP = "slip", "slip to the next run"
        SHRINK = "shrink", "shrink to what is there"

    class Fairness(models.TextChoices):
        FIRST_COME = "first_come", "first come, first served"
        ONE_EACH = "one_each", "one for everybody, then the second"
        LOTTERY = "lottery", "by lot"

    AHEAD = ("planned", "reserved", "announced", "received")
    SELLING = ("reserved", "announced", "received", "live")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="drops")
    claim = models.OneToOneField(
        Claim,
        on_delete=models.PROTECT,
        related_name="drop",
        db_constraint=False,
        editable=False,
        help_text="Its goods are kept under it",
    )
    title = models.CharField(max_length=120)
    story = models.TextField(blank=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Open end when empty")
    preorders_from = models.DateTimeField(
        null=True, blank=True, help_text="Sold from then on, against planned receipts"
    )
    buyer_limit = models.PositiveIntegerField(null=True, blank=True, help_text="Pieces for one buyer")
    on_shortfall = models.CharField(max_length=6, choices=OnShortfall.choices, default=OnShortfall.SLIP)
    fairness = models.CharField(max_length=10, choices=Fairness.choices, default=Fairness.FIRST_COME)
    burst_days = models.PositiveSmallIntegerField(default=2, help_text="Working days the first rush takes")
    burst_picks = models.PositiveIntegerField(
        default=0, help_text="Picks reserved for them; the drop ends when they are used up"
    )
    sold = models.PositiveIntegerField(default=0, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    scheduled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    scheduled_at = models.DateTimeField(default=clock.now)

    objects = DropQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            # A leg copies `opens_at` by a foreign key over both columns, so that it can be compared with its goods'.
            models.UniqueConstraint(
                fields=["id", "opens_at"],
                name="drop_opening",
                violation_error_code="drop_twice",
                violation_error_message="This drop is there already.",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="drop_closes_after_it_opens",
                violation_error_code="closes_too_early",
                violation_error_message="A drop closes after it opens, or stays open.",
            ),
            models.CheckConstraint(
                condition=Q(preorders_from__isnull=True) | Q(preorders_from__lt=F("opens_at")),
                name="drop_preorders_before_it_opens",
                violation_error_code="preorders_late",
                violation_error_message="Preorders begin before the drop opens.",
            ),
            models.CheckConstraint(
                condition=Q(sold__lte=F("burst_picks")),
                name="drop_within_its_picks",
                violation_error_code="sold_out",
                violation_error_message="The picks reserved for this drop are used up.",
            ),
            models.CheckConstraint(
                condition=Q(buyer_limit__isnull=True) | Q(buyer_limit__gte=1),
                name="drop_buyer_limit",
                violation_error_code="buyer_limit",
                violation_error_message="A buyer may have at least one piece, or as many as they like.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["opens_at"],
                condition=Q(state__in=["reserved", "announced", "received"]),
                name="drop_to_open",
            ),
            models.Index(fields=["closes_at"], condition=Q(state="live"), name="drop_to_close"),
            models.Index(fields=["member", "-opens_at", "-id"], name="drop_list"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="drop_states",
                field="state",
                transitions=[
                    ("planned", "reserved"), ("planned", "cancelled"),
                    ("reserved", "planned"), ("reserved", "announced"), ("reserved", "cancelled"),
                    ("announced", "planned"), ("announced", "reserved"), ("announced", "received"), ("announced", "cancelled"),
                    ("received", "planned"), ("received", "reserved"), ("received", "live"), ("received", "sold_out"),
                    ("received", "cancelled"),
                    ("live", "sold_out"), ("live", "closed"),
                    ("sold_out", "live"), ("sold_out", "closed"), ("sold_out", "settled"),
                    ("closed", "settled"),
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def home(self) -> Node:
        """The node whose clock the drop is told by: that of its first leg."""
        return min(self.legs.all(), key=lambda leg: leg.pk).run.cycle.node

    @property
    def waits_for_goods(self) -> bool:
        """Whether something can still be announced for it."""
        return self.state in (self.State.RESERVED, self.State.ANNOUNCED)

    @property
    def is_sold_out(self) -> bool:
        """Whether no pick is left, or no piece of any line."""
        if self.sold >= self.burst_picks:
            return True
        return all(line.sold >= line.quantity for line in self.lines.all())


class DropLine(models.Model):
    """So many of this SKU are for this drop, over all its legs; so many are sold. The counter of the burst."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    sold = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drop", "sku"],
                name="drop_line_sku_once",
                violation_error_code="sku_twice",
                violation_error_message="This SKU is already in the drop; change its quantity there.",
            ),
            models.CheckConstraint(
                condition=Q(sold__lte=F("quantity")),
                name="drop_line_not_oversold",
                violation_error_code="sold_out",
                violation_error_message="There are not that many left in this drop.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class DropLegQuerySet(models.QuerySet["DropLeg"]):
    def of(self, member: Member) -> DropLegQuerySet:
        return self.filter(drop__member=member)

    def at(self, node: Node) -> DropLegQuerySet:
        return self.filter(run__cycle__node=node)


class DropLeg(models.Model):
    """What one run brings to one node for a drop, and what is reserved there (`bookings`: dock, shelf slots, picks).

    `available_from` is the run's and `opens_at` the drop's (foreign keys over both columns keep them so), which lets a
    CHECK compare the two: no drop opens before all its goods are available.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="legs")
    run = models.ForeignKey(CycleRun, on_delete=models.PROTECT, related_name="legs")
    available_from = models.DateTimeField(editable=False)
    opens_at = models.DateTimeField(editable=False)
    bookings = models.OneToOneField(
        BookingGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="drop_leg"
    )
    asn = models.OneToOneField(Asn, null=True, blank=True, on_delete=models.PROTECT, related_name="drop_leg")

    objects = DropLegQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drop", "run"],
                name="drop_leg_once",
                violation_error_code="run_twice",
                violation_error_message="This drop already rides on that run.",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__gte=F("available_from")),
                name="drop_opens_after_goods",
                violation_error_code="opens_too_early",
                violation_error_message="A drop cannot open before the goods of its replenishment run are available.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drop_id} on {self.run_id}"


class DropLegLine(models.Model):
    """So many of this SKU come with this leg."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    leg = models.ForeignKey(DropLeg, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["leg", "sku"],
                name="drop_leg_line_sku_once",
                violation_error_code="sku_twice",
                violation_error_message="This SKU already comes with that run; change its quantity there.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="drop_leg_line_not_negative",
                violation_error_code="quantity_zero",
                violation_error_message="Drop at least one piece.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class DropBuyer(models.Model):
    """How many pieces one buyer has of a drop. `buyer` is the e-mail address in lower case, else name and postcode."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="+")
    buyer = models.CharField(max_length=254)
    pieces = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drop", "buyer"],
                name="drop_buyer_once",
                violation_error_code="buyer_twice",
                violation_error_message="This buyer is known already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} for {self.buyer}"


class DropSaleQuerySet(models.QuerySet["DropSale"]):
    def of(self, member: Member) -> DropSaleQuerySet:
        return self.filter(drop__member=member)


class DropSale(models.Model):
    """An order of a drop. `pieces` as sold; `cut` of them could not be had in the end (short goods, fairness rule)."""

    order = models.OneToOneField(Order, primary_key=True, on_delete=models.PROTECT, related_name="drop_sale")
    drop = models.ForeignKey(Drop, db_index=False, on_delete=models.PROTECT, related_name="sales")
    buyer = models.CharField(max_length=254)
    pieces = models.PositiveIntegerField()
    cut = models.PositiveIntegerField(default=0)
    is_preorder = models.BooleanField(default=False)
    sold_at = models.DateTimeField(default=clock.now)

    objects = DropSaleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pieces__gt=0) & Q(cut__lte=F("pieces")),
                name="drop_sale_of_something",
                violation_error_code="quantity_zero",
                violation_error_message="Sell at least one piece.",
            ),
        ]
        indexes = [models.Index(fields=["drop", "sold_at", "order"], name="drop_sale_turn")]

    def __str__(self) -> str:
        return f"{self.pieces} of {self.drop_id}"


class DropStep(models.Model):
    """What happened to a drop, in words, for whoever asks afterwards. Written with the change, never altered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=Drop.State.choices, help_text="The state it led to")
    what = models.CharField(max_length=300)
    taken_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["taken_at", "id"]
        triggers = append_only()

    def __str__(self) -> str:
        return self.what


# The burst moves `sold` thousands of times in a minute; its history is the sales.
pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(condition=pghistory.AnyChange(exclude=["sold"])),
    pghistory.DeleteEvent(),
)(Drop)
