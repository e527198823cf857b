"""What the program adds to a bare view: to a call of the API, and to the page that everybody sees."""

from __future__ import annotations

import http.client
import tempfile
from pathlib import Path

from django.core.management import call_command

from coop.members.services import create_api_key
from lab.benchmarks import ground
from lab.benchmarks.bare.views import PAGE
from lab.benchmarks.load import LINES_EACH, PROCESSES, rates
from lab.benchmarks.registry import Result, benchmark
from lab.benchmarks.sizes import size
from lab.benchmarks.webserver import serving
from lab.worlds.kept import DEMO

ROUNDS = {
    name: size(name, "rounds", 7, "turns of both sides; the median counts") for name in ("request", "home")
}
SECONDS = {name: size(name, "seconds", 3, "seconds of a turn") for name in ("request", "home")}
BARE = {"DJANGO_SETTINGS_MODULE": "lab.benchmarks.bare.settings"}
CROWD = f"{PROCESSES * LINES_EACH} lines kept open"


@benchmark("request")
def request() -> Result:
    """A call of the API that names its member by key, is counted and answers an empty list, against a bare view of the
    same server process that looks the key up by one SELECT."""
    _, token = create_api_key(member=ground.member(), name="shop", by=None)
    ours, bare = "/api/v1/orders/", "/bare/key/"
    key = {"Authorization": f"Bearer {token}"}
    with serving(**BARE) as port:
        found = rates(port, {ours: key, bare: key}, rounds=ROUNDS["request"], seconds=SECONDS["request"])
    return Result(
        "request", found[ours], found[bare], 0.5, "requests/s",
        f"GET {ours} of a member without orders, {CROWD}", "a view of one SELECT, without key or count",
    )  # fmt: skip


@benchmark("home", needs=DEMO)
def home() -> Result:
    """The public home page, against a view that sends the same bytes through the same middlewares, in the same server
    process."""
    # The page names files by what is in them.
    call_command("collectstatic", interactive=False, verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "home.html"
        with serving(**BARE, **{PAGE: str(page)}) as port:
            page.write_bytes(_body(port, "/"))
            found = rates(port, {"/": {}, "/bare/home/": {}}, rounds=ROUNDS["home"], seconds=SECONDS["home"])
        size_kb = page.stat().st_size / 1000
    return Result(
        "home", found["/"], found["/bare/home/"], 0.4, "requests/s",
        f"GET / of the demo, {size_kb:.0f} kB, {CROWD}", "a view that sends these bytes",
    )  # fmt: skip


def _body(port: int, path: str) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path)
    answer = line.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return answer.read()
