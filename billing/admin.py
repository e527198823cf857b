"""This floor's tables, for stewards to look at."""

from __future__ import annotations

from coop.admin import register_all

register_all("billing")
