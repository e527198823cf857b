"""From the pooled queue to the tote: waves, batches and pick tasks."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.models import Bin, Cart, Member, Node, Sku, User
from fulfillment.orders.models import Allocation, Order


class Wave(models.Model):
    """A group of orders of all members that an operator releases together at a node."""

    class State(models.TextChoices):
        RELEASED = "released", "released"
        DONE = "done", "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="waves")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RELEASED)
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-released_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "number"],
                name="wave_number_unique",
                violation_error_code="wave_twice",
                violation_error_message="Somebody released a wave at the same moment. Try again.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node.code}-W{self.number:04d}"


class WaveCounter(models.Model):
    """The last wave number of a node. Moved by one upsert in the release, whose row lock makes releases take turns."""

    node = models.OneToOneField(Node, primary_key=True, on_delete=models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.node_id}: {self.last}"


class Batch(models.Model):
    """One picker's walk: the orders that fit on one cart, in walking order. A picker walks one at a time."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        WALKING = "walking", "walking"
        DONE = "done", "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="batches")
    position = models.PositiveIntegerField()
    cart = models.ForeignKey(Cart, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    picker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="batches")
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["wave", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "position"],
                name="batch_position_unique",
                violation_error_code="batch_twice",
                violation_error_message="This wave already has a batch of that number.",
            ),
            models.UniqueConstraint(
                fields=["picker"],
                condition=Q(state="walking"),
                name="batch_one_walk_each",
                violation_error_code="already_walking",
                violation_error_message="You are already on a walk. Finish it first.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", picker__isnull=True) | ~Q(state="open"),
                name="batch_open_has_no_picker",
                violation_error_code="batch_state",
                violation_error_message="A batch that somebody walks is not open.",
            ),
        ]
        indexes = [
            models.Index(fields=["node", "wave", "position"], condition=Q(state="open"), name="batch_open"),
        ]

    def __str__(self) -> str:
        return f"{self.wave}/{self.position}"


_WANTED = [state for state in Order.State if state != Order.State.CANCELLED]


def _path(path: str, lookup: str) -> str:
    return f"{path}__{lookup}" if path else lookup


def still_open(path: str = "") -> Q:
    """Stops that somebody has to stand at yet. `path` leads from the rows that are asked for to their pick tasks."""
    return Q(**{_path(path, "state"): PickTask.State.OPEN, _path(path, "order__state__in"): _WANTED})


def passed_by(path: str = "") -> Q:
    """Stops at which nobody stands, because their order is cancelled; whether or not the walk knows it already."""
    cancelled = {
        _path(path, "state"): PickTask.State.OPEN,
        _path(path, "order__state"): Order.State.CANCELLED,
    }
    return Q(**{_path(path, "state"): PickTask.State.PASSED}) | Q(**cancelled)


class PickTask(models.Model):
    """Take `quantity` of a SKU out of a bin and lay it into a tote. One stop of a walk.

    `sequence` is its turn on the walk, `tote` the place on the cart that belongs to the order. `picked_at` is when the
    stop was closed, whichever way.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        PICKED = "picked", "picked"
        SHORT = "short", "short"
        PASSED = "passed", "passed by"  # the order was cancelled; nobody looked

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="tasks")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="pick_tasks")
    allocation = models.OneToOneField(Allocation, on_delete=models.PROTECT, related_name="pick_task")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    tote = models.PositiveSmallIntegerField()
    quantity = models.PositiveIntegerField()
    quantity_picked = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    picked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    picked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["batch", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "sequence"],
                name="pick_task_sequence_unique",
                violation_error_code="stop_twice",
                violation_error_message="Two stops of a walk cannot have the same turn.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_picked__lte=F("quantity")),
                name="pick_task_within_quantity",
                violation_error_code="picked_too_much",
                violation_error_message="That is more than was asked for. Put the rest back.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", quantity_picked=0, picked_at__isnull=True)
                | Q(state="picked", quantity_picked=F("quantity"), picked_at__isnull=False)
                | Q(state="short", quantity_picked__lt=F("quantity"), picked_at__isnull=False)
                | Q(state="passed", quantity_picked=0, picked_by__isnull=True, picked_at__isnull=False),
                name="pick_task_state_true",
                violation_error_code="pick_state",
                violation_error_message="A pick is open, complete, short of what was asked, or passed by untouched.",
            ),
        ]
        indexes = [
            models.Index(fields=["order"], condition=Q(state="open"), name="pick_task_open_order"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id} from {self.bin_id}"

    @property
    def is_passed_by(self) -> bool:
        """As `passed_by` has it."""
        cancelled = self.state == self.State.OPEN and self.order.state == Order.State.CANCELLED
        return cancelled or self.state == self.State.PASSED

    @property
    def is_still_open(self) -> bool:
        """As `still_open` has it."""
        return self.state == self.State.OPEN and not self.is_passed_by
