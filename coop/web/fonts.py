"""Where the house's typeface lies: in its wheel, so that no font file is kept in the repository."""

from __future__ import annotations

from pathlib import Path

import font_hanken_grotesk

# For STATICFILES_DIRS as ("fonts", FONT_DIR), and for the base URL of PDFs.
FONT_DIR = Path(font_hanken_grotesk.__file__).parent / "files"
