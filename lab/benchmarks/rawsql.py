"""The ceiling: the same writes as a plain script, run by pgbench on the same server."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.db import connection

from coop.runtime.servers import postgres_bin


def pgbench(script: str, values: Mapping[str, object], *, clients: int, seconds: int) -> float:
    """Transactions a second that pgbench reaches with `script` (its `:names` from `values`) on the benchmark's database."""
    database = connection.settings_dict
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script)
        done = subprocess.run(
            [
                postgres_bin("pgbench"), "--no-vacuum", f"--client={clients}", "--jobs=2", f"--time={seconds}",
                "--protocol=prepared", f"--file={file}", *(f"--define={k}={v}" for k, v in values.items()), f"--host={database['OPTIONS']['host']}",
                f"--username={database['USER']}", database["NAME"],
            ],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said no rate: {done.stdout}{done.stderr}")
    return float(found.group(1))
