"""Orders that are cancelled while their stops wait: every page knows it at once, and no page ends a walk."""

from __future__ import annotations

import pytest
from django.urls import reverse

from coop.models import Cart
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from fulfillment.models import Batch, Wave
from fulfillment.orders.services import cancel_order
from fulfillment.picking.reads import stop_counts
from fulfillment.picking.services import PickResult, confirm_picks, pass_by, release_batch, release_wave
from tests.fulfillment.picking_kit import walk_of
from tests.world import client_of, make_allocated_order, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.node(slug="kreuzberg", code="KRZ")]


def url(name, node, **kwargs):
    return reverse(f"floor:{name}", kwargs={"node": node.slug, **kwargs})


def said(answer):
    """The page, however its lines are broken."""
    return " ".join(answer.content.decode().split())


# the walks ------------------------------------------------------------------------------------------


def test_an_open_stop_of_a_cancelled_order_counts_as_passed_by_at_once(node, picker):
    batch = walk_of(node, picker, 1, 2)
    gone, _open = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    counts = {"stops": 1, "done": 0, "picked": 0, "short": 0, "passed": 1}
    assert batch.tasks.aggregate(**stop_counts()) == counts
    annotated = Wave.objects.annotate(**stop_counts("batches__tasks")).get()
    assert {name: getattr(annotated, name) for name in counts} == counts
    states = {t.pk: (t.is_passed_by, t.is_still_open) for t in batch.tasks.select_related("order")}
    assert states == {gone.pk: (True, False), _open.pk: (False, True)}


def test_stops_are_passed_by_where_nobody_walks_and_left_to_who_does(node, picker):
    batch = walk_of(node, picker, 1, 2)
    gone, later = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    assert pass_by(order_ids=[gone.order_id]) == []
    assert set(batch.tasks.values_list("state", flat=True)) == {"open"}
    release_batch(batch=batch, by=picker)
    assert pass_by(order_ids=[gone.order_id, later.order_id]) == []
    assert list(batch.tasks.order_by("sequence").values_list("state", flat=True)) == ["passed", "open"]
    cancel_order(order=later.order, by=None)
    assert pass_by(order_ids=[later.order_id]) == [batch]
    assert pass_by(order_ids=[later.order_id]) == []
    batch.refresh_from_db()
    assert (batch.state, batch.wave.state) == ("done", "done")


def test_only_orders_in_a_wave_are_told_to_the_walks(node):
    queued = make_allocated_order(make_member(), node)
    cancel_order(order=queued, by=None)
    assert not OutboxMessage.objects.filter(topic="picking.cancelled").exists()
    waved = make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    cancel_order(order=waved, by=None)
    assert OutboxMessage.objects.get(topic="picking.cancelled").payload == {"orders": [str(waved.pk)]}


# the pages ------------------------------------------------------------------------------------------


def test_every_count_knows_of_a_cancelled_order_before_anybody_picks(node, operator, picker):
    batch = walk_of(node, picker, 1, 2, 3)
    gone, *_rest = batch.tasks.order_by("sequence")
    release_batch(batch=batch, by=picker)
    cancel_order(order=gone.order, by=None)
    client = client_of(operator)
    for address in (url("board", node), url("wave", node, wave=batch.wave_id)):
        page = said(client.get(address))
        assert "0 of 2 stops" in page
        assert "0 picked, 1 passed by" in page
    assert "2 orders of 1 member, 5 pieces." in page
    assert "1 stop passed by: its order was cancelled under way (1 order, 1 piece)." in page
    sheet = said(client.get(url("batch-sheet", node, batch=batch.pk)))
    assert sheet.count("paper__tick") == 2
    assert ">cancelled<" in sheet
    assert "2: 0 picked, 1 passed by" in sheet


def test_a_walk_of_cancelled_orders_alone_is_no_work(node, operator, picker):
    batch = walk_of(node, picker, 1, 2)
    release_batch(batch=batch, by=picker)
    for task in batch.tasks.all():
        cancel_order(order=task.order, by=None)
    assert "Nothing to pick now" in said(client_of(picker).get(url("pick", node)))
    assert "No wave runs." in said(client_of(operator).get(url("board", node)))
    outbox.deliver_due()
    batch.refresh_from_db()
    assert (batch.state, batch.wave.state) == ("done", "done")
    assert set(batch.tasks.values_list("state", flat=True)) == {"passed"}
    page = said(client_of(operator).get(url("wave", node, wave=batch.wave_id)))
    assert "2 passed by" in page
    assert "0 of 0" not in page
    assert "nobody had to go" in page
    assert "nobody yet" not in page


def test_a_page_that_is_looked_at_ends_no_walk(node, picker):
    Cart.objects.create(node=node, code="C1", totes=4)
    batch = walk_of(node, picker, 1, 2)
    first, gone = batch.tasks.order_by("sequence")
    client = client_of(picker)
    client.post(url("pick-confirm", node, task=first.pk), {"quantity": 1})
    cancel_order(order=gone.order, by=None)
    outbox.deliver_due()
    for _ in range(2):
        page = said(client.get(url("pick", node)))
        assert "Walk done" in page
        assert "1 stop, 1 tote: 1 picked, 1 passed by" in page
        assert "Bring cart C1 to the pack bench." in page
        assert f"order {gone.order.number} (1 stop)." in page
    batch.refresh_from_db()
    assert (batch.state, batch.cart.code) == ("walking", "C1")
    client.post(url("pick-work", node))
    batch.refresh_from_db()
    assert (batch.state, batch.wave.state) == ("done", "done")


def test_looking_at_the_end_of_a_walk_takes_no_other(node, picker):
    Cart.objects.create(node=node, code="C1", totes=1)
    batch = walk_of(node, picker, 1, 2)
    cancel_order(order=batch.tasks.get().order, by=None)
    page = said(client_of(picker).get(url("pick", node)))
    assert "Nothing is in its totes." in page
    assert "Get next work" in page
    assert Batch.objects.exclude(pk=batch.pk).get().picker is None


def test_a_walk_with_nothing_left_is_done_when_it_is_given_back(node, picker):
    batch = walk_of(node, picker, 1)
    cancel_order(order=batch.tasks.get().order, by=None)
    release_batch(batch=batch, by=picker)
    batch.refresh_from_db()
    assert (batch.state, batch.wave.state) == ("done", "done")


def test_the_picker_is_told_which_order_was_cancelled_and_the_counter_agrees(node, picker):
    batch = walk_of(node, picker, 1, 2)
    gone, last = batch.tasks.order_by("sequence")
    client = client_of(picker)
    assert "Stop 1 of 2" in said(client.get(url("pick", node)))
    cancel_order(order=gone.order, by=None)
    page = said(client.get(url("pick", node)))
    assert "Stop 1 of 1" in page
    assert "The last stop of this walk." in page
    assert f"Cancelled since you set out:</strong> order {gone.order.number} (1 stop)." in page
    page = said(client.post(url("pick-scan", node, task=gone.pk), {"at": "bin", "code": gone.bin.code}))
    assert f"Order {gone.order.number} was cancelled" in page
    assert last.bin.code in page
    answer = client.get(url("pick-short", node, task=gone.pk))
    assert answer.headers["Location"] == url("pick", node)


def test_what_was_cancelled_before_they_set_out_is_no_news(node, picker):
    batch = walk_of(node, picker, 1, 2)
    gone, _last = batch.tasks.order_by("sequence")
    release_batch(batch=batch, by=picker)
    cancel_order(order=gone.order, by=None)
    client = client_of(picker)
    client.post(url("pick-work", node))
    page = said(client.get(url("pick", node)))
    assert "Stop 1 of 1" in page
    assert "Cancelled since" not in page


def test_shorts_are_told_from_picks_in_the_same_words_everywhere(node, operator, picker):
    batch = walk_of(node, picker, 1, 2, 1, 1)
    gone, missing, found, _open = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    confirm_picks(batch=batch, results=[PickResult(missing.pk, 0), PickResult(found.pk, 1)], by=picker)
    client = client_of(operator)
    for page in (
        said(client.get(url("board", node))),
        said(client.get(url("wave", node, wave=batch.wave_id))),
        said(client.get(url("batch-sheet", node, batch=batch.pk))),
    ):
        assert "1 picked, <strong>1 short</strong>, 1 passed by" in page
        assert "<strong>Picked</strong>" not in page
