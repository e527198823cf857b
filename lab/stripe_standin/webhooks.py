"""Events on their way out: signed, in the order they happened, tried again until they are taken."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase

from lab.stripe_standin.constants import Json
from lab.stripe_standin.store import Store

SWITCHES = ("drop", "duplicate", "hold", "delay")
# Seconds before each new try; Stripe takes three days, a demo has less patience.
RETRY_DELAYS = (0.5, 1, 2, 4, 8, 15) + (30,) * 60
_TIMEOUT_S = 20
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def signature(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over `timestamp.body`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@dataclass
class Switch:
    """Trouble for the next `times` events whose type matches one of `types` (`*` is a wild card).

    drop       never sent, listed as not delivered
    duplicate  sent `copies` times more
    hold       kept back until `times` are held, then sent in reverse order
    delay      sent `seconds` later, so that younger events overtake them
    """

    kind: str
    types: Sequence[str] = ("*",)
    times: int = 1
    seconds: float = 0.0
    copies: int = 1
    hits: int = 0
    held: list[int] = field(default_factory=list)

    def wants(self, type_: str) -> bool:
        return self.hits < self.times and any(fnmatchcase(type_, want) for want in self.types)


class Sender:
    """One thread that posts what is due. `render` gives the event's body by its id."""

    def __init__(
        self,
        store: Store,
        url: str | None,
        secret: str,
        render: Callable[[str], Json | None],
        delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self.url = url
        self.secret = secret
        self._store = store
        self._render = render
        self._delays = delays
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._paused = False
        self._lock = threading.Lock()
        self._switches: list[Switch] = []
        self._passed: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="standin-webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=_TIMEOUT_S + 1)

    def wake(self) -> None:
        self._wake.set()

    # switches

    def add(self, switch: Switch) -> Switch:
        if switch.kind not in SWITCHES:
            raise ValueError(f"unknown switch {switch.kind!r}; one of {', '.join(SWITCHES)}")
        with self._lock:
            self._switches.append(switch)
        return switch

    def clear(self) -> None:
        """Disarms every switch; what was held back goes out."""
        with self._lock:
            self._switches.clear()
        self._store.run("UPDATE deliveries SET state = 'pending' WHERE state = 'held'")
        self.wake()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self.wake()

    def armed(self) -> list[Json]:
        with self._lock:
            return [asdict(switch) for switch in self._switches]

    def resend(self, event: str) -> None:
        """What the dashboard's Resend does, for an event of whatever state."""
        with self._store.transaction():
            rows = self._store.run("SELECT type FROM deliveries WHERE event = ? LIMIT 1", event)
            type_ = rows[0][0] if rows else ""
            self._store.run("DELETE FROM deliveries WHERE event = ?", event)
            self._store.run(
                "INSERT INTO deliveries (event, type, state) VALUES (?, ?, 'pending')", event, type_
            )
        self.wake()

    def deliveries(self) -> list[Json]:
        names = ("event", "type", "state", "attempts", "answer")
        rows = self._store.run("SELECT event, type, state, attempts, answer FROM deliveries ORDER BY id")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def waiting(self) -> int:
        return int(self._store.run("SELECT count(*) FROM deliveries WHERE state = 'pending'")[0][0])

    # the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            sent = 0 if self._paused else self._round()
            if not sent:
                self._wake.wait(self._pause_length())
            self._wake.clear()

    def _pause_length(self) -> float:
        rows = self._store.run("SELECT min(due) FROM deliveries WHERE state = 'pending'")
        if rows[0][0] is None or self._paused:
            return 5.0
        return float(min(5.0, max(0.02, rows[0][0] - time.time())))

    def _round(self) -> int:
        rows = self._store.run(
            "SELECT id, event, type, attempts FROM deliveries WHERE state = 'pending' AND due <= ?"
            " ORDER BY id LIMIT 20",
            time.time(),
        )
        for id_, event, type_, attempts in rows:
            if self._stopping.is_set() or self._paused:
                break
            self._handle(id_, event, attempts, None if attempts else self._switch_for(id_, type_))
        return len(rows)

    def _switch_for(self, id_: int, type_: str) -> Switch | None:
        with self._lock:
            if id_ in self._passed:
                return None
            for switch in self._switches:
                if switch.wants(type_):
                    switch.hits += 1
                    self._passed.add(id_)
                    return switch
        return None

    def _handle(self, id_: int, event: str, attempts: int, switch: Switch | None) -> None:
        if switch is None:
            self._deliver(id_, event, attempts)
        elif switch.kind == "drop":
            self._set(id_, "failed", 0, "dropped by a switch")
        elif switch.kind == "delay":
            self._store.run("UPDATE deliveries SET due = ? WHERE id = ?", time.time() + switch.seconds, id_)
        elif switch.kind == "duplicate":
            for _ in range(switch.copies + 1):
                self._deliver(id_, event, attempts)
        else:
            self._set(id_, "held", 0, "held by a switch")
            switch.held.append(id_)
            if len(switch.held) == switch.times:
                for held in reversed(switch.held):
                    rows = self._store.run("SELECT event FROM deliveries WHERE id = ?", held)
                    self._deliver(held, rows[0][0], 0)

    def _deliver(self, id_: int, event: str, attempts: int) -> None:
        answer, taken = self._post(event)
        if taken:
            self._set(id_, "delivered", attempts + 1, answer)
        elif attempts >= len(self._delays):
            self._set(id_, "failed", attempts + 1, answer)
        else:
            self._set(id_, "pending", attempts + 1, answer, time.time() + self._delays[attempts])

    def _set(self, id_: int, state: str, attempts: int, answer: str, due: float = 0) -> None:
        self._store.run(
            "UPDATE deliveries SET state = ?, attempts = ?, answer = ?, due = ? WHERE id = ?",
            state,
            attempts,
            answer,
            due,
            id_,
        )

    def _post(self, event: str) -> tuple[str, bool]:
        shown = self._render(event)
        if shown is None or self.url is None:
            return "nothing to send", True
        body = json.dumps(shown).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (stand-in)",
            "Stripe-Signature": signature(body, self.secret, int(time.time())),
        }
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_S) as answer:
                answer.read()
                return f"HTTP {answer.status}", 200 <= answer.status < 300
        except urllib.error.HTTPError as error:
            with error:
                return f"HTTP {error.code}", False
        except (OSError, ValueError) as error:
            return f"{type(error).__name__}: {error}", False
