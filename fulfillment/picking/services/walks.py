"""Who walks which batch."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.models import Cart, Node, StaffPost, StaffRole, User
from fulfillment.picking.errors import CartTaken, NotYoursToGiveBack, WalkingElsewhere
from fulfillment.picking.models import Batch, PickTask, passed_by, still_open
from fulfillment.picking.services.picks import (
    close_passed_by,
    finish_if_done,
    finish_wave,
    pass_by_cancelled,
)


@act
def claim_batch(*, node: Node, picker: User, cart: Cart | None = None) -> Batch | None:
    """The next walk for this picker: their unfinished one, or the oldest that nobody has; None when there is none.

    Pickers do not wait for each other: a batch that another is just taking is passed over (SKIP LOCKED).
    Raises WalkingElsewhere, CartTaken.
    """
    own = _unfinished(node, picker)
    if own is not None and not _is_over(own):
        return own
    if cart is not None:
        _refuse_taken(node, cart)
    while found := lock_rows(
        Batch.objects.filter(node=node, state=Batch.State.OPEN).order_by("wave_id", "position"),
        skip_locked=True,
        limit=1,
    ):
        if not _is_over(found[0]):
            return _take(found[0], picker, cart or found[0].cart or _free_cart(node))
    return None


def _take(batch: Batch, picker: User, cart: Cart | None) -> Batch | None:
    batch.state, batch.picker, batch.claimed_at, batch.cart = Batch.State.WALKING, picker, clock.now(), cart
    try:
        with transaction.atomic():
            batch.save(update_fields=["state", "picker", "claimed_at", "cart"])
    except IntegrityError:
        # The same picker asked twice at once (a double tap): the first answer is the answer.
        return _unfinished(batch.node, picker)
    return batch


def _is_over(batch: Batch) -> bool:
    """Whether nothing is left to walk for, because what was left is cancelled; then the walk is done."""
    if PickTask.objects.filter(still_open(), batch=batch).exists():
        return False
    [locked] = lock_rows(Batch.objects.filter(pk=batch.pk))
    return _end_if_over(locked)


def _end_if_over(locked: Batch) -> bool:
    pass_by_cancelled(locked)
    if finish_if_done(locked):
        finish_wave(locked.wave_id)
    return locked.state == Batch.State.DONE


@act
def pass_by(*, order_ids: Collection[UUID]) -> list[Batch]:
    """Close the stops of these orders, which are cancelled, on walks that nobody is on. Set-based, told twice once.

    A walk that has no other stop is done, and so is its wave; those walks are returned. Who is on a walk closes its
    stops by their own next act, and is told then.
    """
    stops = PickTask.objects.filter(passed_by(), state=PickTask.State.OPEN, order__in=order_ids)
    batches = lock_rows(Batch.objects.filter(pk__in=stops.values("batch"), state=Batch.State.OPEN))
    close_passed_by(PickTask.objects.filter(batch__in=batches))
    left = PickTask.objects.filter(batch__in=batches, state=PickTask.State.OPEN).values_list(
        "batch", flat=True
    )
    unfinished = set(left)
    over = [batch for batch in batches if batch.pk not in unfinished]
    Batch.objects.filter(pk__in=[b.pk for b in over]).update(state=Batch.State.DONE, done_at=clock.now())
    for wave_id in sorted({batch.wave_id for batch in over}):
        finish_wave(wave_id)
    return over


@act
def release_batch(*, batch: Batch, by: User) -> Batch:
    """Give an unfinished walk back, so that somebody else takes it on. What is picked stays picked, on its cart.

    A walk on which nothing is left to do is done instead. Told twice once. Raises NotYoursToGiveBack.
    """
    [locked] = lock_rows(Batch.objects.filter(pk=batch.pk))
    if locked.state != Batch.State.WALKING:
        return locked
    if locked.picker_id != by.pk and not _is_operator(by, locked):
        raise NotYoursToGiveBack("Only who walks this batch, or an operator of the node, can give it back.")
    if _end_if_over(locked):
        return locked
    locked.state, locked.picker, locked.claimed_at = Batch.State.OPEN, None, None
    if not PickTask.objects.filter(batch=locked, quantity_picked__gt=0).exists():
        locked.cart = None
    locked.save(update_fields=["state", "picker", "claimed_at", "cart"])
    return locked


def _unfinished(node: Node, picker: User) -> Batch | None:
    walking = Batch.objects.filter(picker=picker, state=Batch.State.WALKING).select_related("node").first()
    if walking is not None and walking.node_id != node.pk:
        raise WalkingElsewhere(
            f"You have an unfinished walk at {walking.node.name}. Finish it or give it back first."
        )
    return walking


def _refuse_taken(node: Node, cart: Cart) -> None:
    if cart.node_id != node.pk:
        raise CartTaken(f"Cart {cart.code} belongs to another node.")
    if Batch.objects.filter(cart=cart, state=Batch.State.WALKING).exists():
        raise CartTaken(f"Somebody walks with cart {cart.code}. Take another one.")


def _free_cart(node: Node) -> Cart | None:
    taken = Batch.objects.filter(
        node=node, state__in=[Batch.State.WALKING, Batch.State.OPEN], cart__isnull=False
    )
    return Cart.objects.filter(node=node).exclude(pk__in=taken.values("cart")).order_by(F("code")).first()


def _is_operator(by: User, batch: Batch) -> bool:
    return StaffPost.objects.filter(user=by, node=batch.node_id, role=StaffRole.OPERATOR).exists()
