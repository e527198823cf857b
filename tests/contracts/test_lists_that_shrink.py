"""Words and sentences: what was so before is listed, what is new is refused, and what is mended leaves the list."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """One small room with what both scripts read."""
    for path in (
        "docs/concepts",
        "scripts",
        "coop/nodes",
        "fulfillment/capacity",
        "billing/rates",
        "templates",
    ):
        (tmp_path / path).mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "concepts" / "words.md", tmp_path / "docs" / "concepts")
    (tmp_path / "coop" / "nodes" / "errors.py").write_text('SAID = "This node has no bins yet."\n')
    (tmp_path / "templates" / "page.html").write_text("<h1>All nodes of the co-op</h1>\n")
    (tmp_path / "scripts" / "sentences.txt").write_text("1\tcoop/nodes/errors.py\n1\ttemplates/page.html\n")
    (tmp_path / "scripts" / "words.txt").write_text("")
    return tmp_path


def run(script: str, house: Path, *more: str) -> tuple[int, str]:
    command = [sys.executable, str(ROOT / "scripts" / script), str(house), *more]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.returncode, told.stdout


def add(house: Path, path: str, text: str) -> None:
    file = house / path
    file.write_text((file.read_text() if file.exists() else "") + text)


def test_what_is_listed_passes(house: Path) -> None:
    assert run("check_sentences.py", house)[0] == 0
    assert run("check_words.py", house)[0] == 0


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("coop/nodes/errors.py", 'MORE = "It opens again on Monday."\n'),
        ("coop/nodes/errors.py", 'def say(name: str) -> str:\n    return f"{name} is closed for today."\n'),
        ("billing/rates/errors.py", 'SAID = "There is no such rate card."\n'),
        ("templates/page.html", "<p>Nobody works here today.</p>\n"),
        ("templates/page.html", '{% card "Stock by node" %}{% endcard %}\n'),
    ],
)
def test_a_new_sentence_without_gettext_is_refused(house: Path, path: str, text: str) -> None:
    add(house, path, text)
    code, told = run("check_sentences.py", house)
    assert code == 1
    assert path in told
    assert run("check_sentences.py", house, "--shrink")[0] == 1, "the list does not grow"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("coop/nodes/errors.py", 'MORE = _("It opens again on Monday.")\n'),
        ("coop/nodes/errors.py", 'def open_again() -> None:\n    """It opens again on Monday."""\n'),
        ("coop/nodes/errors.py", 'log.info("node opened", why="it was closed for a day")\n'),
        ("coop/nodes/errors.py", 'SQL = "SELECT id FROM coop_node WHERE is_open"\n'),
        ("coop/nodes/errors.py", 'raise RuntimeError("this cannot be so at all")\n'),
        ("templates/page.html", '<p>{% translate "Nobody works here today." %}</p>\n'),
        ("templates/page.html", "{% blocktranslate %}Nobody works here today.{% endblocktranslate %}\n"),
        ("templates/page.html", "{# Nobody works here today. #}\n"),
    ],
)
def test_what_is_wrapped_or_is_for_no_person_passes(house: Path, path: str, text: str) -> None:
    add(house, path, text)
    assert run("check_sentences.py", house) == (0, "2 sentences of before without gettext, none new\n")


def test_a_sentence_that_was_wrapped_leaves_the_list(house: Path) -> None:
    (house / "coop" / "nodes" / "errors.py").write_text('SAID = _("This node has no bins yet.")\n')
    assert run("check_sentences.py", house)[0] == 1
    assert run("check_sentences.py", house, "--shrink")[0] == 0
    assert (house / "scripts" / "sentences.txt").read_text() == "1\ttemplates/page.html\n"
    assert run("check_sentences.py", house)[0] == 0


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("coop/nodes/hours.py", "def best_offer() -> None: ...\n", "coop/nodes/hours.py: best_offer"),
        ("billing/rates/kept.py", "", "billing/rates/kept.py: kept"),
        ("coop/nodes/hours.py", "class OfferedHours: ...\n", "coop/nodes/hours.py: OfferedHours"),
    ],
)
def test_a_word_where_it_means_something_else_is_refused(
    house: Path, path: str, text: str, said: str
) -> None:
    add(house, path, text)
    code, told = run("check_words.py", house)
    assert code == 1
    assert said in told
    assert run("check_words.py", house, "--shrink")[0] == 1, "the list does not grow"


def test_two_classes_of_one_name_in_two_rooms_are_refused(house: Path) -> None:
    for path in ("coop/nodes/hours.py", "billing/rates/hours.py"):
        add(house, path, "class Span: ...\n")
    code, told = run("check_words.py", house)
    assert code == 1
    assert "Span: a class in billing/rates, coop/nodes" in told


def test_a_word_at_home_and_a_verb_pass(house: Path) -> None:
    add(house, "fulfillment/capacity/waiting.py", "def offers_of() -> None: ...\n")
    add(house, "coop/nodes/hours.py", "def place_on_map() -> None: ...\n")
    assert run("check_words.py", house)[0] == 0
