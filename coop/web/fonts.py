"""Where the house's typeface lies: in its wheel, so that no font file is kept in the repository."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

# For STATICFILES_DIRS as ("fonts", FONT_DIR), and for the base URL of PDFs.
FONT_DIR = Path(str(files("font_hanken_grotesk"))) / "files"
