"""`python -m lab.stripe_standin --port N --webhook-url URL --webhook-secret S [--state FILE]`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from lab.stripe_standin.constants import DEFAULT_WEBHOOK_SECRET
from lab.stripe_standin.server import HOST, StandIn


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="stripe_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0 takes any free port")
    parser.add_argument("--webhook-url", help="where signed events are posted; none are sent without it")
    parser.add_argument("--webhook-secret", default=DEFAULT_WEBHOOK_SECRET)
    parser.add_argument("--state", help="a SQLite file that keeps everything over restarts")
    parser.add_argument("--api-key", help="the only key to accept; any test key without it")
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the process that started this one ends"
    )
    args = parser.parse_args(argv)
    parent = os.getppid()
    if args.state:
        Path(args.state).parent.mkdir(parents=True, exist_ok=True)
    try:
        standin = StandIn(
            port=args.port,
            webhook_url=args.webhook_url,
            webhook_secret=args.webhook_secret,
            state=args.state,
            api_key=args.api_key,
        )
    except OSError as error:
        print(f"The Stripe stand-in cannot listen on {HOST}:{args.port}: {error}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    standin.start()
    print(f"Stripe stand-in on {standin.url} (no real money)", flush=True)
    while not stop.wait(1):
        if args.with_parent and os.getppid() != parent:
            break
    standin.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
