"""The WSGI application: who asks, what for, once only; then the resources answer."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from lab.stripe_standin import resources
from lab.stripe_standin.call import ROUTES, Call, Route
from lab.stripe_standin.constants import API_VERSION, OLDEST_VERSION, Json
from lab.stripe_standin.errors import ApiError, ParamError
from lab.stripe_standin.faults import Fault, Faults
from lab.stripe_standin.forms import EXPAND, PAGING, Fields, Tree, decode
from lab.stripe_standin.idempotency import Kept, Keys, fingerprint
from lab.stripe_standin.store import Store, new_id

# The resources register their routes by being imported.
__all__ = ["App", "resources"]

Answer = tuple[int, list[tuple[str, str]], bytes]
Site = Callable[["App", str, str, WSGIEnvironment], Answer | None]

_REASONS = {
    200: "OK",
    303: "See Other",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class LostConnection(Exception):
    """The caller never hears the answer."""


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", path))


def _specific_first(one: Route) -> tuple[int, str]:
    return one.path.count("{"), one.path


_TABLE = [(_pattern(one.path), one) for one in sorted(ROUTES, key=_specific_first)]


def read_body(environ: WSGIEnvironment) -> str:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length)).decode("utf-8", "replace")


def as_json(status: int, body: Json, headers: dict[str, str] | None = None) -> Answer:
    raw = json.dumps(body).encode()
    return status, [("Content-Type", "application/json"), *(headers or {}).items()], raw


class App:
    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        api_key: str | None = None,
        api_version: str = API_VERSION,
        webhooks: bool = False,
    ) -> None:
        self.store = store
        self.keys = Keys(store)
        self.faults = Faults()
        self.base_url = ""
        self.api_key = api_key
        self.api_version = api_version
        self.webhooks = webhooks
        # Asked before the API, in this order; whoever opens the door names them.
        self.sites: Sequence[Site] = ()
        self.after_act: Callable[[], None] = lambda: None
        self.stopping = threading.Event()
        self._clock = clock

    def now(self) -> int:
        return int(self._clock()) + int(self.store.note("offset", "0"))

    def call(self, **facts: Any) -> Call:
        return Call(
            store=self.store,
            now=self.now(),
            base_url=self.base_url,
            api_version=self.api_version,
            webhooks=self.webhooks,
            **facts,
        )

    def act(self, function: Callable[..., Json], *args: Any) -> Json:
        """One act without a request: all of it or, when it is refused, nothing."""
        with self.store.transaction():
            call = self.call()
            shown = call.show(function(call, *args))
        self.after_act()
        return shown

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        try:
            status, headers, body = self._answer(method, path, environ)
        except LostConnection:
            environ["standin.abort"]()
            status, headers, body = 500, [], b""
        headers = [*headers, ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(f"{status} {_REASONS.get(status, 'Unknown')}", headers)
        return [body]

    def _answer(self, method: str, path: str, environ: WSGIEnvironment) -> Answer:
        for site in self.sites:
            found = site(self, method, path, environ)
            if found is not None:
                return found
        request_id = new_id("req")
        headers = {"Request-Id": request_id, "Stripe-Version": self._version(environ) or self.api_version}
        if key := environ.get("HTTP_IDEMPOTENCY_KEY"):
            headers["Idempotency-Key"] = key
        try:
            status, body, more = self._serve(method, path, environ, request_id)
        except ApiError as error:
            status, body, more = error.status, error.body(), {}
        return as_json(status, body, headers | more)

    def _version(self, environ: WSGIEnvironment) -> str | None:
        version: str | None = environ.get("HTTP_STRIPE_VERSION")
        return version

    def _serve(
        self, method: str, path: str, environ: WSGIEnvironment, request_id: str
    ) -> tuple[int, Json, dict[str, str]]:
        self._authenticate(environ)
        self._check_version(environ)
        route, args = self._match(method, path)
        fault = self.faults.take(method, path)
        params = self._read(route, environ)
        key = environ.get("HTTP_IDEMPOTENCY_KEY") if method == "POST" else None
        call = self.call(params=params, request_id=request_id, idempotency_key=key)
        if key is None:
            return self._perform(call, route, args, fault, None)
        claim = (key, f"{method} {path}", fingerprint(params))
        kept = self.keys.claim(*claim, call.now)
        if kept is not None:
            if fault is not None:
                return self._trouble(call, fault, None)
            headers = {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
            return kept.status, kept.body, headers
        try:
            return self._perform(call, route, args, fault, claim)
        finally:
            self.keys.release(key)

    def _authenticate(self, environ: WSGIEnvironment) -> None:
        scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        key = rest.strip()
        if scheme.lower() == "basic":
            key = base64.b64decode(key + "==").decode("utf-8", "replace").split(":")[0]
        if not key or scheme.lower() not in ("bearer", "basic"):
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in the Authorization header, "
                "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if "_live_" in key:
            raise ApiError("This is a stand-in without money: never send it a live key.", status=401)
        wrong = self.api_key is not None and key != self.api_key
        if wrong or not key.startswith(("sk_test_", "rk_test_")):
            hidden = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
            raise ApiError(f"Invalid API Key provided: {hidden}", status=401)

    def _check_version(self, environ: WSGIEnvironment) -> None:
        version = self._version(environ)
        if version is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d(\.[a-z]+)?", version):
            raise ApiError(f"Invalid Stripe API version: {version}")
        if version is not None and version[:10] < OLDEST_VERSION:
            raise ApiError(f"The stand-in renders {API_VERSION} and its like, not {version}.")

    def _match(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        for pattern, route in _TABLE:
            if route.method == method and (match := pattern.fullmatch(path)):
                return route, match.groups()
        raise ApiError(
            f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
            "https://support.stripe.com/.",
            status=404,
        )

    def _read(self, route: Route, environ: WSGIEnvironment) -> Json:
        raw = environ.get("QUERY_STRING", "") if route.method == "GET" else read_body(environ)
        tree: Tree = decode(raw)
        rules = {**route.params, **EXPAND, **(PAGING if route.paged else {})}
        return Fields(rules, route.required).read(tree, "") or {}

    def _perform(
        self,
        call: Call,
        route: Route,
        args: tuple[str, ...],
        fault: Fault | None,
        claim: tuple[str, str, str] | None,
    ) -> tuple[int, Json, dict[str, str]]:
        if fault is not None and fault.kind in ("status", "drop_before", "hang_before"):
            return self._trouble(call, fault, claim)
        if fault is not None and fault.kind == "slow":
            self.stopping.wait(fault.seconds)
        status, body = self._execute(call, route, args, claim)
        self.after_act()
        if fault is not None and fault.kind in ("drop_after", "hang_after"):
            self.stopping.wait(fault.seconds)
            raise LostConnection
        return status, body, {}

    def _trouble(
        self, call: Call, fault: Fault, claim: tuple[str, str, str] | None
    ) -> tuple[int, Json, dict[str, str]]:
        """Trouble instead of an act (or instead of the replay of one)."""
        if fault.kind == "status":
            return self._refuse(call, fault, claim)
        self.stopping.wait(fault.seconds)
        raise LostConnection

    def _refuse(
        self, call: Call, fault: Fault, claim: tuple[str, str, str] | None
    ) -> tuple[int, Json, dict[str, str]]:
        body = fault.body()
        if claim is not None and fault.is_saved:
            with self.store.transaction():
                self.keys.keep(*claim, Kept(fault.status, body, call.request_id or ""), call.now)
        headers = {}
        if fault.should_retry is not None:
            headers["Stripe-Should-Retry"] = str(fault.should_retry).lower()
        return fault.status, body, headers

    def _execute(
        self, call: Call, route: Route, args: tuple[str, ...], claim: tuple[str, str, str] | None
    ) -> tuple[int, Json]:
        """The act, its events and its idempotent result commit together, or none of them does."""
        expand = call.params.pop("expand", [])
        with self.store.transaction():
            self.store.mark()
            try:
                found = route.handler(call, *args)
                status, body = 200, self._show(call, found, expand)
            except ParamError:
                raise
            except ApiError as error:
                if not error.keep:
                    self.store.undo()
                status, body = error.status, error.body()
            if claim is not None:
                self.keys.keep(*claim, Kept(status, body, call.request_id or ""), call.now)
        return status, body

    def _show(self, call: Call, found: Json, expand: list[str]) -> Json:
        if found["object"] == "list" or found.get("deleted"):
            for path in expand:
                call._expand(found, path.split("."))
            return found
        return call.show(found, expand)
