"""A folder as the destination: its lock, leftovers of killed exports, full disks."""

import os
from pathlib import Path

import pytest

from gdb_export.files.local_folder import LocalFolder, NotAnExport
from gdb_export.files.partial_file import DestinationBusy, partial_path

MANIFEST = b'{"resources": [{"path": "T.parquet"}]}'


def write(folder: LocalFolder, content: bytes = b"rows") -> None:
    """Write an export of one table T to the folder."""
    with folder:
        with folder.file("T.parquet") as file:
            file.write(content)
        with folder.file("datapackage.json") as file:
            file.write(MANIFEST)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_second_export_to_the_same_folder_is_refused(tmp_path: Path) -> None:
    with LocalFolder(tmp_path / "B") as first:
        with first.file("T.parquet") as file:
            file.write(b"rows")
        with pytest.raises(DestinationBusy, match="another export is writing"):
            write(LocalFolder(tmp_path / "B", overwrite=True))
    assert names(tmp_path) == ["B"]
    assert (tmp_path / "B" / "T.parquet").read_bytes() == b"rows"


def test_leftovers_of_a_killed_export_are_removed(tmp_path: Path) -> None:
    partial_path(tmp_path / "B").touch()
    leftover = partial_path(tmp_path / "B", ".folder")
    leftover.mkdir()
    (leftover / "T.parquet").write_bytes(b"half")
    write(LocalFolder(tmp_path / "B"))
    assert names(tmp_path) == ["B"]


@pytest.mark.parametrize("is_replaced", [False, True])
def test_no_export_is_lost_when_a_replacement_is_killed(tmp_path: Path, is_replaced: bool) -> None:
    old = tmp_path / "old"
    write(LocalFolder(old), b"old")
    old.rename(partial_path(tmp_path / "B", ".old"))
    if is_replaced:
        write(LocalFolder(tmp_path / "other"), b"new")
        (tmp_path / "other").rename(tmp_path / "B")
    write(LocalFolder(tmp_path / "B"), b"newest")
    expected = b"new" if is_replaced else b"old"
    assert (tmp_path / "B" / "T.parquet").read_bytes() == expected
    assert (tmp_path / "B-export1" / "T.parquet").read_bytes() == b"newest"
    assert names(tmp_path) == ["B", "B-export1"]


def write_to_full_disk(folder: LocalFolder) -> None:
    with folder, folder.file("T.parquet") as file:
        full_device = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full_device, file.fileno())
        os.close(full_device)
        file.write(bytes(2_000_000))


def test_a_full_disk_leaves_nothing_and_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No space left on device: '.*/B'"):
        write_to_full_disk(LocalFolder(tmp_path / "B"))
    assert names(tmp_path) == []


def test_a_read_only_export_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could be renamed, but not removed then. For root no folder is read-only."""
    write(LocalFolder(tmp_path / "B"), b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(NotAnExport, match="B is read-only: nothing is replaced"):
        write(LocalFolder(tmp_path / "B", overwrite=True), b"new")
    assert (tmp_path / "B" / "T.parquet").read_bytes() == b"old"
    assert names(tmp_path) == ["B"]


def test_a_missing_parent_is_named_after_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"'.*/none/B'"):
        write(LocalFolder(tmp_path / "none" / "B"))
