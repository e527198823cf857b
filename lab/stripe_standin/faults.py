"""Trouble on order: what the network and Stripe can do to a request, armed by tests for the next N of a route."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass

from lab.stripe_standin.constants import Json

KINDS = ("status", "drop_before", "drop_after", "hang_before", "hang_after", "slow")

_MESSAGES: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "The request was refused."),
    409: (
        "invalid_request_error",
        "lock_timeout",
        "This object cannot be accessed right now because another API request or Stripe process is currently "
        "accessing it. If you see this error intermittently, retry the request.",
    ),
    429: (
        "invalid_request_error",
        "rate_limit",
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
    ),
}


@dataclass
class Fault:
    """One kind of trouble for the next `times` requests whose `METHOD /path` matches `route` (`*` = one segment).

    status       refuses before acting with `status`; a 500 is kept under the request's idempotency key (`saved`)
    drop_before  closes the connection before acting;    hang_before  the same after `seconds` of silence
    drop_after   acts, commits, and closes: a lost reply; hang_after   the same after `seconds` of silence
    slow         waits `seconds`, the key in flight, then acts and answers
    """

    route: str
    kind: str = "status"
    times: int = 1
    status: int = 500
    seconds: float = 0.0
    saved: bool | None = None
    should_retry: bool | None = None
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        pattern = re.escape(self.route).replace(r"\*", "[^/]+").replace(r"\ ", " ")
        pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", pattern)
        return re.fullmatch(pattern, f"{method} {path}") is not None

    @property
    def is_saved(self) -> bool:
        return self.status == 500 if self.saved is None else self.saved

    def body(self) -> Json:
        default = ("api_error", None, "An unknown error occurred (stand-in fault).")
        type_, code, message = _MESSAGES.get(self.status, default)
        error: Json = {"type": type_, "message": message}
        if code:
            error["code"] = code
        return {"error": error}


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        if fault.kind not in KINDS:
            raise ValueError(f"unknown fault {fault.kind!r}; one of {', '.join(KINDS)}")
        with self._lock:
            self._armed.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._armed:
                if fault.hits < fault.times and fault.matches(method, path):
                    fault.hits += 1
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[Json]:
        with self._lock:
            return [asdict(fault) for fault in self._armed]
