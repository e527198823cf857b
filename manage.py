#!/usr/bin/env python
from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Whoever installs it needs the sentence, not forty lines of how it came to be said.
        sys.exit(f"{error}")
    except Exception as error:
        from coop.runtime import missing

        told = missing.sentence(error, sys.argv[1])
        if told is None or "--traceback" in sys.argv:
            raise
        sys.stderr.write(f"{told}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
