"""Destinations in a bucket that would destroy a database: refused by the command and by the job."""

import gzip
from pathlib import Path

import pytest
from google.cloud import storage

from gdb_export.cli.command_line import main
from gdb_export.gcs.provenance import Provenance
from gdb_export.gcs.zip_name import FreeName, free_name, resolve_output
from gdb_export.options import BadOption
from local.storage.server import StorageServer

DATABASE = Path(__file__).parents[1] / "data" / "fb15" / "types.fdb.gz"
CONTENT = gzip.decompress(DATABASE.read_bytes())


@pytest.fixture(autouse=True)
def uploaded(
    server: StorageServer, bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two databases, a text file and an empty ZIP; the environment directs the client there."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    for name in ("A.GDB", "B.zip"):
        bucket.blob(name).upload_from_string(CONTENT)
    bucket.blob("notes.txt").upload_from_string(b"precious")
    bucket.blob("old").upload_from_string(b"PK\x05\x06" + bytes(18))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gs://uploads/A.GDB", "gs://uploads/A.GDB", "--overwrite"], "is the source itself"),
        (["gs://uploads/B.zip", "--overwrite"], "gs://uploads/B.zip is the source itself"),
        (["gs://uploads/A.GDB", "gs://uploads/B.zip", "--overwrite"], "B.zip is a database"),
        (["gs://uploads/A.GDB", "gs://uploads/B.zip"], "gs://uploads/B.zip is a database"),
        (["gs://uploads/A.GDB", "gs://uploads/notes.txt", "--overwrite"], "is not a ZIP"),
    ],
)
def test_the_command_refuses_a_destination_and_writes_nothing(
    arguments: list[str],
    message: str,
    bucket: storage.Bucket,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {blob.name: blob.generation for blob in bucket.list_blobs()}
    assert main(["export", *arguments]) == 2
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1
    assert {blob.name: blob.generation for blob in bucket.list_blobs()} == before


def test_a_zip_without_the_suffix_and_a_text_with_it_are_replaced(bucket: storage.Bucket) -> None:
    bucket.blob("text.ZIP").upload_from_string(b"text")
    for name in ("old", "text.ZIP"):
        assert main(["export", "gs://uploads/A.GDB", f"gs://uploads/{name}", "--overwrite"]) == 0
        assert bucket.blob(name).download_as_bytes()[:4] == b"PK\x03\x04"


def test_a_bucket_and_a_folder_get_a_zip_of_the_source_s_name(
    bucket: storage.Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "FILE.GDB"
    file.write_bytes(CONTENT)
    assert main(["export", str(file), "gs://uploads"]) == 0
    assert main(["export", str(file), "gs://uploads/folder/"]) == 0
    assert main(["export", "gs://uploads/A.GDB", str(tmp_path)]) == 0
    capsys.readouterr()
    assert bucket.get_blob("FILE.zip") is not None
    assert bucket.get_blob("folder/FILE.zip") is not None
    assert (tmp_path / "A.zip").exists()
    assert main(["export", str(file), "gs://uploads", "--quiet"]) == 0
    assert capsys.readouterr().err == (
        "gs://uploads/FILE.zip exists: the new export is gs://uploads/FILE-export1.zip"
        " (--overwrite replaces the old one)\n"
    )


def test_the_job_replaces_no_database(bucket: storage.Bucket) -> None:
    provenance = Provenance("uploads", "B.GDB", "1", {}, "exports/x")
    with pytest.raises(BadOption, match=r"gs://uploads/B\.zip is a database"):
        resolve_output(bucket, provenance, overwrite=True)
    assert resolve_output(bucket, provenance, overwrite=False) == FreeName("B-export1.zip", 0)


def test_an_empty_object_is_not_a_database(bucket: storage.Bucket) -> None:
    bucket.blob("empty.zip").upload_from_string(b"")
    assert free_name(bucket, "empty.zip", overwrite=True).name == "empty.zip"
