"""What README and docs say is so: commands, links, tests, settings, states; and they speak of the project alone."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class

from lab import reference

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(console|sh)\n(.*?)^```", re.S | re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# Words of whoever builds this, not of what it is.
FOREIGN = re.compile(
    r"/work/|/tmp/|\bissue #?\d|#\d+\b|\bsession \d|\bclaude\b|\bprompt\b|\bhelper\b|\bsubagent\b", re.I
)


def _commands() -> list[tuple[Path, str]]:
    found = []
    for page in PAGES:
        for kind, block in BLOCK.findall(page.read_text()):
            lines = [line.strip() for line in block.splitlines() if line.strip()]
            assert kind == "sh" or all(line.startswith("$ ") for line in lines), f"{page.name}: {block}"
            found += [(page, line.removeprefix("$ ")) for line in lines]
    return found


def _id(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("page", "command"), _commands(), ids=_id)
def test_a_command_of_the_docs_is_one_we_know(page: Path, command: str) -> None:
    words = shlex.split(command, comments=True)
    if words[0] == "export":
        name = words[1].partition("=")[0]
        assert name in reference.read_settings()
    elif words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
        assert set(words[1:]) <= set(targets)
    else:
        assert words[:2] == [".venv/bin/python", "manage.py"], command
        name, *arguments = words[2:]
        app = get_commands()[name]
        parser = load_command_class(app, name).create_parser("manage.py", name)
        parser.parse_args(arguments)


def test_the_make_targets_of_the_docs_are_all_there_are() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    told = set(re.findall(r"`make ([a-z-]+)`", (ROOT / "docs/reference/commands.md").read_text()))
    assert told <= targets
    assert {"run", "test", "setup", "bench", "screenshots", "docs", "lock"} <= told


# Logins are told where there are any: tests/lab/test_demo_command.py.
@pytest.mark.parametrize("arguments", [["audit"], ["reference", "--check"], ["invite_steward"]], ids=" ".join)
def test_a_command_of_the_docs_runs(
    arguments: list[str], fresh_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command(*arguments)
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    lost = []
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://", "#")):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve()
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            lost.append(target)
    assert not lost


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(
        r"`((?:tests|coop|fulfillment|billing|lab|docs|templates|static)/[\w./-]+)`", page.read_text()
    )
    lost = [name for name in named if not (ROOT / name).exists()]
    assert not lost


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_pages_speak_of_the_project_alone(page: Path) -> None:
    said = [line for line in page.read_text().splitlines() if FOREIGN.search(line)]
    assert not said


def test_pictures_are_small() -> None:
    heavy = [
        image.name for image in (ROOT / "docs" / "images").glob("*.png") if image.stat().st_size > 150_000
    ]
    assert not heavy


def test_every_picture_is_drawn_by_the_command() -> None:
    from lab.screenshots import PICTURES

    drawn = {f"{picture.name}.png" for picture in PICTURES}
    assert drawn == {image.name for image in (ROOT / "docs" / "images").glob("*.png")}


def test_every_page_is_in_the_navigation() -> None:
    told = set(re.findall(r"([\w/-]+\.md)", (ROOT / "mkdocs.yml").read_text()))
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert told == there


def test_reference_pages_are_as_the_code_says() -> None:
    stale = [file.name for file, text in reference.pages().items() if file.read_text() != text]
    assert not stale, "run manage.py reference"


def test_every_setting_that_is_read_is_explained_and_the_other_way_round() -> None:
    """The line above each says what it is for; no such line stands above anything else."""
    explained = reference.read_settings()
    assert all(len(purpose.split()) > 1 for _, purpose in explained.values())
    lines = (ROOT / "coop" / "settings.py").read_text().splitlines()
    elsewhere = {"PORT"}
    assert sum(line.strip().startswith("#:") for line in lines) == len(set(explained) - elsewhere)


def test_every_state_has_its_meaning() -> None:
    values = {name: {value for value, _ in choices} for name, choices in reference.state_fields().items()}
    assert values == {name: set(meaning) for name, meaning in reference.STATES.items()}


def test_a_kind_that_is_explained_is_explained_whole() -> None:
    kinds = reference.choice_fields()
    values = {name: {value for value, _ in kinds[name]} for name in reference.KINDS}
    assert values == {name: set(meaning) for name, meaning in reference.KINDS.items()}


def test_the_audit_has_as_many_proofs_as_the_readme_says() -> None:
    from coop.runtime.audit import proofs

    told = re.search(r"one snapshot \((\d+) of them\)", (ROOT / "README.md").read_text())
    assert told is not None
    assert int(told[1]) == len(proofs())


def test_every_decision_fits_on_a_card() -> None:
    for page in set((ROOT / "docs" / "decisions").glob("*.md")) - {ROOT / "docs" / "decisions" / "index.md"}:
        lines = [line for line in page.read_text().splitlines() if line.strip() and not line.startswith("#")]
        assert len(lines) <= 13, page.name


def test_the_pages_build_without_a_warning_and_ask_no_other_host(tmp_path: Path) -> None:
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr
    assert "WARNING" not in build.stderr
    asked = {
        host
        for page in tmp_path.rglob("*.html")
        for host in re.findall(
            r"<(?:script|link|img)[^>]+(?:src|href)=\"https?://([^/\"]+)", page.read_text()
        )
    }
    assert not asked


def test_the_map_of_where_things_go_names_files_that_are_there() -> None:
    text = (ROOT / "docs" / "concepts" / "where.md").read_text()
    named = set(re.findall(r"`((?:coop|fulfillment|billing)/[\w/]+\.py)`", text))
    assert len(named) >= 8
    assert not [path for path in sorted(named) if not (ROOT / path).is_file()]
    ten = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(ten) == 10
