"""The file that an export fills before it has its name: locks, leftovers, full disks."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gdb_export.files.local_files import LocalDestination
from gdb_export.files.partial_file import DestinationBusy, PartialFile, partial_path

LONG_NAME = "x" * 251 + ".zip"
# Opens the partial file of a destination, reports that, and stays until it is killed
HOLDER = """
import sys, time
from pathlib import Path
from gdb_export.files.partial_file import PartialFile
partial = PartialFile(Path(sys.argv[1]))
partial.write(b"half")
print("open", flush=True)
time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def start_holder(destination: Path) -> "subprocess.Popen[str]":
    """Start the program; returns it when it has opened the partial file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(destination)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def write(destination: LocalDestination, content: bytes) -> None:
    with destination:
        destination.write(content)


def write_to_full_disk(
    destination: LocalDestination, content: bytes, error: Exception | None = None
) -> None:
    """Write the content while the disk is full; then raise `error`, if it is given."""
    with destination:
        full_device = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full_device, destination._partial._file.fileno())
        os.close(full_device)
        destination.write(content)
        if error is not None:
            raise error


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_second_export_to_the_same_destination_is_refused(
    tmp_path: Path, overwrite: bool
) -> None:
    path = tmp_path / "B.zip"
    with LocalDestination(path, overwrite) as first:
        first.write(b"first")
        with pytest.raises(DestinationBusy, match=r"another export is writing .*B\.zip: wait"):
            write(LocalDestination(path, overwrite), b"second")
    assert (names(tmp_path), path.read_bytes()) == (["B.zip"], b"first")


@pytest.mark.parametrize("overwrite", [False, True])
def test_leftovers_of_a_killed_export_are_removed(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "B.zip"
    with start_holder(path) as process:
        with pytest.raises(DestinationBusy):
            PartialFile(path)
        process.kill()
        process.wait()
    assert names(tmp_path) == [".B.zip.gdb-export.part"]
    write(LocalDestination(path, overwrite), b"new")
    assert (names(tmp_path), path.read_bytes()) == (["B.zip"], b"new")


def test_the_zip_of_an_export_killed_after_it_named_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "B.zip"
    path.write_bytes(b"complete")
    os.link(path, partial_path(path))
    write(LocalDestination(path), b"new")
    assert path.read_bytes() == b"complete"
    assert (tmp_path / "B-export1.zip").read_bytes() == b"new"
    assert names(tmp_path) == ["B-export1.zip", "B.zip"]


def test_a_link_in_the_place_of_the_partial_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    partial_path(tmp_path / "B.zip").symlink_to(precious)
    with pytest.raises(OSError, match=r"B\.zip"):
        write(LocalDestination(tmp_path / "B.zip"), b"new")
    assert precious.read_bytes() == b"precious"


def test_a_long_name_leaves_room_for_the_partial_file(tmp_path: Path) -> None:
    write(LocalDestination(tmp_path / LONG_NAME), b"new")
    assert names(tmp_path) == [LONG_NAME]


def test_a_file_system_without_hard_links_gets_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "B.zip").write_bytes(b"old")
    destination = LocalDestination(tmp_path / "B.zip")
    write(destination, b"new")
    assert destination.uri == str(tmp_path / "B-export1.zip")
    assert (tmp_path / "B.zip").read_bytes() == b"old"
    assert (tmp_path / "B-export1.zip").read_bytes() == b"new"
    assert names(tmp_path) == ["B-export1.zip", "B.zip"]


def test_a_file_system_without_locks_still_refuses_a_second_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    path = tmp_path / "B.zip"
    with LocalDestination(path) as first:
        first.write(b"first")
        with pytest.raises(DestinationBusy, match=r"remove .*\.B\.zip\.gdb-export\.part"):
            write(LocalDestination(path), b"second")
    assert path.read_bytes() == b"first"


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_a_full_disk_leaves_nothing_and_names_the_destination(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small file is written only when it is closed."""
    destination = LocalDestination(tmp_path / "B.zip", overwrite=True)
    (tmp_path / "B.zip").write_bytes(b"old")
    with pytest.raises(OSError, match=r"No space left on device: '.*/B\.zip'"):
        write_to_full_disk(destination, bytes(size))
    assert (names(tmp_path), (tmp_path / "B.zip").read_bytes()) == (["B.zip"], b"old")


def test_a_failure_to_close_does_not_hide_the_error_of_the_export(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the export's own error"):
        write_to_full_disk(
            LocalDestination(tmp_path / "B.zip"), b"buffered", ValueError("the export's own error")
        )
    assert names(tmp_path) == []


def test_a_replaced_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.zip").write_bytes(b"old")
    (tmp_path / "B.zip").symlink_to("real.zip")
    write(LocalDestination(tmp_path / "B.zip", overwrite=True), b"new")
    assert (tmp_path / "B.zip").is_symlink()
    assert (tmp_path / "real.zip").read_bytes() == b"new"
