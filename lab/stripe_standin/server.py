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

from lab.stripe_standin import actions, control, hosted
from lab.stripe_standin.app import App
from lab.stripe_standin.constants import (
    API_VERSION,
    DEFAULT_API_KEY,
    DEFAULT_WEBHOOK_SECRET,
    Json,
)
from lab.stripe_standin.faults import Fault
from lab.stripe_standin.jobs import Clockwork
from lab.stripe_standin.store import Store
from lab.stripe_standin.webhooks import RETRY_DELAYS, Sender, Switch

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


class StandIn:
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
        self.api_key = api_key or DEFAULT_API_KEY
        self.webhook_secret = webhook_secret
        self.store = Store(state)
        self.app = App(
            self.store,
            clock=clock,
            api_key=api_key,
            api_version=api_version,
            webhooks=webhook_url is not None,
            sites=(control.site(self), hosted.site(self)),
        )
        self.sender = Sender(self.store, webhook_url, webhook_secret, self._event, retry_delays)
        self.app.after_act = self.sender.wake
        self.clockwork = Clockwork(self.app)
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

    def _event(self, id_: str) -> Json | None:
        event = self.store.get(id_, "event")
        return self.app.call().show(event) if event else None

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

    # for tests: what the control endpoint does, in the same process

    def fault(self, route: str, kind: str = "status", **facts: Any) -> Fault:
        """Arms trouble for the next requests of a route such as "POST /v1/invoices/*/finalize"; see `Fault`."""
        return self.app.faults.add(Fault(route=route, kind=kind, **facts))

    def webhook_switch(self, kind: str, **facts: Any) -> Switch:
        """Arms trouble for the next webhooks: drop, duplicate, hold, delay; see `Switch`."""
        return self.sender.add(Switch(kind=kind, **facts))

    def act(self, act: str, *args: Any) -> Json:
        """A dashboard act by name (see `actions.ACTS`): pay, decline, refund, void, delete_customer, dispute …"""
        return self.app.act(actions.ACTS[act], *args)

    def counts(self) -> dict[str, int]:
        """Objects ever created, by kind."""
        return self.store.created()

    def objects(self, kind: str, **where: Any) -> list[Json]:
        call = self.app.call()
        return [call.show(obj) for obj in self.store.find(kind, where, oldest_first=True)]

    def age_keys(self, hours: float = 25) -> int:
        return self.app.keys.age(hours)

    def advance(self, seconds: int) -> int:
        """Moves the stand-in's clock on, runs what became due, and returns the new moment."""
        with self.store.transaction():
            self.store.set_note("offset", str(int(self.store.note("offset", "0")) + seconds))
        self.clockwork.run_due()
        return self.app.now()

    def set_sepa_seconds(self, seconds: int) -> None:
        """How long a SEPA debit stays `processing`."""
        with self.store.transaction():
            self.store.set_note("sepa_seconds", str(seconds))

    def reset(self) -> None:
        """Forgets everything: objects, keys, faults, switches, the moved clock."""
        self.app.faults.clear()
        self.sender.clear()
        self.sender.resume()
        with self.store.transaction():
            self.store.wipe()

    def drain(self, timeout: float = 10) -> bool:
        """Waits until no webhook waits to be sent; False when the time is over."""
        end = time.monotonic() + timeout
        while self.sender.waiting():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True
