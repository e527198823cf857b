"""A crowd of buyers at the door of the web server. No Django: each process of the crowd starts bare."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

CONNECTIONS_EACH = 8
# What the door said (the status, and the code of a refusal), and after how many seconds.
Answer = tuple[str, float]


def ask_all(port: int, token: str, buyers: Sequence[int], path: str, sku: str | None) -> list[Answer]:
    """One process of the crowd."""
    local = threading.local()

    def ask(number: int) -> Answer:
        if not hasattr(local, "line"):
            local.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = json.dumps(_order(number, sku)) if sku else None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        began = time.perf_counter()
        local.line.request("POST" if sku else "GET", path, body, headers)
        answer = local.line.getresponse()
        text = answer.read()
        spent = time.perf_counter() - began
        code = json.loads(text).get("code", "") if answer.status == 409 else ""
        return f"{answer.status} {code}".strip(), spent

    with ThreadPoolExecutor(CONNECTIONS_EACH) as lines:
        return list(lines.map(ask, buyers))


def _order(number: int, sku: str) -> dict[str, object]:
    return {
        "number": f"B{number}-{os.getpid()}-{time.time_ns()}", "buyer_name": f"Buyer {number}",
        "buyer_email": f"buyer{number}@example.com", "street": "Weserstraße 7", "postcode": "12047", "city": "Berlin",
        "country": "DE", "lines": [{"sku": sku, "quantity": 1}],
    }  # fmt: skip
