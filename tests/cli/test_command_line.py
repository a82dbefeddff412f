"""The commands for local files: exit codes, messages of one line, and no ZIP after a failure."""

import gzip
import json
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from gdb_export.cli.errors import CANCELLED, DONE, FAILED, USAGE
from tests.data.databases import DATA
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.hostile.corruptions import zeroed


@pytest.fixture
def database(tmp_path: Path) -> Path:
    builder = DatabaseBuilder((10, 1), 4096)
    builder.table("CLIENTS", [integer_row(1, 2)])
    builder.table("ORDERS", [integer_row(3, 4), integer_row(5, None)])
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(builder.build())
    return path


def members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def files_beside(folder: Path) -> list[str]:
    """Names of the other files in the database's folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".GDB")


def test_the_zip_appears_in_the_folder_of_the_database(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(database)]) == DONE
    assert files_beside(database.parent) == ["BACKUP.zip"]
    zipped = database.with_suffix(".zip")
    assert members(zipped) == ["CLIENTS.csv", "ORDERS.csv", "datapackage.json"]
    out, err = capsys.readouterr()
    size = zipped.stat().st_size
    assert out == f"{zipped}: 2 tables, 3 rows, {size} bytes\n"
    assert err == "CLIENTS: 1 rows, 8 bytes\nORDERS: 2 rows, 11 bytes\n"


def test_an_existing_zip_is_kept(database: Path) -> None:
    existing = database.with_suffix(".zip")
    existing.write_bytes(b"precious")
    assert main(["export", str(database)]) == DONE
    assert main(["export", str(database)]) == DONE
    assert existing.read_bytes() == b"precious"
    assert files_beside(database.parent) == [
        "BACKUP-export1.zip",
        "BACKUP-export2.zip",
        "BACKUP.zip",
    ]


def test_overwrite_replaces_an_existing_zip(database: Path) -> None:
    existing = database.with_suffix(".zip")
    existing.write_bytes(b"old")
    assert main(["export", str(database), "--overwrite"]) == DONE
    assert files_beside(database.parent) == ["BACKUP.zip"]
    assert members(existing)[0] == "CLIENTS.csv"


def test_the_number_of_workers_does_not_change_the_zip(database: Path, tmp_path: Path) -> None:
    zipped = [tmp_path / f"{workers}.zip" for workers in ("1", "2", "7")]
    for path in zipped:
        assert main(["export", str(database), str(path), "--workers", path.stem]) == DONE
    assert len({path.read_bytes() for path in zipped}) == 1


def test_tables_and_exclude_select_tables(database: Path, tmp_path: Path) -> None:
    for name, options in (("a", ["--tables", "orders"]), ("b", ["--exclude", "CLIENTS"])):
        path = tmp_path / f"{name}.zip"
        assert main(["export", str(database), str(path), *options]) == DONE
        assert members(path) == ["ORDERS.csv", "datapackage.json"]


def test_a_repeated_option_adds_tables_and_patterns_match(database: Path, tmp_path: Path) -> None:
    all_tables = [["--tables", "orders", "--tables", "clients"], ["--tables", "*"]]
    for number, options in enumerate(all_tables):
        path = tmp_path / f"{number}.zip"
        assert main(["export", str(database), str(path), *options]) == DONE
        assert members(path) == ["CLIENTS.csv", "ORDERS.csv", "datapackage.json"]
    excluding = ["--exclude", "CLI*", "--exclude", "ord*"]
    assert main(["export", str(database), str(tmp_path / "x.zip"), *excluding]) == USAGE


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tables", "ORDERS", "--exclude", "ORDERS"], "exclude: no table is left to export"),
        (["--tables", "X*"], "tables: there is no table 'X*'"),
        (["--tables", "NOPE"], "tables: there is no table 'NOPE'; there are CLIENTS, ORDERS"),
        (["--exclude", "NOPE"], "exclude: there is no table 'NOPE'"),
        (["--charset", "KLINGON"], "charset: 'KLINGON' is not a character set of Firebird"),
        (["--charset", "OCTETS"], "charset: 'OCTETS' is not a character set of Firebird for text"),
        (["--fix-utf8", "auto"], "fix-utf8: 'auto' does not decode text that is not valid UTF-8"),
        (["--charset-of", "ORDERS.A"], "charset-of: 'ORDERS.A' is not TABLE.COLUMN=CHARSET"),
        (["--charset-of", "ORDERS.NOPE=UTF8"], "charset-of: there is no column 'ORDERS.NOPE'"),
        (["--charset-of", "ORDERS.A=UTF8"], "charset-of: ORDERS.A does not hold text"),
    ],
)
def test_an_invalid_option_is_a_usage_error(
    database: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(database), *options]) == USAGE
    assert files_beside(database.parent) == []
    err = capsys.readouterr().err
    assert err.startswith(f"gdb-export: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["export"],
        ["nonsense"],
        ["export", "x", "--workers", "0"],
        ["export", "x", "--nope"],
        ["export", "x", "--tables", ""],
        ["export", "x", "--tables", " , "],
        ["export", "x", "--exclude", ""],
    ],
)
def test_invalid_arguments_are_usage_errors(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == USAGE


def unpacked(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


def patched(data: bytes, offset: int, content: bytes) -> bytes:
    """The data, with `content` written over it at this offset."""
    return data[:offset] + content + data[offset + len(content) :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: b"", "the file is empty"),
        (lambda: b"Dear Sir,\nthe database is attached.\n", "this is a text file"),
        (
            lambda: b"PK\x03\x04" + bytes(range(200)) * 30,
            "this is a ZIP file, not a Firebird database: unpack it",
        ),
        (lambda: unpacked("fb15/evolve")[:4096], "nothing but the header page is left"),
        (lambda: unpacked("fb15/evolve")[: 95 * 4096], "cut off or damaged so far"),
        (lambda: patched(unpacked("fb15/evolve"), 18, b"\x0f\x80"), "a Firebird newer than 6"),
        (lambda: patched(unpacked("fb15/evolve"), 18, b"\x14\0"), "an InterBase newer than 15"),
    ],
    ids=["empty", "text", "zip", "header only", "cut", "firebird 7", "interbase"],
)
def test_an_unreadable_file_is_reported_in_one_line_and_leaves_no_zip(
    content: Callable[[], bytes], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "BACKUP.GDB"
    source.write_bytes(content())
    assert main(["export", str(source)]) == FAILED
    out, err = capsys.readouterr()
    last_line = err.splitlines()[-1]
    assert message in last_line
    assert last_line.startswith("gdb-export: ")
    assert "Traceback" not in err
    assert out == ""
    assert files_beside(tmp_path) == []


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "NONE.GDB"
    assert main(["export", str(missing)]) == FAILED
    assert capsys.readouterr().err == f"gdb-export: {missing}: No such file or directory\n"


def test_a_missing_folder_is_named(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(database), str(tmp_path / "no" / "out.zip")]) == FAILED
    assert "No such file or directory" in capsys.readouterr().err


def test_damage_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "BACKUP.GDB"
    source.write_bytes(zeroed(unpacked("fb15/evolve"), 153))
    assert main(["export", str(source)]) == DONE
    warning = (
        "warning: E1: 1 damaged place: the rows of 1 page are or may be lost, up to about 42 rows;"
        " first page 153: a data page is expected here"
    )
    assert warning in capsys.readouterr().err


def test_strict_makes_damage_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "BACKUP.GDB"
    source.write_bytes(zeroed(unpacked("fb15/evolve"), 153))
    existing = tmp_path / "BACKUP.zip"
    existing.write_bytes(b"precious")
    assert main(["export", str(source), "--strict", "--overwrite"]) == FAILED
    assert "gdb-export: strict: E1: page 153:" in capsys.readouterr().err
    assert existing.read_bytes() == b"precious"
    assert files_beside(tmp_path) == ["BACKUP.zip"]


def test_too_little_memory_is_reported_in_one_line(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raise_memory_error(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr("gdb_export.files.local_files.LocalSource.read", raise_memory_error)
    assert main(["export", str(database)]) == FAILED
    assert capsys.readouterr().err == "gdb-export: there is not enough memory\n"


_INTERRUPTED = """
import os, signal, sys
from gdb_export.chunks import chunk_export
from gdb_export.cli.command_line import main
export = chunk_export.ChunkExport.__call__
def interrupted(*arguments):
    os.kill(os.getpid(), signal.{signal})
    return export(*arguments)
chunk_export.ChunkExport.__call__ = interrupted
sys.exit(main(["export", {source!r}, "--workers", "1"]))
"""


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_leaves_no_file(
    signal_number: signal.Signals, database: Path
) -> None:
    program = _INTERRUPTED.format(signal=signal_number.name, source=str(database))
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert process.returncode == CANCELLED
    assert process.stderr.splitlines()[-1] == "gdb-export: cancelled: interrupted"
    assert "Traceback" not in process.stderr
    assert files_beside(database.parent) == []


def locked(tmp_path: Path) -> Path:
    """A database that is locked by nbackup, without its difference file."""
    data = unpacked("fb50/floats")
    flags = int.from_bytes(data[42:44], "little") | 0x0400
    path = tmp_path / "LOCKED.FDB"
    path.write_bytes(patched(data, 42, flags.to_bytes(2, "little")))
    return path


def test_a_lock_by_nbackup_without_its_difference_file_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = locked(tmp_path)
    message = r"warning: nbackup locked this database: .* difference file LOCKED\.FDB\.delta, which"
    assert main(["export", str(path)]) == DONE
    assert re.search(message, capsys.readouterr().err)
    with zipfile.ZipFile(tmp_path / "LOCKED.zip") as archive:
        manifest = json.loads(archive.read("datapackage.json"))
    assert any("LOCKED.FDB.delta" in warning for warning in manifest["x-warnings"])
    assert main(["inspect", str(path)]) == DONE
    assert re.search(message, capsys.readouterr().err)
    assert main(["inspect", str(path), "--json"]) == DONE
    assert "LOCKED.FDB.delta" in json.loads(capsys.readouterr().out)["notes"][0]


def test_inspect_shows_tables_and_writes_no_file(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(database)]) == DONE
    out = capsys.readouterr().out
    assert "ODS 10.1" in out
    assert "CLIENTS" in out
    assert files_beside(database.parent) == []


def test_inspect_as_json(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(database), "--json"]) == DONE
    tables = {table["name"]: table for table in json.loads(capsys.readouterr().out)["tables"]}
    assert tables["ORDERS"]["estimated_rows"] == 2
    assert [column["name"] for column in tables["ORDERS"]["columns"]] == ["A", "B"]
