"""The commands `export` and `inspect` with gs:// locations, run against the storage server."""

import gzip
import json
from pathlib import Path

import pytest
from google.cloud import storage

from gdb_export.cli.command_line import main
from gdb_export.library.destinations import default_destination
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer

DATABASE = Path(__file__).parents[1] / "data" / "fb15" / "types.fdb.gz"
SOURCE = "gs://uploads/shop/TYPES.FDB"


@pytest.fixture(autouse=True)
def uploaded(
    server: StorageServer, bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """The content of the uploaded database; the environment directs the client to the server."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    content = gzip.decompress(DATABASE.read_bytes())
    bucket.blob("shop/TYPES.FDB").upload_from_string(content)
    return content


def test_the_zip_appears_in_the_bucket_of_the_database(bucket: storage.Bucket) -> None:
    assert main(["export", SOURCE]) == 0
    assert bucket.get_blob("shop/TYPES.zip").size > 0


def test_an_existing_zip_is_kept_without_overwrite(
    bucket: storage.Bucket,
) -> None:
    bucket.blob("shop/TYPES.zip").upload_from_string(b"older")
    assert main(["export", SOURCE]) == 0
    assert bucket.blob("shop/TYPES.zip").download_as_bytes() == b"older"
    assert bucket.get_blob("shop/TYPES-export1.zip").size > 0
    assert main(["export", SOURCE, "--overwrite"]) == 0
    assert bucket.blob("shop/TYPES.zip").download_as_bytes() != b"older"


def test_an_object_is_exported_to_a_file_and_a_file_to_an_object(
    bucket: storage.Bucket, uploaded: bytes, tmp_path: Path
) -> None:
    assert main(["export", SOURCE, str(tmp_path / "out.zip")]) == 0
    assert (tmp_path / "out.zip").stat().st_size > 0
    (tmp_path / "a.fdb").write_bytes(uploaded)
    assert main(["export", str(tmp_path / "a.fdb"), "gs://uploads/a.zip"]) == 0
    assert bucket.get_blob("a.zip").size > 0


def test_a_database_in_a_bucket_is_inspected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", SOURCE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ods"] == "10.1"


@pytest.mark.parametrize("location", ["gs://uploads", "gs:///x", "gs://uploads/"])
def test_an_incomplete_location_is_a_usage_error(
    location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", location]) == 2
    assert f"{location} is not gs://bucket/name" in capsys.readouterr().err


@pytest.mark.usefixtures("short_replacement_waits")
def test_a_missing_object_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "gs://uploads/NONE.FDB"]) == 1
    assert capsys.readouterr().err == "gdb-export: gs://uploads/NONE.FDB is not there\n"


def test_an_error_of_the_service_is_reported_in_one_line(
    server: StorageServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.add(FaultRule("objects.get", Fault("status", status=400)))
    assert main(["export", SOURCE]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gdb-export: Google Cloud: 400")


@pytest.mark.parametrize(
    ("source", "location"),
    [
        ("a/B.GDB", "a/B.zip"),
        ("gs://b/B.GDB", "gs://b/B.zip"),
        ("gs://b/x.y/B", "gs://b/x.y/B.zip"),
    ],
)
def test_the_default_destination_is_the_source_with_zip(source: str, location: str) -> None:
    assert default_destination(source) == location
