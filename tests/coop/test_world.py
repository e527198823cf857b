from __future__ import annotations

import pytest

from coop.nodes.models import Bin
from tests import world


@pytest.mark.django_db
def test_builds_a_small_co_op() -> None:
    maya = world.make_user("maya@example.com")
    member = world.make_member(slug="tidehouse", owner=maya)
    node = world.make_node(slug="kreuzberg", bins=6)
    world.make_sku(member, code="MUG-1")
    world.make_staff(world.make_user(), "operator", node)
    key, token = world.make_api_key(member)
    assert [b.code for b in world.shelf_bins(node)] == [f"A-0{n}-1" for n in range(1, 7)]
    assert set(node.bins.values_list("kind", flat=True)) == set(Bin.Kind.values)
    assert token.startswith(f"cs_{key.prefix}_")
    assert maya.memberships.get().role == "owner"
