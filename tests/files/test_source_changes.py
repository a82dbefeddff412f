"""Changes of a local source while it is read are found at the end of the export."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gdb_export.files.local_files import LocalSource, SourceChanged

CONTENT = bytes(range(256)) * 64


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def cut(path: Path) -> None:
    os.truncate(path, 1000)


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(CONTENT)
    other.replace(path)


def touch(path: Path) -> None:
    os.utime(path)


def _write_at(path: Path, offset: int) -> None:
    """Change bytes of the file and restore its modification time."""
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"changed")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def count_a_transaction(path: Path) -> None:
    """As an engine changes the header page, before a copy program restores the time."""
    _write_at(path, 40)


def change_with_restored_time(path: Path) -> None:
    _write_at(path, 5000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "B.GDB"
    path.write_bytes(CONTENT)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


@pytest.mark.parametrize(
    "change", [append, cut, replace, touch, count_a_transaction, change_with_restored_time]
)
def test_a_change_is_found(path: Path, change: Callable[[Path], None]) -> None:
    with LocalSource(path) as source:
        source.check_unchanged()
        change(path)
        with pytest.raises(SourceChanged, match=r"B\.GDB changed while it was read"):
            source.check_unchanged()


def test_a_change_of_a_further_file_is_found(path: Path) -> None:
    second = path.with_name("B.G01")
    second.write_bytes(CONTENT)
    with LocalSource(path) as source:
        assert source.open_adjacent("B.G01") is not None
        append(second)
        with pytest.raises(SourceChanged, match=r"B\.G01 changed while it was read"):
            source.check_unchanged()


def test_a_hard_link_or_a_removal_is_not_a_change(path: Path) -> None:
    with LocalSource(path) as source:
        os.link(path, path.with_name("other"))
        source.check_unchanged()
        path.unlink()
        source.check_unchanged()
