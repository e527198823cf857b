"""The people and places that most tests begin with. A file that needs a node of another kind says so with a mark:

    pytestmark = [pytest.mark.django_db, pytest.mark.node(bins=0)]

and a file that needs something else altogether has a fixture of the same name.
"""

from __future__ import annotations

import pytest
from django.test import Client

from coop.identity.models import User
from coop.members.models import Member
from coop.nodes.models import Node
from fulfillment.capacity.models import SlotPool
from tests import world


@pytest.fixture
def node(db: None, request: pytest.FixtureRequest) -> Node:
    """A node as `world.make_node` makes it, with what the mark `node` says."""
    mark = request.node.get_closest_marker("node")
    return world.make_node(**(mark.kwargs if mark else {}))


@pytest.fixture
def member(db: None) -> Member:
    """Tidehouse, whose owner is Maya."""
    return world.make_member(slug="tidehouse", owner=world.make_user("maya@example.com"))


@pytest.fixture
def maya(member: Member) -> Client:
    """A browser in which the member's owner is signed in."""
    return world.client_of(member.memberships.get(role="owner").user)


@pytest.fixture
def operator(node: Node) -> User:
    """Somebody who runs the node."""
    user = world.make_user()
    world.make_staff(user, "operator", node)
    return user


@pytest.fixture
def picker(node: Node) -> User:
    """Somebody who picks and packs at the node."""
    user = world.make_user()
    world.make_staff(user, "picker", node)
    return user


@pytest.fixture
def packer(picker: User) -> User:
    """The same person at the bench."""
    return picker


@pytest.fixture
def pool(node: Node) -> SlotPool:
    """Ten shelf slots a day at the node."""
    return world.make_pool(node, slots=10)
