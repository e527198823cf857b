"""Rooms are found, not listed: what a floor offers to the house lies in modules of a known name."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps

FLOORS = ("coop", "fulfillment", "billing")


def rooms() -> list[str]:
    """Dotted names of every room of every installed floor, ground floor first."""
    return [
        f"{floor}.{module.name}"
        for floor in FLOORS
        if apps.is_installed(floor)
        for module in pkgutil.iter_modules(importlib.import_module(floor).__path__)
        if module.ispkg and module.name not in {"migrations", "management", "templatetags"}
    ]


def discover(name: str) -> list[ModuleType]:
    """Import the module `name` of every floor and room that has one: `discover("proofs")`."""
    return _import([*(floor for floor in FLOORS if apps.is_installed(floor)), *rooms()], name)


def discover_in_rooms(name: str) -> list[ModuleType]:
    """The same, of rooms alone."""
    return _import(rooms(), name)


def _import(places: list[str], name: str) -> list[ModuleType]:
    return [
        importlib.import_module(f"{place}.{name}")
        for place in places
        if find_spec(f"{place}.{name}") is not None
    ]
