"""What a benchmark is and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter


@dataclass(frozen=True)
class Result:
    """`ours` and `against` in `unit`; `ratio` = ours / against is to be at least `goal`, or at most when less is better."""

    name: str
    ours: float
    against: float
    goal: float
    unit: str
    measured: str
    measured_against: str
    at_most: bool = False

    @property
    def reached(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    @property
    def ratio(self) -> float:
        return self.ours / self.against

    def as_json(self) -> dict[str, object]:
        """One object a line: name, ours, against, ratio, goal, unit (and the two descriptions)."""
        return {**asdict(self), "ratio": round(self.ratio, 4)}

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "NOT reached"
        goal = f"at most {self.goal}" if self.at_most else f"{self.goal}"
        return (
            f"{self.name}: {self.ours:,.0f} {self.unit} ({self.measured}) against {self.against:,.0f} "
            f"({self.measured_against}): ratio {self.ratio:.3f}, goal {goal} {verdict}"
        )


Benchmark = Callable[[], Result]
_benchmarks: dict[str, Benchmark] = {}


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register a function as the benchmark `name`."""

    def register(run: Benchmark) -> Benchmark:
        _benchmarks[name] = run
        return run

    return register


def registered() -> dict[str, Benchmark]:
    """The benchmarks of the modules imported so far, by name."""
    return dict(sorted(_benchmarks.items()))


def seconds(act: Callable[[], object]) -> float:
    """How long a call takes."""
    began = perf_counter()
    act()
    return perf_counter() - began
