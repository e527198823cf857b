"""What is due by the clock: debits that settle, drafts that advance, automatic collection."""

from __future__ import annotations

import threading

from lab.stripe_standin.actions import JOBS
from lab.stripe_standin.app import App
from lab.stripe_standin.errors import ApiError

_POLL_S = 0.25


class Clockwork:
    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="standin-clockwork", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.wait(_POLL_S):
            self.run_due()

    def run_due(self) -> int:
        """Runs all jobs that are due now, each in its own transaction; returns how many."""
        done = 0
        while self._run_one():
            done += 1
        return done

    def _run_one(self) -> bool:
        store = self._app.store
        now = self._app.now()
        if not store.run("SELECT 1 FROM jobs WHERE due <= ? LIMIT 1", now):
            return False
        with store.transaction():
            job = store.take_job(now)
            if job is None:
                return False
            store.mark()
            try:
                JOBS[job[0]](self._app.call(), job[1])
            except ApiError:
                # As in the dashboard: what can no longer happen does not happen.
                store.undo()
        self._app.after_act()
        return True
