"""The pages of drops for their owner: planned in steps, previewed, reserved; what is missing is named with runs that fit."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from django.test import Client

from coop.kernel import clock
from coop.models import Node, Sku
from fulfillment.capacity.models import Booking
from fulfillment.drops.models import CycleRun, Drop
from fulfillment.drops.plan.runs import next_run
from tests import world
from tests.fulfillment.drops_pages_kit import fill_docks, hidden, mug, node, portal, run, taken, typed, wall

__all__ = ["mug", "node", "run"]  # the fixtures


def test_the_next_run_is_proposed_in_node_time(maya: Client, run: CycleRun) -> None:
    page = maya.get(portal("drop-new"))
    assert page.context["run"] == run
    assert f'value="{wall(run.available_from, run)}"' in page.content.decode()


def test_no_run_ahead_says_so(maya: Client, node: Node) -> None:
    assert "No run can be announced right now" in maya.get(portal("drop-new")).content.decode()


def test_the_preview_shows_what_it_reserves_and_takes_nothing(maya: Client, run: CycleRun, mug: Sku) -> None:
    opens = run.available_from + dt.timedelta(hours=1, seconds=7)
    page = maya.post(portal("drop-new"), {**typed(run, opens), "preview": "1"})
    html = page.content.decode()
    assert page.status_code == 200
    assert "dock 08:00–12:00" in html
    assert "ambient slots" in html
    assert "picks" in html
    assert "New York" in html
    assert portal("quote") in html
    assert not Drop.objects.exists()
    assert not Booking.objects.exists()
    assert taken() == 0
    done = maya.post(portal("drop-new"), {**hidden(html, "And then"), "reserve": "1"})
    drop = Drop.objects.get()
    assert done.url == portal("drop-detail", pk=drop.pk)
    assert (drop.state, drop.opens_at) == ("reserved", opens.replace(microsecond=0))
    assert taken() > 0


def test_more_rows_and_other_runs_lose_nothing_that_was_typed(maya: Client, run: CycleRun, mug: Sku) -> None:
    later = next_run(run)
    assert later is not None
    page = maya.post(portal("drop-new"), {**typed(run, buyer_limit="3"), "more": "lines-kreuzberg-0"})
    html = page.content.decode()
    assert page.status_code == 200
    assert 'value="MUG-1"' in html
    assert 'name="lines-kreuzberg-0-4-code"' in html
    page = maya.post(
        portal("drop-new"), {**typed(run, title="", buyer_limit="3"), "run": later.pk, "edit": "1"}
    )
    html = page.content.decode()
    assert page.context["run"] == later
    assert 'value="MUG-1"' in html
    assert 'value="3"' in html
    assert "field__errors" not in html


def test_other_runs_move_an_opening_that_their_goods_would_miss(
    maya: Client, run: CycleRun, mug: Sku
) -> None:
    later = next_run(run)
    assert later is not None
    sent = {**typed(run), "run": later.pk, "edit": "1"}
    page = maya.post(portal("drop-new"), sent)
    assert f'value="{wall(later.available_from, later)}"' in page.content.decode()
    late_enough = later.available_from + dt.timedelta(hours=10)
    page = maya.post(portal("drop-new"), {**sent, "opens_at": wall(late_enough, later)})
    assert f'value="{wall(late_enough, later)}"' in page.content.decode()


def test_goods_go_over_several_nodes(maya: Client, run: CycleRun, mug: Sku) -> None:
    other = world.make_node(slug="mitte", bins=1)
    world.make_pools(other)
    world.make_cycle(other)
    there = CycleRun.objects.filter(cycle__node=other, announce_by__gt=clock.now()).order_by("dock_from")[0]
    opens = max(run.available_from, there.available_from)
    sent = typed(run, opens, **{"lines-mitte-0-TOTAL_FORMS": 1, "lines-mitte-0-INITIAL_FORMS": 0,
        "lines-mitte-0-0-code": "MUG-1", "lines-mitte-0-0-quantity": "7"})  # fmt: skip
    maya.post(portal("drop-new"), {**sent, "run": [run.pk, there.pk], "reserve": "1"})
    drop = Drop.objects.get()
    assert {leg.run_id: leg.lines.get().quantity for leg in drop.legs.all()} == {run.pk: 20, there.pk: 7}
    html = maya.get(portal("drop-detail", pk=drop.pk)).content.decode()
    assert "Kreuzberg" in html
    assert "Mitte" in html


def test_what_is_missing_is_named_with_runs_one_click_away(maya: Client, run: CycleRun, mug: Sku) -> None:
    fill_docks(run)
    before = taken()
    page = maya.post(portal("drop-new"), {**typed(run), "reserve": "1"})
    html = page.content.decode()
    assert page.status_code == 409
    assert "dock 08:00–12:00" in html
    assert "(0 free)" in " ".join(html.split())
    assert not Drop.objects.exists()
    assert taken() == before
    later = next_run(run)
    assert later is not None
    fields = hidden(html, "The nearest runs")
    assert fields["run"] == [str(later.pk)]
    preview = maya.post(portal("drop-new"), {**fields, "preview": "1"})
    assert preview.status_code == 200
    maya.post(portal("drop-new"), {**fields, "reserve": "1"})
    drop = Drop.objects.get()
    assert drop.legs.get().run == later
    assert (
        drop.opens_at.astimezone(run.cycle.node.zone).time()
        == run.available_from.astimezone(run.cycle.node.zone).time()
    )


def test_a_drop_that_is_only_written_down_is_reserved_later_and_elsewhere(
    maya: Client, run: CycleRun, mug: Sku
) -> None:
    maya.post(portal("drop-new"), {**typed(run), "note": "1"})
    drop = Drop.objects.get()
    assert (drop.state, taken()) == ("planned", 0)
    fill_docks(run)
    url = portal("drop-reserve", pk=drop.pk)
    assert maya.get(url).status_code == 200
    refused = maya.post(url)
    assert refused.status_code == 409
    drop.refresh_from_db()
    assert drop.state == "planned"
    fields = hidden(refused.content.decode(), "The nearest runs")
    assert maya.post(url, {**fields, "move": "1"}).status_code == 302
    drop.refresh_from_db()
    assert drop.state == "reserved"
    assert drop.legs.get().run_id == UUID(fields[f"run-{drop.legs.get().pk}"][0])


@pytest.mark.parametrize("field", ["opens_at", "closes_at", "run"])
def test_a_choice_that_was_tampered_with_changes_nothing(
    maya: Client, run: CycleRun, mug: Sku, field: str
) -> None:
    maya.post(portal("drop-new"), {**typed(run), "note": "1"})
    drop = Drop.objects.get()
    fields = {
        f"run-{drop.legs.get().pk}": str(run.pk),
        "opens_at": drop.opens_at.isoformat(),
        "closes_at": "",
    }
    name = f"run-{drop.legs.get().pk}" if field == "run" else field
    assert (
        maya.post(portal("drop-reserve", pk=drop.pk), {**fields, name: "yesterday", "move": "1"}).status_code
        == 422
    )
    drop.refresh_from_db()
    assert (drop.state, taken()) == ("planned", 0)


def test_an_opening_before_the_goods_is_refused_at_its_field(maya: Client, run: CycleRun, mug: Sku) -> None:
    early = run.available_from - dt.timedelta(minutes=1)
    page = maya.post(portal("drop-new"), {**typed(run, early), "preview": "1"})
    assert page.status_code == 422
    assert "opens_at" in page.context["form"].errors
    assert "Spring glazes" in page.content.decode()
    assert not Drop.objects.exists()
