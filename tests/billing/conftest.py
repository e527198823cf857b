"""The Stripe stand-in, started once and emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.stripe_standin import StandIn
from tests.billing.payments_kit import a_standin


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with a_standin() as standin:
        yield standin


@pytest.fixture
def standin(server: StandIn) -> StandIn:
    server.reset()
    return server
