"""`make up` reports each file that it ignores."""

import zipfile
from pathlib import Path

from local.ignored_files import IgnoredFiles


def test_each_ignored_file_is_reported_once_when_it_is_complete(tmp_path: Path) -> None:
    reports: list[str] = []
    watch = IgnoredFiles(tmp_path, reports.append)
    (tmp_path / "notes.txt").write_text("a")
    watch.scan()
    assert reports == []  # it may still be copied
    watch.scan()
    watch.scan()
    assert len(reports) == 1
    assert reports[0].startswith("notes.txt  ignored: the name does not end in .gdb")
    (tmp_path / "EMPTY.GDB").touch()
    watch.scan()
    watch.scan()
    assert reports[1:] == ["EMPTY.GDB  ignored: empty"]


def test_databases_unfinished_files_and_results_are_not_reported(tmp_path: Path) -> None:
    reports: list[str] = []
    watch = IgnoredFiles(tmp_path, reports.append)
    (tmp_path / "BACKUP.GDB").write_bytes(b"x")
    (tmp_path / ".hidden.txt").write_bytes(b"x")
    (tmp_path / "OTHER.GDB.part").write_bytes(b"x")
    (tmp_path / "T.parquet").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "BACKUP.zip", "w") as archive:
        archive.writestr("T.csv", "A")
        archive.writestr("datapackage.json", "{}")
    for _ in range(3):
        watch.scan()
    assert reports == []
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("BACKUP.GDB", "x")
    watch.scan()
    watch.scan()
    assert reports == [f"other.zip  ignored: {reports[0].partition(': ')[2]}"]
