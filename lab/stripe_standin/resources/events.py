"""Events as the API lists them: 30 days back, and whether their webhooks arrived."""

from __future__ import annotations

from lab.stripe_standin.call import Call, events_since, renders, route
from lab.stripe_standin.constants import ACCOUNT, ACCOUNT_COUNTRY, ACCOUNT_NAME, DEFAULT_CURRENCY, Json
from lab.stripe_standin.errors import ApiError, no_such
from lab.stripe_standin.forms import Each, Flag, Id, Span

_UNDELIVERED = "SELECT event FROM deliveries WHERE state <> 'delivered'"


@renders("event")
def _render(call: Call, event: Json) -> Json:
    rows = call.store.run(
        "SELECT count(*) FROM deliveries WHERE event = ? AND state IN ('pending', 'held')", event["id"]
    )
    return {"pending_webhooks": min(1, rows[0][0])}


@route(
    "GET",
    "/v1/events",
    {"created": Span(), "delivery_success": Flag(), "type": Id(), "types": Each(Id(), most=20)},
    paged=True,
)
def list_all(call: Call) -> Json:
    sql = "created > ?"
    args: list[object] = [events_since(call.now)]
    if "type" in call.params and "types" in call.params:
        raise ApiError("You may only specify one of these parameters: type, types.", param="type")
    wanted = call.params.get("types") or [call.params[name] for name in ("type",) if name in call.params]
    if wanted:
        sql += f" AND ({' OR '.join(['json_extract(body, ?) GLOB ?'] * len(wanted))})"
        args += [part for type_ in wanted for part in ("$.type", type_)]
    success = call.params.get("delivery_success")
    if success is not None:
        sql += f" AND id {'NOT IN' if success else 'IN'} ({_UNDELIVERED})"
    return call.page("event", "/v1/events", spans=("created",), extra=(sql, tuple(args)))


@route("GET", "/v1/events/{id}")
def retrieve(call: Call, id_: str) -> Json:
    event = call.fetch("event", id_)
    if event["created"] <= events_since(call.now):
        raise no_such("event", id_)
    return event


@route("GET", "/v1/account")
def account(call: Call) -> Json:
    return {
        "id": ACCOUNT,
        "object": "account",
        "business_profile": {"name": ACCOUNT_NAME},
        "charges_enabled": True,
        "country": ACCOUNT_COUNTRY,
        "default_currency": DEFAULT_CURRENCY,
        "details_submitted": True,
        "email": None,
        "payouts_enabled": False,
        "type": "standard",
    }
