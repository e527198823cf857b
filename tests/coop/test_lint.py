"""What the lint refuses besides what the linters know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def check_templates(*places: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "check-templates"), *map(str, places)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_long_template_line_is_refused_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    page = tmp_path / "orders" / "list.html"
    page.write_text("<p>short</p>\n" + "ä" * 160 + "\n" + "x" * 161 + "\n")
    (tmp_path / "mail.txt").write_text("y" * 300)
    found = check_templates(tmp_path)
    assert found.returncode == 1
    assert f"{page}:3: 161 characters" in found.stdout
    assert found.stdout.count("\n") == 1
    assert check_templates(page).stdout == found.stdout


def test_every_template_of_ours_can_be_read_in_a_diff() -> None:
    found = check_templates()
    assert (found.returncode, found.stdout) == (0, "")
