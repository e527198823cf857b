"""Ids: UUIDv7 for rows, UUIDv5 for facts that must come out the same when they are told twice."""

from __future__ import annotations

import uuid

import uuid_utils.compat

# Any fixed namespace will do; changing it would make every derived fact look new.
_NAMESPACE = uuid.UUID("6f1c8f6e-3a52-5f8e-9d3e-0c5b1f0c0a51")


def uuid7() -> uuid.UUID:
    """A new time-ordered id (RFC 9562, version 7)."""
    return uuid_utils.compat.uuid7()


def derived(*parts: object) -> uuid.UUID:
    """The id that these parts always have: `derived("storage", booking.pk, day)`."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts))
