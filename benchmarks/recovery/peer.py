"""The engine as the peer of the reader: what its own repair saves of a damaged database."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

from benchmarks.recovery.reading import ReadRows
from benchmarks.recovery.rows import TableRows, table_rows

# The only version that opens damaged files of ODS 13.1. PyPI has no engine for ODS 10 and 11, and
# that for ODS 12 needs libncurses.so.5, which current systems no longer have.
PEER_ODS = "13.1"
PEER = "Firebird 5.0.4"
_MAX_SECONDS = 60


def repaired_rows(data: bytes) -> ReadRows:
    """The rows that the engine gives after its repair; none if it crashes or hangs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database, csvs = folder / "damaged.fdb", folder / "csv"
        database.write_bytes(data)
        csvs.mkdir()
        command = [sys.executable, "-m", "benchmarks.recovery.engine_repair", database, csvs]
        # the lock files of an engine that crashes go with the folder
        environment = {**os.environ, "FIREBIRD_LOCK": name, "FIREBIRD_TMP": name}
        try:
            process = subprocess.run(
                command, env=environment, capture_output=True, timeout=_MAX_SECONDS, check=False
            )
            refusal = process.stderr.decode(errors="replace").strip().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            refusal = [f"no result after {_MAX_SECONDS} s"]
        tables: dict[str, TableRows] = {}
        for path in csvs.glob("*.csv"):
            text = path.read_bytes().decode()
            if text:
                tables[unquote(path.stem)] = table_rows(text)
        return ReadRows(tables, refusal="".join(refusal) if not tables else "")
