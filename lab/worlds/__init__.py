"""Worlds: many rows made in seconds, by SQL, for benchmarks, for tests of migrations and for reading plans.

Each maker lays its rows on the database that is connected, as many as it is asked for, and says whether the audit holds on
what it made. `kept.World` keeps one as a template, from which a database is copied in a moment.
"""

from __future__ import annotations

from lab.worlds.files import orders_file
from lab.worlds.lists import large_lists
from lab.worlds.searched import searched_nodes
from lab.worlds.work import much_work

__all__ = ["large_lists", "much_work", "orders_file", "searched_nodes"]
