"""The page of rooms and its picture, drawn from the import contracts: floors and rooms in the order they keep."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from html import escape

from lab.reference.markdown import NOTE, ROOT, table

# Not rooms: what Django wants in a package of its own, and single modules at the bottom of a floor.
_NO_ROOMS = {"management", "templatetags", "months", "words"}
_WIDE, _HIGH, _GAP, _EDGE = 132, 44, 8, 16
_IN_A_ROW = 6


@dataclass(frozen=True)
class Room:
    """A package of a floor. `rank` counts from the ground; rooms of one rank do not know each other."""

    floor: str
    name: str
    rank: int

    @property
    def what(self) -> str:
        """The first line of the package's own description."""
        tree = ast.parse((ROOT / self.floor / self.name / "__init__.py").read_text())
        return (ast.get_docstring(tree) or "").partition("\n")[0]


def rooms() -> list[Room]:
    """Every room of every floor, highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [contract for contract in contracts if contract["type"] == "layers"]
    [floors] = [contract["layers"] for contract in layers if "containers" not in contract]
    stacks = {
        contract["containers"][0]: contract["layers"] for contract in layers if "containers" in contract
    }
    return [
        Room(floor, name.strip(), len(stacks[floor]) - step)
        for floor in floors
        for step, layer in enumerate(stacks.get(floor, []))
        for name in layer.split("|")
        if name.strip() not in _NO_ROOMS
    ]


def rooms_page() -> str:
    """The floors from the roof down, each with its rooms from the highest to the lowest."""
    parts = [
        "# The rooms\n\n",
        NOTE,
        "Imports go down: a room may use those below it on its own floor and everything on the floors beneath, never what ",
        "stands above; `web` and `tables` stand side by side and do not know each other. The contracts in `pyproject.toml` keep the order, and this page is drawn from them.\n\n",
        "![The floors and their rooms](../images/rooms.svg)\n",
    ]
    found = rooms()
    for floor in dict.fromkeys(room.floor for room in found):
        rows = ((f"`{floor}/{room.name}/`", room.what) for room in found if room.floor == floor)
        parts.append(f"\n## {floor}\n\n{table(('Room, the highest first', 'What it is'), rows)}")
    return "".join(parts)


def rooms_picture() -> str:
    """One SVG: a band for each floor, its rooms as boxes from the lowest (left) to the highest."""
    found = rooms()
    top = _EDGE
    drawn: list[str] = []
    for floor in ["lab", *dict.fromkeys(room.floor for room in found)]:
        inside = [room for room in reversed(found) if room.floor == floor]
        rows = max(1, -(-len(inside) // _IN_A_ROW))
        height = rows * (_HIGH + _GAP) + _GAP if inside else _HIGH
        width = _IN_A_ROW * (_WIDE + _GAP) + _GAP
        drawn.append(
            f'<rect class="floor" x="{_EDGE + 96}" y="{top}" width="{width}" height="{height}" rx="8"/>'
        )
        drawn.append(f'<text class="name" x="{_EDGE}" y="{top + height / 2 + 5:.0f}">{escape(floor)}</text>')
        if not inside:
            x, y = _EDGE + 96 + _GAP * 2, top + _HIGH // 2 + 5
            drawn.append(f'<text x="{x}" y="{y}">for builders: uses all floors, nobody uses it</text>')
        for place, room in enumerate(inside):
            x = _EDGE + 96 + _GAP + place % _IN_A_ROW * (_WIDE + _GAP)
            y = top + height - (place // _IN_A_ROW + 1) * (_HIGH + _GAP)
            drawn.append(f'<rect class="room" x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="8"/>')
            drawn.append(f'<text class="middle" x="{x + _WIDE // 2}" y="{y + 27}">{escape(room.name)}</text>')
        top += height + _GAP * 2
    wide = _EDGE * 2 + 96 + _IN_A_ROW * (_WIDE + _GAP) + _GAP
    words = "Rooms of a floor from the lowest (left, then up) to the highest; each may use what stands before it and below."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {top + 24}" role="img" aria-label="{words}">\n'
        "<style>text{font:15px system-ui,sans-serif;fill:#1d2320}.name{font-weight:600}.middle{text-anchor:middle}"
        ".floor{fill:#faf7f2;stroke:#e4ddd2}.room{fill:#fff;stroke:#1f5b4a}</style>\n"
        + "\n".join(drawn)
        + f'\n<text x="{_EDGE + 96}" y="{top + 10}">{words}</text>\n</svg>\n'
    )
