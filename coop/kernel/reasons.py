"""Why something is not so: words for people, and beside them the code that the program acts upon."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Reason:
    """A `code` of a fixed list, which is compared and stored, and its `words`, which are only ever shown.

    Words may be written better or in another language at any time; no rule may read them.
    """

    code: str
    words: str

    def within(self, most: int) -> Reason:
        """The same with at most so many characters of words."""
        return self if len(self.words) <= most else replace(self, words=self.words[: most - 1] + "…")
