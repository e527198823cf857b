"""The steps of a packing spec: as a form posts them, and how two versions differ. No Django here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol


class Posted(Protocol):
    """What a QueryDict offers."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step while it is written: may be empty."""

    instruction: str = ""
    kind: str = "other"
    must_confirm: bool = True


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step of either version: same, added or removed."""

    change: str
    step: StepDraft


def read_steps(posted: Posted) -> list[StepDraft]:
    """The steps of a posted form: lists `step-kind` and `step-instruction`, and `step-confirm` with the indexes ticked."""
    confirmed = set(posted.getlist("step-confirm"))
    pairs = zip(posted.getlist("step-kind"), posted.getlist("step-instruction"), strict=False)
    return [
        StepDraft(instruction, kind, str(index) in confirmed)
        for index, (kind, instruction) in enumerate(pairs)
    ]


def rearrange(steps: Sequence[StepDraft], wish: str) -> list[StepDraft]:
    """The steps after `add`, `up-2`, `down-2` or `remove-2` (counted from 0); an impossible wish changes nothing."""
    found = list(steps)
    name, _, number = wish.partition("-")
    index = int(number) if number.isdigit() else -1
    if name == "add":
        return [*found, StepDraft()]
    if not 0 <= index < len(found):
        return found
    if name == "remove":
        del found[index]
        return found or [StepDraft()]
    other = index - 1 if name == "up" else index + 1
    if name in ("up", "down") and 0 <= other < len(found):
        found[index], found[other] = found[other], found[index]
    return found


def differences(before: Sequence[StepDraft], after: Sequence[StepDraft]) -> list[StepChange]:
    """The steps of both versions in reading order, each marked same, removed or added."""
    found: list[StepChange] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, list(before), list(after), autojunk=False).get_opcodes():
        if tag == "equal":
            found += [StepChange("same", step) for step in after[b1:b2]]
        else:
            found += [StepChange("removed", step) for step in before[a1:a2]]
            found += [StepChange("added", step) for step in after[b1:b2]]
    return found
