"""Which edition of what the street reads about nodes is the current one.

Whoever keeps a page about nodes keeps it for one edition. Each act that changes a node, its hours or its closures begins
a new one when it is committed, so that nobody reads the old words after it.
"""

from __future__ import annotations

import secrets

from django.core.cache import cache
from redis.exceptions import RedisError

from coop.kernel.acts import after_commit

_KEY = "nodes:edition"


def current() -> str | None:
    """The edition's name; none while Redis does not answer, and then nothing may be kept."""
    try:
        return cache.get(_KEY) or cache.get_or_set(_KEY, secrets.token_hex, timeout=None)
    except RedisError:
        return None


def renew() -> None:
    """Begin a new edition as soon as the act at hand is committed. Called by the services of this room."""
    # Should Redis not hear of it: kept pages have an end of their own.
    after_commit(lambda: cache.set(_KEY, secrets.token_hex(), timeout=None))
