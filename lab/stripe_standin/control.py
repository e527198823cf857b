"""`/_standin/…`: the switchboard for tests in another process. JSON in, JSON out; no API key, loopback only."""

from __future__ import annotations

import json
from typing import Any
from wsgiref.types import WSGIEnvironment

from lab.stripe_standin.app import Answer, App, Site, as_json, read_body
from lab.stripe_standin.constants import Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.machine import Machine

_PREFIX = "/_standin/"


def site(standin: Machine) -> Site:
    def answer(_app: App, method: str, path: str, environ: WSGIEnvironment) -> Answer | None:
        if not path.startswith(_PREFIX) or path == "/_standin/style.css":
            return None
        name = path.removeprefix(_PREFIX).strip("/")
        try:
            data: Json = json.loads(read_body(environ) or "{}") if method == "POST" else {}
            found = _dispatch(standin, method, name, data)
        except ApiError as error:
            return as_json(error.status, error.body())
        except (KeyError, TypeError, ValueError) as error:
            return as_json(400, {"error": {"message": f"{type(error).__name__}: {error}"}})
        if found is None:
            return as_json(404, {"error": {"message": f"No switch {method} {path}"}})
        return as_json(200, {"result": found})

    return answer


def _dispatch(standin: Machine, method: str, name: str, data: Json) -> Any:
    if method == "GET":
        return _look(standin, name)
    if method == "DELETE" and name == "faults":
        standin.app.faults.clear()
        return True
    if method == "DELETE" and name == "webhooks":
        standin.sender.clear()
        return True
    return _switch(standin, name, data) if method == "POST" else None


def _look(standin: Machine, name: str) -> Any:
    if name == "health":
        return {"ok": True, "api_version": standin.app.api_version}
    if name == "counts":
        return standin.counts()
    if name == "deliveries":
        return standin.sender.deliveries()
    if name == "faults":
        return standin.app.faults.armed()
    if name == "webhooks":
        return standin.sender.armed()
    return None


def _switch(standin: Machine, name: str, data: Json) -> Any:
    if name == "faults":
        standin.fault(**data)
    elif name == "webhooks":
        standin.webhook_switch(**data)
    elif name == "act":
        return standin.act(data["act"], *data.get("args", []))
    elif name == "age_keys":
        return standin.age_keys(data.get("hours", 25))
    elif name == "advance":
        return standin.advance(int(data["seconds"]))
    elif name == "sepa_seconds":
        standin.set_sepa_seconds(int(data["seconds"]))
    elif name == "resend":
        standin.sender.resend(data["event"])
    elif name == "pause":
        standin.sender.pause()
    elif name == "resume":
        standin.sender.resume()
    elif name == "reset":
        standin.reset()
    else:
        return None
    return True
