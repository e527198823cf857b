"""Claims were the ids of drops before they were rows: what was kept for whom is the same afterwards, and on the way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from coop.kernel.ids import uuid7

NAME = "claims_are_rows"
NAMED = ("order", "asn", "earmark")
Step = tuple[str, str]


def migrate(step: Step) -> Any:
    """Migrate the scratch database to that step, and give its models as they are then."""
    MigrationExecutor(connections["owner"]).migrate([step])
    return models_at(step)


def models_at(step: Step) -> Any:
    return MigrationLoader(None).project_state([step]).apps


def steps() -> tuple[Step, Step]:
    """The state before, and the one in which claims are rows."""
    graph = MigrationLoader(None).graph
    [after] = [step for step in graph.nodes if step[0] == "fulfillment" and step[1].endswith(NAME)]
    [before] = [parent for parent in graph.node_map[after].parents if parent.key[0] == "fulfillment"]
    return before.key, after


def make(apps: Any, model: str, **fields: Any) -> Any:
    app = "coop" if model in ("Member", "Node", "Sku") else "fulfillment"
    return apps.get_model(app, model).objects.using("owner").create(**fields)


def claims_of(table: str, column: str) -> set[UUID | None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM fulfillment_{table}")  # noqa: S608 - names of this module
        return {claim for (claim,) in cursor.fetchall()}


def _refuses_claims_of_others(apps: Any) -> None:
    other = make(apps, "Member", slug="loom", name="Loom", email="hello@loom.example")
    theirs = make(apps, "Claim", member=other, kind="drop", what="Theirs")
    for table in ("order", "asn", "earmark", "drop"):
        with (
            pytest.raises(IntegrityError, match=f"{table}_claim_of_member"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(f"UPDATE fulfillment_{table} SET claim_id = %s", [theirs.pk])  # noqa: S608


@pytest.fixture
def old(database_at: Callable[[Step], None]) -> None:
    """The database as it was: a drop with an order, a shipment and an earmark; another shipment whose drop is gone."""
    before, _ = steps()
    database_at(before)
    apps = models_at(before)
    moment = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
    member = make(apps, "Member", slug="kiln", name="Kiln", email="hello@kiln.example")
    node = make(
        apps,
        "Node",
        slug="yard",
        code="Y",
        name="Yard",
        tier="next_day",
        latitude=52,
        longitude=13,
        area_m2=240,
        cutoff_at=dt.time(14),
        reach_m=30_000,
    )
    size = {"length_mm": 120, "width_mm": 100, "height_mm": 100, "weight_g": 400}
    sku = make(apps, "Sku", member=member, code="MUG", title="Mug", value_amount=24, **size)
    drop = make(apps, "Drop", member=member, title="Spring", opens_at=moment)
    channel = make(apps, "Channel", member=member, kind="api", name="Drops")
    for claim, number in ((drop.pk, "1"), (None, "2")):
        make(apps, "Order", member=member, channel=channel, number=number, placed_at=moment, claim=claim)
        make(apps, "Asn", member=member, node=node, number=number, expected_on=moment.date(), claim=claim)
    make(apps, "Asn", member=member, node=node, number="3", expected_on=moment.date(), claim=uuid7())
    make(apps, "Earmark", member=member, node=node, sku=sku, claim=drop.pk, planned=5, quantity=3)


@pytest.mark.slow
def test_what_was_kept_for_a_drop_stays_kept_for_it_and_no_others_claim_is_named(old: None) -> None:
    before, after = steps()
    was = {table: claims_of(table, "claim") for table in NAMED}
    apps = migrate(after)
    drop = apps.get_model("fulfillment", "Drop").objects.using("owner").get()
    assert drop.claim_id == drop.pk
    assert (drop.claim.kind, drop.claim.what) == ("drop", "Spring")
    assert {table: claims_of(table, "claim_id") for table in NAMED} == was
    assert was["order"] == {drop.pk, None}
    # The change of the table is none of the drop.
    events = apps.get_model("fulfillment", "DropEvent").objects.using("owner")
    assert [(event.pgh_label, event.claim_id) for event in events.all()] == [("insert", drop.pk)]

    _refuses_claims_of_others(apps)
    # A drop that was planned since has a claim with an id of its own; on the way back its orders name the drop again.
    claim = make(apps, "Claim", member_id=drop.member_id, kind="drop", what="Summer")
    newer = make(
        apps, "Drop", member_id=drop.member_id, title="Summer", opens_at=drop.opens_at, claim_id=claim.pk
    )
    orders = apps.get_model("fulfillment", "Order").objects.using("owner")
    orders.filter(number="2").update(claim=claim.pk)
    migrate(before)
    assert claims_of("order", "claim") == {drop.pk, newer.pk}
    assert {table: claims_of(table, "claim") for table in ("asn", "earmark")} == {
        table: was[table] for table in ("asn", "earmark")
    }
