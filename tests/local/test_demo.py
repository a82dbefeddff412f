"""The parts of `make demo` that need no stack."""

import gzip
from pathlib import Path

import pytest

from local import demo
from tests.firebird.database_builder import DatabaseBuilder


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


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.zip", b"PK\x03\x04" + bytes(range(256)) * 9, "x.zip: this is a ZIP file"),
        ("x.gdb", b"some text\n" * 200, "x.gdb: this is a text file"),
        (
            "x.db",
            DatabaseBuilder().build(),
            "x.db: the name does not end in .gdb, .fdb, .ib, .gbk, .fbk",
        ),
        ("x.gdb.gz", b"no gzip", "x.gdb.gz: Not a gzipped file"),
    ],
)
def test_a_file_that_cannot_be_exported_starts_no_stack(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    message: str,
) -> None:
    (tmp_path / name).write_bytes(content)
    monkeypatch.setattr("sys.argv", ["demo", str(tmp_path / name)])
    assert demo.main() == 1
    assert message in capsys.readouterr().err
