"""What tests of drops share."""

from __future__ import annotations

import datetime as dt

from coop.runtime.audit import proofs

# A Saturday: the next Tuesday's run has to be announced by Sunday 8:00.
MARCH = dt.datetime(2027, 3, 20, 6, tzinfo=dt.UTC)


def audit() -> list[str]:
    """What `manage.py audit` would find on this floor."""
    return [sentence for p in proofs() if p.room.startswith("fulfillment") for sentence in p.check()]
