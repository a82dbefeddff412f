"""`--format csv,parquet`: a ZIP and a folder by one read, each as if it were written alone."""

import gzip
import zipfile
from pathlib import Path

import pytest

import gdb_export
from gdb_export.cli.command_line import main
from gdb_export.files.local_folder import LocalFolder
from gdb_export.parquet.table_file import TableFile
from gdb_export.progress import Cancelled

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes()))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "name", ["fb15/types.fdb", "fb15/blobs.fdb", "fb15/types.fbk", "fb50/integers_and_decimals.fdb"]
)
@pytest.mark.parametrize("workers", [1, 3])
def test_both_have_the_bytes_of_an_export_alone(name: str, workers: int, tmp_path: Path) -> None:
    source = tmp_path / Path(name).name
    source.write_bytes(gzip.decompress((DATA / f"{name}.gz").read_bytes()))
    with gdb_export.open(source) as db:
        done = db.export(tmp_path / "both.zip", format="csv,parquet", workers=workers)
        archive = db.export(tmp_path / "alone.zip")
        folder = db.export(tmp_path / "alone", format="parquet")
    assert (done.location, done.folder) == (str(tmp_path / "both.zip"), str(tmp_path / "both"))
    assert Path(done.location).read_bytes() == Path(archive.location).read_bytes()
    assert contents(tmp_path / "both") == contents(tmp_path / "alone")
    assert (done.tables, done.rows) == (archive.tables, archive.rows)
    assert done.bytes == archive.bytes + folder.bytes
    assert set(done.warnings) == {*archive.warnings, *folder.warnings}


def test_the_command_writes_both_beside_the_source(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(source), "--format", "Parquet,csv", "--tables", "T_DOM"]
    assert main(command) == 0
    archive, folder = source.with_suffix(".zip"), source.with_suffix("")
    assert capsys.readouterr().out.startswith(f"{archive} and {folder}: 1 tables, 30 rows")
    assert zipfile.ZipFile(archive).namelist() == ["T_DOM.csv", "datapackage.json"]
    assert contents(folder).keys() == {"T_DOM.parquet", "datapackage.json"}
    assert main([*command, "--quiet"]) == 0
    assert capsys.readouterr().err == (
        f"{archive} exists: the new export is {source.with_name('BACKUP-export1.zip')}"
        " (--overwrite replaces the old one)\n"
        f"{folder} exists: the new export is {source.with_name('BACKUP-export1')}"
        " (--overwrite replaces the old one)\n"
    )


@pytest.mark.parametrize(
    ("destination", "words"),
    [("out", "name the ZIP, such as out.zip"), ("-", "name the ZIP"), ("/dev/null", "name the")],
)
def test_a_destination_that_names_no_zip_is_refused(
    destination: str,
    words: str,
    source: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(source.parent)
    assert main(["export", str(source), destination, "--format", "csv,parquet"]) == 2
    assert words in capsys.readouterr().err
    assert list(source.parent.iterdir()) == [source]


def test_a_source_without_a_suffix_gets_a_folder_of_another_name(source: Path) -> None:
    plain = source.rename(source.with_name("BACKUP"))
    with gdb_export.open(plain) as db:
        done = db.export(format="csv,parquet", tables=["T_DOM"])
    assert (done.location, done.folder) == (f"{plain}.zip", f"{plain}-parquet")


def test_a_folder_that_cannot_get_its_name_takes_the_zip_with_it(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: LocalFolder) -> None:
        assert source.with_suffix(".zip").exists()
        raise OSError("the disk is full")

    monkeypatch.setattr(LocalFolder, "_commit", fail)
    with gdb_export.open(source) as db, pytest.raises(OSError, match="the disk is full"):
        db.export(format="csv,parquet")
    assert list(source.parent.iterdir()) == [source]


@pytest.mark.parametrize("error", [OSError("the disk is full"), Cancelled("enough")])
@pytest.mark.parametrize("method", ["add", "close"])
def test_an_error_leaves_neither(
    error: Exception, method: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(TableFile, method, fail)
    with gdb_export.open(source) as db, pytest.raises(type(error), match=str(error)):
        db.export(format="csv,parquet")
    assert list(source.parent.iterdir()) == [source]
