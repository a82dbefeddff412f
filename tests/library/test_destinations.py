"""The destination of `Database.export`: never the source, never another database."""

import io
import os
import zipfile
from pathlib import Path

import pytest

import gdb_export
from tests.firebird.database_builder import DatabaseBuilder, integer_row


@pytest.fixture
def database(tmp_path: Path) -> Path:
    builder = DatabaseBuilder((12, 0))
    builder.table("T", [integer_row(1, 2)])
    path = tmp_path / "A.fdb"
    path.write_bytes(builder.build())
    return path


def test_the_source_is_refused(database: Path) -> None:
    content = database.read_bytes()
    link, hard_link = database.with_name("link"), database.with_name("hard.zip")
    link.symlink_to(database)
    os.link(database, hard_link)
    with gdb_export.open(database) as db:
        for destination in (database, link, hard_link, str(database.parent / "." / "A.fdb")):
            for overwrite in (False, True):
                with pytest.raises(gdb_export.BadOption, match="is the source itself"):
                    db.export(destination, overwrite=overwrite)
    assert database.read_bytes() == content


def test_the_file_of_an_open_file_object_is_refused(database: Path) -> None:
    renamed = database.rename(database.with_name("A.zip"))
    with renamed.open("rb") as file, gdb_export.open(file) as db:
        with pytest.raises(gdb_export.BadOption, match="is the source itself"):
            db.export(renamed, overwrite=True)


def test_another_database_is_refused(database: Path, tmp_path: Path) -> None:
    other = tmp_path / "B.zip"
    other.write_bytes(database.read_bytes())
    for source in (database, database.read_bytes(), io.BytesIO(database.read_bytes())):
        with gdb_export.open(source) as db:
            with pytest.raises(gdb_export.BadOption, match=r"B\.zip is a database"):
                db.export(other, overwrite=True)
    assert other.read_bytes() == database.read_bytes()


def test_only_a_zip_is_replaced(database: Path, tmp_path: Path) -> None:
    text, archive = tmp_path / "text", tmp_path / "archive"
    text.write_bytes(b"precious")
    with zipfile.ZipFile(archive, "w"):
        pass
    with gdb_export.open(database) as db:
        with pytest.raises(gdb_export.BadOption, match="is not a ZIP"):
            db.export(text, overwrite=True)
        db.export(archive, overwrite=True)
        assert db.export(text).location == str(tmp_path / "text-export1")
    assert text.read_bytes() == b"precious"
    assert zipfile.ZipFile(archive).namelist()[0] == "T.csv"


def test_a_database_that_appears_meanwhile_is_not_replaced(database: Path, tmp_path: Path) -> None:
    destination = tmp_path / "out.zip"

    def copy_there(snapshot: object) -> None:
        destination.write_bytes(database.read_bytes())

    with gdb_export.open(database) as db:
        with pytest.raises(gdb_export.BadOption, match=r"out\.zip is a database"):
            db.export(destination, overwrite=True, progress=copy_there)
    assert destination.read_bytes() == database.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.fdb", "out.zip"]


def test_a_folder_gets_a_zip_of_the_source_s_name(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    with gdb_export.open(database) as db:
        assert db.export(folder).location == str(folder / "A.zip")
    with gdb_export.open(database.read_bytes()) as db:
        assert db.export(folder).location == str(folder / "database.zip")


def test_a_source_that_changes_is_an_error_or_a_warning(database: Path, tmp_path: Path) -> None:
    with gdb_export.open(database) as db:
        os.utime(database)
        with pytest.raises(OSError, match=r"A\.fdb changed while it was read"):
            db.export(tmp_path / "out.zip")
        assert not (tmp_path / "out.zip").exists()
        result = db.export(tmp_path / "out.zip", allow_changes=True)
    expected = f"{database} changed while it was read: rows may be inconsistent"
    assert result.warnings == (expected,)
