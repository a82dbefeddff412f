"""The parts of `make demo` that need no stack."""

import gzip
from pathlib import Path

import pytest

from local import demo


def test_a_packed_database_is_unpacked_into_the_bucket(tmp_path: Path) -> None:
    packed = tmp_path / "clinic.fdb.gz"
    packed.write_bytes(gzip.compress(b"database"))
    folder = tmp_path / "bucket"
    folder.mkdir()
    assert demo.drop(packed, folder) == folder / "clinic.fdb"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "clinic.fdb": b"database"
    }


def test_a_missing_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", str(tmp_path / "none.gdb")])
    assert demo.main() == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none.gdb'} is not a file\n"
