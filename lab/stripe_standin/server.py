"""The stand-in as a running server: a thread a request, one for webhooks, one for the clock."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIEnvironment

from lab.stripe_standin import control, hosted
from lab.stripe_standin.constants import API_VERSION, DEFAULT_WEBHOOK_SECRET
from lab.stripe_standin.machine import Machine
from lab.stripe_standin.store import Store
from lab.stripe_standin.webhooks import RETRY_DELAYS

HOST = "127.0.0.1"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # Not HTTPServer's: that one asks the name service who we are.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news."""


class _Handler(WSGIRequestHandler):
    timeout = 60

    def get_environ(self) -> WSGIEnvironment:
        environ = super().get_environ()
        environ["standin.abort"] = self._abort
        return environ

    def _abort(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the dashboard page shows what happened."""


class StandIn(Machine):
    """`with StandIn(webhook_url=…) as stripe: stripe.url`; or start() and stop().

    `state` is a SQLite file that keeps everything, idempotency keys too, over a kill; None keeps it in memory.
    `api_key` None takes every test key. `clock` gives seconds since the epoch; `advance()` moves it.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        webhook_url: str | None = None,
        webhook_secret: str = DEFAULT_WEBHOOK_SECRET,
        state: str | None = None,
        api_key: str | None = None,
        api_version: str = API_VERSION,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            Store(state),
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            api_key=api_key,
            api_version=api_version,
            retry_delays=retry_delays,
            clock=clock,
        )
        self.app.sites = (control.site(self), hosted.site(self))
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError:
            self.store.close()
            raise
        self._server.set_app(self.app)
        self.port = int(self._server.server_port)
        self.url = f"http://{HOST}:{self.port}"
        self.app.base_url = self.url
        self._thread = threading.Thread(target=self._serve, name="standin-http", daemon=True)

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def start(self) -> StandIn:
        self.sender.start()
        self.clockwork.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        self.app.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)
        self.clockwork.stop()
        self.sender.stop()
        self.store.close()

    def __enter__(self) -> StandIn:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
