"""Local sources, destinations and spill stores."""

import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gdb_export.export.export import export
from gdb_export.files.local_files import FileSpill, LocalDestination, LocalSource
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.export.golden import DATA, unpack

CONTENT = random.Random(1).randbytes(1_000_000)


@pytest.fixture(params=["pread", "seek and read"])
def pread(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test with os.pread, where the system has it, and without it, as on Windows."""
    if request.param == "pread" and not hasattr(os, "pread"):
        pytest.skip("this system has no os.pread")
    if request.param != "pread":
        monkeypatch.delattr(os, "pread", raising=False)
    return str(request.param)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "B.GDB"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.usefixtures("pread")
def test_a_source_reads_any_range(path: Path) -> None:
    with LocalSource(path) as source:
        assert (source.name, source.size) == ("B.GDB", len(CONTENT))
        assert source.read(0, 10) == CONTENT[:10]
        assert source.read(123_456, 500_000) == CONTENT[123_456:623_456]
        assert source.read(len(CONTENT) - 5, 100) == CONTENT[-5:]
        assert source.read(len(CONTENT), 1) == b""


@pytest.mark.usefixtures("pread")
def test_threads_can_share_a_source(path: Path) -> None:
    generator = random.Random(2)
    offsets = [generator.randrange(len(CONTENT)) for _ in range(20_000)]
    switch_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with LocalSource(path) as source, ThreadPoolExecutor(8) as threads:
            data = list(threads.map(lambda offset: source.read(offset, 50), offsets))
    finally:
        sys.setswitchinterval(switch_interval)
    assert data == [CONTENT[offset : offset + 50] for offset in offsets]


def test_the_zip_is_the_same_without_pread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = unpack(DATA / "fb15" / "evolve.fdb.gz", tmp_path)

    def zip_bytes(name: str) -> bytes:
        with LocalSource(database) as source:
            destination = LocalDestination(tmp_path / name)
            export(source, source.info(), destination, ExportOptions(workers=3), Progress())
        return (tmp_path / name).read_bytes()

    expected = zip_bytes("first.zip")
    monkeypatch.delattr(os, "pread", raising=False)
    assert zip_bytes("second.zip") == expected


def test_an_adjacent_file_is_in_the_same_folder(path: Path) -> None:
    path.with_name("B.G00").write_bytes(b"more")
    with LocalSource(path) as source:
        adjacent = source.open_adjacent("B.G00")
        assert adjacent is not None
        assert adjacent.read(0, 10) == b"more"
        assert [source.open_adjacent(name) for name in ("C.G00", "", ".", "..")] == [None] * 4


@pytest.mark.usefixtures("pread")
def test_a_spill_store_returns_what_was_put(tmp_path: Path) -> None:
    store = FileSpill(tmp_path)
    keys = [store.put(CONTENT[:1000]), store.put(b"")]
    assert store.get(keys[0], None) == CONTENT[:1000]
    keys.append(store.put(CONTENT[1000:]))  # after a read, at the end again
    assert store.get(keys[2], None) == CONTENT[1000:]
    assert store.get(keys[1], None) == b""
    assert store.get(keys[0], None) == CONTENT[:1000]
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_spill_store_that_lost_bytes_raises_an_error(tmp_path: Path) -> None:
    store = FileSpill(tmp_path)
    key = store.put(CONTENT)
    store._file.truncate(1000)
    with pytest.raises(OSError, match=r"returned 1000 of 1000000 spilled bytes"):
        store.get(key, None)
    store.close()
