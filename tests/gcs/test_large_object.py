"""A database in a bucket that is larger than the memory of the process."""

import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from local.storage.server import StorageServer, storage_server
from tests.firebird.database_builder import DatabaseBuilder, TableBuilder, integer_row, record

PAGE = 16384
PAGES = 21_000
ROWS = 3
LIMIT = 320  # MiB of address space; the interpreter and Google's client take 220
URI = "gs://uploads/LARGE.FDB"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageServer]:
    """A server with a database of 344 MB, which few rows on each page make quick to export."""
    table = TableBuilder("LARGE", 128)
    table.pages = [[record(integer_row(page, row)) for row in range(ROWS)] for page in range(PAGES)]
    folder = tmp_path_factory.mktemp("large")
    with storage_server(folder, stable_seconds=0.1) as server:
        bucket = server.buckets.create("uploads")
        (bucket.folder / "LARGE.part").write_bytes(
            DatabaseBuilder(page_size=PAGE, tables=[table]).build()
        )
        (bucket.folder / "LARGE.part").rename(bucket.folder / "LARGE.FDB")
        while not bucket.find("LARGE.FDB"):
            time.sleep(0.05)
        yield server


def size(server: StorageServer) -> int:
    return server.buckets.get("uploads").get("LARGE.FDB").size


def test_a_large_object_is_exported_within_the_memory_limit(
    large: StorageServer, tmp_path: Path
) -> None:
    target = tmp_path / "LARGE.zip"
    command = ["gdb_export", "export", URI, str(target)]
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.cloud.limited", str(LIMIT), *command],
        env={**os.environ, "STORAGE_EMULATOR_HOST": large.url, "MALLOC_ARENA_MAX": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    with zipfile.ZipFile(target) as archive:
        lines = archive.read("LARGE.csv").splitlines()
    rows = [b"%d,%d" % (page, row) for page in range(PAGES) for row in range(ROWS)]
    assert lines == [b"A,B", *rows]
    peaks = re.search(r"peak (\d+) MB resident, (\d+) MB of address space", process.stdout)
    assert peaks is not None
    resident, mapped = (int(peak) * 1_000_000 for peak in peaks.groups())
    assert resident < mapped <= LIMIT << 20 < size(large)


def test_inspect_reads_a_small_part_of_a_large_object(
    large: StorageServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads the catalogue and ten sampled pages of each table, each in a block of 256 KiB."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", large.url)
    large.traffic.clear()
    assert main(["inspect", URI]) == 0
    assert re.search(rf"^LARGE +{PAGES:,} ", capsys.readouterr().out, re.MULTILINE)
    assert 0 < large.traffic.bytes("objects.media") < 4 << 20 < size(large) / 80
