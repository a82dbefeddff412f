import gzip
from pathlib import Path

import pytest

from local import demo


def test_a_packed_database_is_dropped_unpacked_and_whole(tmp_path: Path) -> None:
    packed = tmp_path / "clinic.fdb.gz"
    packed.write_bytes(gzip.compress(b"database"))
    folder = tmp_path / "bucket"
    folder.mkdir()
    assert demo.drop(packed, folder) == folder / "clinic.fdb"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "clinic.fdb": b"database"
    }


def test_a_file_that_is_not_there_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", str(tmp_path / "none.gdb")])
    assert demo.main() == 2
    assert capsys.readouterr().err.count("\n") == 1
