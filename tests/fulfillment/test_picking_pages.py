from __future__ import annotations

import pytest
from django.urls import reverse

from coop.models import Cart
from fulfillment.models import Activity, Batch, PickTask, Wave
from fulfillment.orders.services import cancel_order
from fulfillment.orders.story import timeline
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from tests.world import (
    client_of,
    make_allocated_order,
    make_member,
    make_node,
    make_sku,
    make_staff,
    make_user,
    shelf_bins,
)

pytestmark = [pytest.mark.django_db, pytest.mark.node(slug="kreuzberg", code="KRZ")]


@pytest.fixture
def picker(node):
    user = make_user()
    make_staff(user, "picker", node)
    return user


def url(name, node, **kwargs):
    return reverse(f"floor:{name}", kwargs={"node": node.slug, **kwargs})


def said(answer):
    """The page, however its lines are broken."""
    return " ".join(answer.content.decode().split())


def walking(node, picker, *quantities):
    member = make_member(name="Tonhalle")
    for number, quantity in enumerate(quantities):
        make_allocated_order(member, node, {make_sku(member): quantity}, bin=shelf_bins(node)[number])
    release_wave(node=node, by=None)
    return claim_batch(node=node, picker=picker)


def test_the_queue_is_one_over_all_members_and_can_be_narrowed(node, operator):
    ann, ben = make_member(name="Ann"), make_member(name="Ben")
    make_allocated_order(ann, node, number="A-1")
    make_allocated_order(ben, node, number="B-1")
    client = client_of(operator)
    page = client.get(url("queue", node)).content.decode()
    assert "A-1" in page
    assert "B-1" in page
    assert "2 orders of 2 members" in page
    page = client.get(url("queue", node) + f"?member={ann.slug}").content.decode()
    assert "A-1" in page
    assert "B-1" not in page


def test_releases_what_the_preview_showed(node, operator):
    for _ in range(3):
        make_allocated_order(make_member(), node)
    client = client_of(operator)
    page = client.get(url("queue", node) + "?max_orders=2&due=").content.decode()
    assert "Release 2 orders" in page
    assert "1 are over the number you asked for" in page
    answer = client.post(url("wave-release", node), {"max_orders": 2, "due": ""})
    wave = Wave.objects.get()
    assert answer.headers["Location"] == url("wave", node, wave=wave.pk)
    assert PickTask.objects.count() == 2
    assert wave.released_by == operator
    page = client.get(url("wave", node, wave=wave.pk)).content.decode()
    assert "Wave KRZ-W0001" in page


def test_the_pick_list_comes_on_paper_too(node, operator, picker):
    batch = walking(node, picker, 2)
    page = client_of(operator).get(url("batch-sheet", node, batch=batch.pk)).content.decode()
    assert "Pick list KRZ-W0001/1" in page
    assert "A-01-1" in page


# the phone -----------------------------------------------------------------------------


def test_a_picker_gets_work_and_sees_one_stop(node, picker):
    make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    client = client_of(picker)
    assert "1 walk to do" in client.get(url("pick", node)).content.decode()
    page = client.post(url("pick-work", node), follow=True).content.decode()
    assert "Stop 1 of 1" in page
    assert "A-01-1" in page
    assert Batch.objects.get().picker == picker


def test_the_cart_that_is_scanned_is_the_cart_of_the_walk(node, picker):
    Cart.objects.create(node=node, code="C1", totes=4)
    cart = Cart.objects.create(node=node, code="C2", totes=4)
    make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    client = client_of(picker)
    assert "No cart C9 here" in client.post(url("pick-work", node), {"code": "C9"}).content.decode()
    assert Batch.objects.get().state == "open"
    client.post(url("pick-work", node), {"code": "c2"})
    assert Batch.objects.get().cart == cart


def test_scans_the_bin_then_the_goods(node, picker):
    batch = walking(node, picker, 1, 2)
    first, second = batch.tasks.order_by("sequence")
    client = client_of(picker)
    page = client.post(
        url("pick-scan", node, task=first.pk), {"at": "bin", "code": "A-02-1"}
    ).content.decode()
    assert 'data-result="bad"' in page
    assert "Wrong bin: this is A-02-1" in page
    page = client.post(
        url("pick-scan", node, task=first.pk), {"at": "bin", "code": "a-01-1"}
    ).content.decode()
    assert 'data-result="good"' in page
    assert "Scan the goods" in page
    page = client.post(
        url("pick-scan", node, task=first.pk), {"at": "sku", "code": "nonsense"}
    ).content.decode()
    assert "Wrong goods" in page
    assert not Activity.objects.exists()
    # One piece: the right scan is the pick.
    page = client.post(
        url("pick-scan", node, task=first.pk), {"at": "sku", "code": first.sku.code}
    ).content.decode()
    assert "1 of 1 into tote" in page
    assert "Stop 2 of 2" in page
    page = client.post(
        url("pick-scan", node, task=second.pk), {"at": "sku", "code": second.sku.code}
    ).content.decode()
    assert "Right. Take 2" in page
    page = client.post(url("pick-confirm", node, task=second.pk), {"quantity": 2}).content.decode()
    assert "Walk done" in page
    assert sum(Activity.objects.values_list("quantity", flat=True)) == 3


def test_an_empty_gtin_matches_no_scan(node, picker):
    task = walking(node, picker, 1).tasks.get()
    page = client_of(picker).post(url("pick-scan", node, task=task.pk), {"at": "sku", "code": ""})
    assert "Wrong goods" in page.content.decode()
    assert not Activity.objects.exists()


def test_a_gtin_is_as_good_as_the_code(node, picker):
    member = make_member()
    make_allocated_order(member, node, {make_sku(member, gtin="4006381333931"): 1})
    release_wave(node=node, by=None)
    task = claim_batch(node=node, picker=picker).tasks.get()
    page = client_of(picker).post(
        url("pick-scan", node, task=task.pk), {"at": "sku", "code": "4006381333931"}
    )
    assert "Walk done" in page.content.decode()


def test_a_short_pick_asks_how_many_and_says_what_happens(node, picker):
    task = walking(node, picker, 3).tasks.get()
    client = client_of(picker)
    page = client.get(url("pick-short", node, task=task.pk)).content.decode()
    assert "How many did you find?" in page
    assert 'value="2"' in page
    assert 'value="3"' not in page
    page = client.post(url("pick-confirm", node, task=task.pk), {"quantity": 1}).content.decode()
    assert "Short booked: 1 of 3" in page
    assert "1 short" in page


@pytest.mark.parametrize("quantity", ["", "x", "-1", "99"])
def test_refuses_a_quantity_that_cannot_be(node, picker, quantity):
    task = walking(node, picker, 2).tasks.get()
    page = client_of(picker).post(url("pick-confirm", node, task=task.pk), {"quantity": quantity})
    assert 'data-result="bad"' in page.content.decode()
    task.refresh_from_db()
    assert task.state == "open"


def test_a_double_tap_says_the_same_thing_twice(node, picker):
    first = walking(node, picker, 1, 1).tasks.order_by("sequence")[0]
    client = client_of(picker)
    for _ in range(2):
        assert client.post(url("pick-confirm", node, task=first.pk), {"quantity": 1}).status_code == 200
    assert Activity.objects.count() == 1


def test_an_order_cancelled_under_way_is_passed_by(node, picker):
    batch = walking(node, picker, 1)
    cancel_order(order=batch.tasks.get().order, by=None)
    client = client_of(picker)
    assert "Walk done" in said(client.get(url("pick", node), follow=True))
    batch.refresh_from_db()
    assert batch.state == "walking"
    page = client.post(url("pick-work", node), follow=True).content.decode()
    assert "Nothing to pick now" in page
    batch.refresh_from_db()
    assert batch.state == "done"


def test_no_page_calls_a_stop_short_that_was_passed_by(node, operator, picker):
    batch = walking(node, picker, 1, 1, 1)
    first, gone, _open = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    client = client_of(operator)
    phone = said(client_of(picker).post(url("pick-confirm", node, task=first.pk), {"quantity": 1}))
    assert "Stop 2 of 2" in phone
    board = said(client.get(url("board", node)))
    wave = said(client.get(url("wave", node, wave=batch.wave_id)))
    assert "1 of 2 stops" in board
    assert "1 of 2 stops" in wave
    assert "1 stop passed by: its order was cancelled" in wave
    for page in (board, wave):
        assert "1 short" not in page
        assert "found too little" not in page
    assert ">cancelled<" in said(client.get(url("batch-sheet", node, batch=batch.pk)))
    back = said(client_of(picker).get(url("batch-give-back", node, batch=batch.pk)))
    assert "1 stop done." in back


def test_the_end_of_a_walk_tells_shorts_from_what_was_passed_by(node, picker):
    batch = walking(node, picker, 1, 2, 1)
    gone, missing, last = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    client = client_of(picker)
    client.post(url("pick-confirm", node, task=missing.pk), {"quantity": 0})
    page = said(client.post(url("pick-confirm", node, task=last.pk), {"quantity": 1}))
    assert "2 stops, 1 tote: 1 picked, <strong>1 short</strong>, 1 passed by" in page


def test_an_orders_story_finds_nothing_where_nobody_looked(node, picker):
    batch = walking(node, picker, 1, 2)
    first, gone = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    confirm_picks(batch=batch, results=[PickResult(first.pk, 0)], by=picker)
    assert any("0 of 1 found" in event["what"] for event in timeline(first.order))
    assert not any("found" in event["what"] for event in timeline(gone.order))


def test_gives_a_walk_back(node, picker):
    batch = walking(node, picker, 1)
    client = client_of(picker)
    assert "Give this walk back?" in client.get(url("batch-give-back", node, batch=batch.pk)).content.decode()
    client.post(url("batch-give-back", node, batch=batch.pk))
    batch.refresh_from_db()
    assert (batch.state, batch.picker) == ("open", None)


def test_another_picker_is_told_that_it_is_not_theirs(node, picker):
    task = walking(node, picker, 1).tasks.get()
    other = make_user()
    make_staff(other, "picker", node)
    page = client_of(other).post(url("pick-confirm", node, task=task.pk), {"quantity": 1}).content.decode()
    assert "Somebody else walks this batch" in page
    task.refresh_from_db()
    assert task.state == "open"


@pytest.mark.parametrize("name", ["pick-scan", "pick-confirm"])
def test_staff_of_another_node_find_nothing(node, picker, name):
    task = walking(node, picker, 1).tasks.get()
    elsewhere, stranger = make_node(), make_user()
    make_staff(stranger, "operator", elsewhere)
    client = client_of(stranger)
    for where in (node, elsewhere):
        assert client.post(url(name, where, task=task.pk), {"quantity": 1}).status_code == 404
    task.refresh_from_db()
    assert task.state == "open"


def test_a_picker_releases_no_wave(node, picker):
    make_allocated_order(make_member(), node)
    assert client_of(picker).post(url("wave-release", node), {"max_orders": 5}).status_code == 403
    assert not Wave.objects.exists()


# a number that makes no sense -----------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["0", "abc", "", "99999"])
def test_nothing_is_released_until_the_number_is_right(node, operator, typed):
    make_allocated_order(make_member(), node)
    client = client_of(operator)
    assert "Release 1 order" in said(client.get(url("queue", node)))
    refused = client.get(url("queue", node), {"max_orders": typed, "due": ""})
    answers = [refused, client.post(url("wave-release", node), {"max_orders": typed, "due": ""}, follow=True)]
    for answer in answers:
        page = said(answer)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in page
        assert url("wave-release", node) not in page
        assert "Release 1 order" not in page
    assert not Wave.objects.exists()
