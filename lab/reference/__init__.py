"""The reference pages of the documentation, written from the code they describe, so that they cannot drift."""

from __future__ import annotations

from pathlib import Path

from lab.reference.api import api_page
from lab.reference.commands import commands_page
from lab.reference.imports import imports_page
from lab.reference.markdown import ROOT
from lab.reference.meanings import KINDS, STATES
from lab.reference.readme import readme
from lab.reference.rooms import rooms_page, rooms_picture
from lab.reference.settings import read_settings, settings_page
from lab.reference.states import choice_fields, state_fields, states_page

__all__ = ["KINDS", "STATES", "choice_fields", "pages", "read_settings", "state_fields"]


def pages() -> dict[Path, str]:
    """Every generated page by its file, with the text it must have."""
    folder = ROOT / "docs" / "reference"
    return {
        folder / "settings.md": settings_page(),
        folder / "states.md": states_page(),
        folder / "imports.md": imports_page(),
        folder / "api.md": api_page(),
        folder / "rooms.md": rooms_page(),
        ROOT / "docs" / "images" / "rooms.svg": rooms_picture(),
        folder / "commands.md": commands_page(),
        ROOT / "README.md": readme(),
    }
