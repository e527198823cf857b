"""The stand-in without its door: store, application, webhooks and clock, and the switches that tests turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from lab.stripe_standin import actions
from lab.stripe_standin.app import App
from lab.stripe_standin.constants import DEFAULT_API_KEY, Json
from lab.stripe_standin.faults import Fault
from lab.stripe_standin.jobs import Clockwork
from lab.stripe_standin.store import Store
from lab.stripe_standin.webhooks import Sender, Switch


class Machine:
    """What the control endpoint and the hosted pages are given; the server lends it a door (see `StandIn`)."""

    def __init__(
        self,
        store: Store,
        *,
        webhook_url: str | None,
        webhook_secret: str,
        api_key: str | None,
        api_version: str,
        retry_delays: Sequence[float],
        clock: Callable[[], float],
    ) -> None:
        self.api_key = api_key or DEFAULT_API_KEY
        self.webhook_secret = webhook_secret
        self.store = store
        self.app = App(
            store, clock=clock, api_key=api_key, api_version=api_version, webhooks=webhook_url is not None
        )
        self.sender = Sender(store, webhook_url, webhook_secret, self._event, retry_delays)
        self.app.after_act = self.sender.wake
        self.clockwork = Clockwork(self.app)

    def _event(self, id_: str) -> Json | None:
        event = self.store.get(id_, "event")
        return self.app.call().show(event) if event else None

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
