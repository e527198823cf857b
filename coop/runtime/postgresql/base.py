"""Django's PostgreSQL backend, which looks at a kept connection before a request instead of asking through it.

Django's own health check is a `SELECT 1` for each request. A server that went away has closed its end, and a closed end
can be seen without a word to anybody: the socket has something to read although nobody asked. Only then is it asked.
"""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; `CONN_HEALTH_CHECKS` costs no round trip while the connection is quiet."""

    def is_usable(self) -> bool:
        """Whether the connection that was kept can be used for the next request."""
        if self.connection is None or self.connection.closed:
            return False
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        """Whether nothing came in since the last answer: no end of the connection, no farewell of the server."""
        watch = select.poll()
        watch.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not watch.poll(0)
