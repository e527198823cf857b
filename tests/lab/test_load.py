"""What benchmarks ask with: the crowd counts whole answers and takes no other than 200; a deep page lies where it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from lab import worlds
from lab.benchmarks import load, pages
from tests import world

BODY = b"x" * 200_000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"])
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is no news."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    _Handler.asked = []
    with _Server(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_every_answer_is_read_to_its_end_and_counted_once(server: ThreadingHTTPServer) -> None:
    rate = load.ask(server.server_port, "/", {"Authorization": "Bearer key"}, 0.3)
    assert round(rate * 0.3) == len(_Handler.asked) > load.LINES_EACH
    assert set(_Handler.asked) == {"Bearer key"}


def test_what_is_no_answer_ends_the_benchmark(server: ThreadingHTTPServer) -> None:
    with pytest.raises(RuntimeError, match="404"):
        load.ask(server.server_port, "/gone", {}, 0.3)


@pytest.mark.django_db
def test_a_deep_page_begins_after_so_many_rows(client: Client) -> None:
    member = worlds.large_lists(rows=60)
    _, token = world.make_api_key(member)
    cursor = pages._cursor(member, 55)
    answer = client.get(f"{pages.ADDRESS}?after={cursor}", headers={"Authorization": f"Bearer {token}"})
    assert [order["number"] for order in answer.json()["results"]] == [f"LIST-{n}" for n in range(56, 61)]
