"""Benchmarks: how they are named, found, chosen and told; what each needs; and the worlds they stand on."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lab.benchmarks import registry
from lab.benchmarks.registry import Benchmark, Result, chosen, registered
from lab.benchmarks.sizes import SIZES

ROOT = Path(__file__).resolve().parents[2]


def _result(**facts: object) -> Result:
    told = {
        "name": "sorting", "ours": 20.0, "against": 10.0, "goal": 1.5, "unit": "rows/s", "measured": "ours",
        "measured_against": "theirs",
    }  # fmt: skip
    return Result(**(told | facts))


def test_no_name_begins_anothers() -> None:
    names = {one.name for one in registered()}
    assert {"booking", "reading", "page-deep", "request", "home"} <= names
    assert [pair for pair in permutations(names, 2) if pair[1].startswith(pair[0])] == []


def test_a_line_is_its_benchmark_or_a_part_of_it() -> None:
    for one in registered():
        assert len(one.lines) == len(set(one.lines))
        assert all(line == one.name or line.startswith(f"{one.name}:") for line in one.lines)


def test_every_module_beside_the_registry_is_read() -> None:
    files = {
        path.stem for path in (ROOT / "lab/benchmarks").glob("*.py") if "\n@benchmark(" in path.read_text()
    }
    assert files == {one.run.__module__.rpartition(".")[2] for one in registered()}


def test_each_says_what_it_measures_and_against_what() -> None:
    silent = [one.lines for one in registered() if not one.about.endswith(".")]
    assert not silent


def test_a_name_means_all_its_lines_and_a_part_one() -> None:
    assert [lines for _, lines in chosen(["booking"])] == [["booking:day"], ["booking:series"]]
    assert [lines for _, lines in chosen(["booking:day"])] == [["booking:day"]]
    with pytest.raises(LookupError, match="book"):
        chosen(["book"])


def test_without_a_name_the_long_ones_are_left_out_and_all_means_all() -> None:
    every = {one.name for one, _ in chosen([], every=True)}
    assert every == {one.name for one in registered()}
    assert every - {one.name for one, _ in chosen([])} == {"oversell"}


def test_a_benchmark_prints_the_lines_it_names_and_no_others() -> None:
    lines = ("sorting:short", "sorting:long")
    told = [_result(name=name) for name in lines]
    assert list(Benchmark(lines, lambda: told, None, True).measure()) == told
    with pytest.raises(RuntimeError, match="sorting:short"):
        list(Benchmark(lines, lambda: told[:1], None, True).measure())


def test_one_benchmark_has_one_name() -> None:
    with pytest.raises(ValueError, match="one name"):
        registry.benchmark("sorting", "searching")


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"goal": 1.5}, "goal at least 1.5: reached"),
        ({"goal": 2.5}, "goal at least 2.5: NOT reached"),
        ({"goal": 1.5, "at_most": True}, "goal at most 1.5: NOT reached"),
        ({"goal": 2.0, "at_most": True}, "goal at most 2.0: reached"),
        ({"goal": None}, "no goal, printed only"),
    ],
)
def test_a_line_says_at_least_or_at_most_its_goal(facts: dict[str, object], says: str) -> None:
    assert str(_result(**facts)).endswith(f"ratio 2.000, {says}")


def test_as_json_a_line_is_an_object_and_no_goal_is_null() -> None:
    told = json.loads(_result(goal=None, at_most=True).as_json())
    assert {key: told[key] for key in ("name", "ours", "against", "ratio", "goal", "at_most", "unit")} == {
        "name": "sorting", "ours": 20.0, "against": 10.0, "ratio": 2.0, "goal": None, "at_most": True, "unit": "rows/s",
    }  # fmt: skip


def test_sizes_are_named_after_their_benchmark() -> None:
    registered()
    names = {one.name.upper().replace("-", "_") for one in registered()}
    assert {
        variable for variable in SIZES if not any(variable.startswith(f"BENCH_{n}_") for n in names)
    } == set()


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(CommandError, match=r"No such benchmark: nothing\. There are: booking, "):
        call_command("bench", "nothing")


def test_what_needs_no_database_starts_none(tmp_path: Path) -> None:
    """Neither a server nor its folder; and the environment says how much is done."""
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "reading", "--json"], cwd=ROOT, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "COMMONSHELF_VAR": str(tmp_path), "BENCH_READING_ROWS": "500"}, check=True,
    )  # fmt: skip
    [line] = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["name"], told["unit"], told["at_most"]) == ("reading", "rows/s", False)
    assert told["ratio"] == pytest.approx(told["ours"] / told["against"], abs=1e-3)
    assert [path.name for path in tmp_path.rglob("postgres*")] == []
