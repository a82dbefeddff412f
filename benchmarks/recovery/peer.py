"""The engine as the peer of the reader: what its own repair saves of a damaged database."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from benchmarks.recovery.reading import ReadRows
from benchmarks.recovery.rows import TableRows, table_rows

_MAX_SECONDS = 60  # for the repair of one database


class Peer(NamedTuple):
    """The embedded engine of the package firebird-embedded.

    `folder` has the package in another version than the one installed here, put there by `pip
    install --target`, and in `folder`/lib the libraries that the system lacks.
    """

    name: str
    folder: Path | None = None

    def repaired_rows(self, data: bytes) -> ReadRows:
        """The rows that the engine gives after its repair; none if it crashes or hangs."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            database, csvs = folder / "damaged.fdb", folder / "csv"
            database.write_bytes(data)
            csvs.mkdir()
            command = [sys.executable, "-m", "benchmarks.recovery.engine_repair", database, csvs]
            environment = self._environment(folder)
            try:
                process = subprocess.run(
                    command, env=environment, capture_output=True, timeout=_MAX_SECONDS, check=False
                )
                refusal = process.stderr.decode(errors="replace").strip().splitlines()[-1:]
            except subprocess.TimeoutExpired:
                refusal = [f"no result after {_MAX_SECONDS} s"]
            tables = _tables(csvs)
            return ReadRows(tables, refusal="".join(refusal) if not tables else "")

    def _environment(self, folder: Path) -> dict[str, str]:
        # the lock files of an engine that crashes go with the folder
        variables = {**os.environ, "FIREBIRD_LOCK": str(folder), "FIREBIRD_TMP": str(folder)}
        if self.folder is not None:
            variables["PYTHONPATH"] = str(self.folder)
            variables["LD_LIBRARY_PATH"] = str(self.folder / "lib")
        return variables


# By ODS. PyPI has no engine for ODS 10 and 11, and none that reads ODS 14.
PEERS = {"12.0": Peer("Firebird 3.0.14"), "13.1": Peer("Firebird 5.0.4")}
INSTALLED = "13.1"  # the ODS of the engine that the project's tests use


def _tables(csvs: Path) -> dict[str, TableRows]:
    """The tables of the CSVs; bytes that are not UTF-8 are replaced: the engine may write them."""
    tables: dict[str, TableRows] = {}
    for path in csvs.glob("*.csv"):
        # a crash may leave an incomplete last line
        text = path.read_bytes().decode(errors="replace").rpartition("\n")[0]
        if text:
            tables[unquote(path.stem)] = table_rows(text + "\n")
    return tables
