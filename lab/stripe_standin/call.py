"""One request (or one act of the dashboard or the clock) as the resources see it, and how objects are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.stripe_standin.constants import API_VERSION, EVENT_LIFE_S, Json
from lab.stripe_standin.errors import ApiError, no_such
from lab.stripe_standin.forms import Rule
from lab.stripe_standin.store import Store, new_id

Renderer = Callable[["Call", Json], Json]
Handler = Callable[..., Json]

_RENDERERS: dict[str, Renderer] = {}


def renders(kind: str) -> Callable[[Renderer], Renderer]:
    def register(function: Renderer) -> Renderer:
        _RENDERERS[kind] = function
        return function

    return register


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    params: Mapping[str, Rule]
    required: tuple[str, ...]
    paged: bool
    handler: Handler


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    params: Mapping[str, Rule] | None = None,
    *,
    required: tuple[str, ...] = (),
    paged: bool = False,
) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        ROUTES.append(Route(method, path, params or {}, required, paged, function))
        return function

    return register


@dataclass
class Call:
    store: Store
    now: int
    base_url: str
    params: Json = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None
    api_version: str = API_VERSION
    webhooks: bool = True

    def fetch(self, kind: str, id_: str, param: str | None = None) -> Json:
        """The live object, or Stripe's resource_missing."""
        obj = self.store.get(id_, kind)
        if obj is None or (param is not None and obj.get("deleted")):
            raise no_such(kind, id_, param)
        return obj

    def chosen(self, *names: str) -> Json:
        """The given ones of these parameters: the filters of a list."""
        return {name: self.params[name] for name in names if name in self.params}

    def create(self, obj: Json) -> Json:
        return self.store.insert(obj, obj.get("created", self.now))

    def show(self, obj: Json, expand: list[str] | None = None) -> Json:
        """The object as the API gives it: private fields gone, embedded lists and addresses filled in."""
        shown = {key: value for key, value in obj.items() if not key.startswith("_")}
        renderer = _RENDERERS.get(obj["object"])
        if renderer and not obj.get("deleted"):
            shown = renderer(self, obj) | shown
        for path in expand or []:
            self._expand(shown, path.split("."))
        return shown

    def _expand(self, node: Any, steps: list[str]) -> None:
        if not steps or not isinstance(node, dict):
            return
        head, *rest = steps
        if head == "payments" and node.get("object") == "invoice" and head not in node:
            node[head] = self.page(
                "invoice_payment", f"/v1/invoice_payments?invoice={node['id']}", {"invoice": node["id"]}
            )
        value = node.get(head)
        if isinstance(value, str):
            found = self.store.get(value)
            if found is not None:
                node[head] = value = self.show(found)
        for child in value if isinstance(value, list) else [value]:
            self._expand(child, rest)

    def page(
        self,
        kind: str,
        url: str,
        where: Mapping[str, Any] | None = None,
        *,
        spans: tuple[str, ...] = (),
        oldest_first: bool = False,
        extra: tuple[str, tuple[Any, ...]] = ("", ()),
    ) -> Json:
        """One page of a list, newest first unless asked, with Stripe's cursor parameters."""
        after, before = self.params.get("starting_after"), self.params.get("ending_before")
        for name, id_ in (("starting_after", after), ("ending_before", before)):
            if id_ is not None and self.store.get(id_, kind) is None:
                raise no_such(kind, id_, name)
        if after and before:
            raise ApiError("You cannot pass both starting_after and ending_before.")
        limit = self.params.get("limit", 10)
        found = self.store.find(
            kind,
            where,
            spans={name: self.params[name] for name in spans if name in self.params},
            oldest_first=oldest_first,
            after=after,
            before=before,
            limit=limit + 1,
            extra=extra,
        )
        more = len(found) > limit
        if more:
            found = found[1:] if before else found[:limit]
        return {
            "object": "list",
            "data": [self.show(obj) for obj in found],
            "has_more": more,
            "url": url,
        }

    def emit(self, type_: str, obj: Json, previous: Json | None = None) -> None:
        """Writes the event (a snapshot of the object) and its delivery, in the transaction of the act."""
        data: Json = {"object": self.show(obj)}
        if previous:
            data["previous_attributes"] = previous
        event = self.create(
            {
                "id": new_id("evt"),
                "object": "event",
                "api_version": self.api_version,
                "created": self.now,
                "data": data,
                "livemode": False,
                "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
                "type": type_,
            }
        )
        if self.webhooks:
            self.store.run(
                "INSERT INTO deliveries (event, type, state) VALUES (?, ?, 'pending')",
                event["id"],
                type_,
            )


def merge_metadata(obj: Json, change: dict[str, str] | None) -> None:
    """Stripe's merge: an empty value unsets its key, an empty whole unsets all."""
    if change is None:
        obj["metadata"] = {}
        return
    merged = {**(obj.get("metadata") or {}), **change}
    obj["metadata"] = {key: value for key, value in merged.items() if value != ""}


def changes(before: Json, after: Json) -> Json:
    """What `previous_attributes` of an update event says: the old values of what changed."""
    return {
        key: before.get(key) for key in after if not key.startswith("_") and before.get(key) != after[key]
    }


def events_since(now: int) -> int:
    return now - EVENT_LIFE_S
