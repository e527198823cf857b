"""Idempotency keys as Stripe keeps them: the first status and body, errors included, for 24 hours."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass

from lab.stripe_standin.constants import KEY_LIFE_S, MAX_KEY_LENGTH, Json
from lab.stripe_standin.errors import ApiError, ParamError
from lab.stripe_standin.store import Store


@dataclass(frozen=True)
class Kept:
    status: int
    body: Json
    request_id: str


def fingerprint(params: object) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()


class Keys:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._in_flight: set[str] = set()

    def claim(self, key: str, request: str, params: str, now: int) -> Kept | None:
        """The kept result, or None when the caller may act (and must `release`).

        Raises 409 while another request holds the key, 400 for another request under the same key.
        """
        if len(key) > MAX_KEY_LENGTH:
            raise ParamError(
                f"Idempotency keys may have at most {MAX_KEY_LENGTH} characters.",
            )
        with self._lock:
            if key in self._in_flight:
                raise ApiError(
                    "There is currently another in-progress request using this Stripe-Idempotency-Key "
                    f"(that probably means you submitted twice, and the other request is still going through): {key}. "
                    "Please try again later.",
                    status=409,
                    type="idempotency_error",
                    code="idempotency_key_in_use",
                )
            kept = self._look_up(key, request, params, now)
            if kept is None:
                self._in_flight.add(key)
            return kept

    def _look_up(self, key: str, request: str, params: str, now: int) -> Kept | None:
        rows = self._store.run(
            "SELECT request, params, status, body, request_id FROM keys WHERE key = ? AND used_at > ?",
            key,
            now - KEY_LIFE_S,
        )
        if not rows:
            return None
        first_request, first_params, status, body, request_id = rows[0]
        if first_request != request:
            raise ApiError(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{first_request}' vs '{request}'). Try using a key other than '{key}' if you meant to execute "
                "a different request.",
                type="idempotency_error",
            )
        if first_params != params:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        return Kept(status, json.loads(body), request_id)

    def keep(self, key: str, request: str, params: str, kept: Kept, now: int) -> None:
        """Inside the transaction of the act, so that a kill leaves both or neither."""
        self._store.run(
            "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)",
            key,
            now,
            request,
            params,
            kept.status,
            json.dumps(kept.body),
            kept.request_id,
        )

    def release(self, key: str) -> None:
        with self._lock:
            self._in_flight.discard(key)

    def age(self, hours: float) -> int:
        """Makes every key this much older; Stripe forgets a key after 24 hours. Returns how many there are."""
        with self._store.transaction():
            self._store.run("UPDATE keys SET used_at = used_at - ?", int(hours * 3600))
            return int(self._store.run("SELECT count(*) FROM keys")[0][0])
