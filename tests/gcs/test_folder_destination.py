"""A folder of files written to a bucket: complete with its manifest, or no object at all."""

import json
import os
from collections.abc import Mapping

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import storage

from gdb_export.export.manifest import SourceInfo
from gdb_export.gcs.exports import folder_publication
from gdb_export.gcs.exports.folder_destination import GcsFolder
from gdb_export.gcs.resumable_upload import UPLOAD_CHUNK, OpenUploads
from gdb_export.options import PARQUET, BadOption, ExportOptions
from gdb_export.parquet.parquet_export import export_parquet
from gdb_export.progress import Progress
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer
from tests.data.databases import database_bytes
from tests.export.in_memory import MODIFIED_AT
from tests.firebird.memory_source import MemorySource

LARGE = os.urandom(UPLOAD_CHUNK + 12_345)
FILES = {"A.parquet": b"a", "B.parquet/part-00000.parquet": b"", "C.parquet": LARGE}


def manifest(paths: Mapping[str, bytes]) -> bytes:
    return json.dumps({"resources": [{"path": [path]} for path in paths]}).encode()


def write(folder: GcsFolder, files: Mapping[str, bytes] = FILES) -> None:
    with folder:
        for path, content in {**files, "datapackage.json": manifest(files)}.items():
            with folder.file(path) as file:
                for start in range(0, len(content), 1_000_000):
                    file.write(content[start : start + 1_000_000])


def contents(bucket: storage.Bucket, prefix: str = "") -> dict[str, bytes]:
    return {
        blob.name.removeprefix(prefix): blob.download_as_bytes()
        for blob in bucket.list_blobs(prefix=prefix)
    }


def complete(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {**files, "datapackage.json": manifest(files)}


@pytest.fixture
def earlier(bucket: storage.Bucket) -> dict[str, bytes]:
    """The contents of the bucket with an export under BACKUP/."""
    write(GcsFolder(bucket, "BACKUP/"), {"A.parquet": b"old", "Z.parquet": b"old"})
    return contents(bucket)


def test_the_objects_have_the_written_bytes_and_nothing_else_is_left(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    folder = GcsFolder(bucket, "shop/BACKUP/")
    write(folder)
    assert folder.uri == "gs://uploads/shop/BACKUP/"
    assert contents(bucket) == {f"shop/BACKUP/{p}": data for p, data in complete(FILES).items()}
    assert server.sessions.open_names() == []
    blob = bucket.get_blob("shop/BACKUP/A.parquet")
    assert blob.content_type == "application/vnd.apache.parquet"
    assert bucket.get_blob("shop/BACKUP/datapackage.json").content_type == "application/json"


def test_no_object_has_its_name_before_the_end_and_the_manifest_comes_last(
    bucket: storage.Bucket,
) -> None:
    def check() -> None:
        assert all(name.startswith(".parts/") for name in contents(bucket))

    write(GcsFolder(bucket, "BACKUP/", before_commit=check))
    created = {blob.name: blob.generation for blob in bucket.list_blobs()}
    assert max(created, key=created.__getitem__) == "BACKUP/datapackage.json"


def test_an_error_leaves_neither_objects_nor_sessions(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    uploads = OpenUploads()

    def fail() -> None:
        with GcsFolder(bucket, "BACKUP/", uploads=uploads) as folder:
            with folder.file("A.parquet") as file:
                file.write(b"a")
            with folder.file("C.parquet") as file:
                file.write(LARGE)
                assert len(uploads) == 1
                raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert contents(bucket) == {}
    assert server.sessions.open_names() == []
    assert len(uploads) == 0


def test_an_error_before_the_commit_leaves_nothing(bucket: storage.Bucket) -> None:
    def refuse() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(GcsFolder(bucket, "BACKUP/", before_commit=refuse))
    assert contents(bucket) == {}


@pytest.mark.parametrize("skip", range(4))
def test_a_copy_that_fails_is_undone(
    skip: int, bucket: storage.Bucket, server: StorageServer
) -> None:
    server.faults.add(FaultRule("objects.rewrite", Fault("status", status=403), skip=skip))
    with pytest.raises(GoogleAPICallError):
        write(GcsFolder(bucket, "BACKUP/"))
    assert contents(bucket) == {}


@pytest.mark.parametrize("kind", ["cut before", "cut after", "status"])
@pytest.mark.parametrize(
    "operation", ["uploads.put", "uploads.start", "objects.rewrite", "objects.delete"]
)
def test_a_request_that_is_cut_is_repeated(
    kind: str, operation: str, bucket: storage.Bucket, server: StorageServer
) -> None:
    server.faults.add(FaultRule(operation, Fault(kind)))
    write(GcsFolder(bucket, "BACKUP/"))
    assert contents(bucket) == {f"BACKUP/{path}": data for path, data in complete(FILES).items()}
    assert len(server.faults.injected) == 1


def test_an_existing_export_is_kept_and_the_name_is_numbered(
    bucket: storage.Bucket, earlier: dict[str, bytes]
) -> None:
    for count in (1, 2):
        folder = GcsFolder(bucket, "BACKUP/")
        write(folder)
        assert folder.uri == f"gs://uploads/BACKUP-export{count}/"
    assert contents(bucket, "BACKUP/") == {
        name.removeprefix("BACKUP/"): data for name, data in earlier.items()
    }


def test_objects_of_another_program_are_kept(bucket: storage.Bucket) -> None:
    bucket.blob("BACKUP/mine.txt").upload_from_string(b"mine")
    write(GcsFolder(bucket, "BACKUP/"))
    assert contents(bucket, "BACKUP/") == {"mine.txt": b"mine"}
    with pytest.raises(BadOption, match=r"not of an export, such as mine\.txt: nothing was"):
        write(GcsFolder(bucket, "BACKUP/", overwrite=True))
    assert contents(bucket, "BACKUP/") == {"mine.txt": b"mine"}


def test_an_empty_object_of_the_console_is_no_file_of_the_folder(bucket: storage.Bucket) -> None:
    bucket.blob("BACKUP/").upload_from_string(b"")
    folder = GcsFolder(bucket, "BACKUP/")
    write(folder)
    assert folder.uri == "gs://uploads/BACKUP/"


@pytest.mark.usefixtures("earlier")
def test_an_overwrite_replaces_all_files_of_an_export(bucket: storage.Bucket) -> None:
    write(GcsFolder(bucket, "BACKUP/", overwrite=True))
    assert contents(bucket) == {f"BACKUP/{path}": data for path, data in complete(FILES).items()}


@pytest.mark.parametrize("operation", ["objects.rewrite", "objects.delete"])
@pytest.mark.parametrize("skip", range(6))
def test_a_failed_overwrite_keeps_the_earlier_export(
    operation: str,
    skip: int,
    bucket: storage.Bucket,
    server: StorageServer,
    earlier: dict[str, bytes],
) -> None:
    server.faults.add(FaultRule(operation, Fault("status", status=403), skip=skip))
    try:
        write(GcsFolder(bucket, "BACKUP/", overwrite=True))
    except GoogleAPICallError:
        found = {name: data for name, data in contents(bucket).items() if name[:7] == "BACKUP/"}
        assert found == earlier
    else:
        assert contents(bucket, "BACKUP/") == complete(FILES)


def test_files_of_an_earlier_export_that_cannot_be_restored_are_named(
    bucket: storage.Bucket,
    server: StorageServer,
    earlier: dict[str, bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    denied = Fault("status", status=403)
    server.faults.add(FaultRule("objects.rewrite", denied, skip=4, times=None))
    with pytest.raises(GoogleAPICallError):
        write(GcsFolder(bucket, "BACKUP/", overwrite=True))
    (named,) = [text for text in caplog.messages if "the files of the earlier export are" in text]
    prefix = named.rpartition("gs://uploads/")[2]
    assert contents(bucket, prefix) == {
        name.removeprefix("BACKUP/"): data for name, data in earlier.items()
    }


def test_a_name_that_is_taken_meanwhile_is_left_alone(bucket: storage.Bucket) -> None:
    def interfere() -> None:
        write(GcsFolder(bucket, "BACKUP/"), {"C.parquet": b"faster"})

    folder = GcsFolder(bucket, "BACKUP/", before_commit=interfere)
    write(folder)
    assert folder.uri == "gs://uploads/BACKUP-export1/"
    assert contents(bucket, "BACKUP/") == complete({"C.parquet": b"faster"})


def test_a_name_that_is_taken_during_the_commit_is_left_alone(
    bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = folder_publication.resolve_folder

    def slow_resolve(*arguments: object) -> object:
        output = resolve(*arguments)
        monkeypatch.undo()
        write(GcsFolder(bucket, "BACKUP/"), {"C.parquet": b"faster"})
        return output

    monkeypatch.setattr(folder_publication, "resolve_folder", slow_resolve)
    folder = GcsFolder(bucket, "BACKUP/")
    write(folder)
    assert folder.uri == "gs://uploads/BACKUP-export1/"
    assert contents(bucket, "BACKUP/") == complete({"C.parquet": b"faster"})
    assert contents(bucket, "BACKUP-export1/") == complete(FILES)


def test_schema_sql_is_an_object_that_the_next_export_replaces(bucket: storage.Bucket) -> None:
    data = database_bytes("fb15/types")
    source_info = SourceInfo("BACKUP.GDB", len(data), "1", MODIFIED_AT)
    options = ExportOptions(format=PARQUET, tables=("T_DOM",), workers=1)
    for has_schema in (True, False):
        folder = GcsFolder(bucket, "BACKUP/", overwrite=True)
        chosen = options._replace(schema_sql=has_schema)
        export_parquet(MemorySource(data), source_info, folder, chosen, Progress())
        blob = bucket.get_blob("BACKUP/schema.sql")
        assert (blob is not None) is has_schema
        if blob is not None:
            assert blob.content_type == "text/plain; charset=utf-8"
            assert b'CREATE TABLE "T_DOM"' in blob.download_as_bytes()
