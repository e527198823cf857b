"""The program's own settings, with the bare views beside its pages."""

from __future__ import annotations

from coop.settings import *  # noqa: F403

ROOT_URLCONF = "lab.benchmarks.bare.urls"
