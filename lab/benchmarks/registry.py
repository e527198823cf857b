"""What a benchmark is, what it needs, and what it answers. Benchmarks are found: every module of this folder is read."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

from lab.worlds.kept import EMPTY, World


@dataclass(frozen=True)
class Result:
    """A line: `ours` and `against` in `unit`; `ratio` = ours / against is to be at least `goal`, or at most when less is
    better. Without a goal the figure is printed only. `name` is NAME, or NAME:PART of a benchmark of several lines."""

    name: str
    ours: float
    against: float
    goal: float | None
    unit: str
    measured: str
    measured_against: str
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    @property
    def ratio(self) -> float:
        return self.ours / self.against

    def as_json(self) -> str:
        """One object: name, ours, against, ratio, goal (or null), at_most, unit, and the two descriptions."""
        return json.dumps({**asdict(self), "ratio": round(self.ratio, 4)})

    def __str__(self) -> str:
        side = "at most" if self.at_most else "at least"
        verdict = {
            None: "no goal, printed only",
            True: f"goal {side} {self.goal}: reached",
            False: f"goal {side} {self.goal}: NOT reached",
        }
        return (
            f"{self.name}: {_figure(self.ours)} {self.unit} ({self.measured}) against {_figure(self.against)} "
            f"({self.measured_against}): ratio {self.ratio:.3f}, {verdict[self.reached]}"
        )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.3g}"


@dataclass(frozen=True)
class Benchmark:
    """A function and the lines it prints. `needs` is the database it stands on; None needs neither that nor Redis."""

    lines: tuple[str, ...]
    run: Callable[[], Result | Iterable[Result]]
    needs: World | None
    by_default: bool

    @property
    def name(self) -> str:
        return self.lines[0].partition(":")[0]

    @property
    def about(self) -> str:
        """What is measured and against what: the docstring's first paragraph, in one line."""
        return " ".join((self.run.__doc__ or "").partition("\n\n")[0].split())

    def measure(self) -> Iterator[Result]:
        """Every line it says it prints, once each."""
        answer = self.run()
        told = [answer] if isinstance(answer, Result) else list(answer)
        if sorted(one.name for one in told) != sorted(self.lines):
            raise RuntimeError(f"{self.lines} printed {[one.name for one in told]}")
        yield from told


_benchmarks: list[Benchmark] = []


def benchmark(
    *lines: str, needs: World | None = EMPTY, by_default: bool = True
) -> Callable[
    [Callable[[], Result | Iterable[Result]]],
    Callable[[], Result | Iterable[Result]],
]:
    """Register a function as the benchmark that prints these lines, all of one NAME. Its docstring says what it measures."""
    names = {line.partition(":")[0] for line in lines}
    if len(names) != 1:
        raise ValueError(f"one benchmark, one name: {lines}")

    def register(run: Callable[[], Result | Iterable[Result]]) -> Callable[[], Result | Iterable[Result]]:
        if known := {line for one in _benchmarks for line in one.lines} & set(lines):
            raise ValueError(f"registered twice: {known}")
        _benchmarks.append(Benchmark(lines, run, needs, by_default))
        return run

    return register


def registered() -> list[Benchmark]:
    """Every benchmark there is, by name and line."""
    package = importlib.import_module("lab.benchmarks")
    for module in pkgutil.iter_modules(package.__path__, "lab.benchmarks."):
        if not module.ispkg:
            importlib.import_module(module.name)
    return sorted(_benchmarks, key=lambda one: one.lines)


def chosen(words: Sequence[str], *, every: bool = False) -> list[tuple[Benchmark, list[str]]]:
    """The benchmarks that NAMEs and NAME:PARTs mean, with the lines to print of each; without words those run by default,
    or every one. Raises LookupError with the words that mean none."""
    there = registered()
    if not words:
        return [(one, list(one.lines)) for one in there if every or one.by_default]
    known = {name for one in there for name in (one.name, *one.lines)}
    if unknown := sorted(set(words) - known):
        raise LookupError(", ".join(unknown))
    picked = [(one, [line for line in one.lines if {line, one.name} & set(words)]) for one in there]
    return [(one, lines) for one, lines in picked if lines]


def seconds(act: Callable[[], object]) -> float:
    """How long a call takes."""
    began = perf_counter()
    act()
    return perf_counter() - began
