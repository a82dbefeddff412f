"""Exports from a bucket of databases that are four times as large as the memory for them."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from google.cloud import storage

from benchmarks.cloud.needed import needed_bytes
from benchmarks.databases import generate
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.files.local_files import LocalDestination, LocalSource
from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.gcs_source import GcsSource, open_newest
from gdb_export.gcs.zip_name import FreeName
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from local.storage.server import StorageServer

DATABASES = Path(__file__).parents[1] / "data" / "fb15"
SOURCE_INFO = SourceInfo("BACKUP.FDB", 1, "17", datetime(2024, 5, 1, tzinfo=UTC))


def exported(source: LocalSource | GcsSource, target: Path) -> bytes:
    options = ExportOptions(workers=2)
    with source:
        export(source, SOURCE_INFO, LocalDestination(target), options, Progress())
    return target.read_bytes()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks in proportion to these databases: two workers read far less than the budget."""
    monkeypatch.setattr("gdb_export.chunks.sizes.CHUNK_BYTES", 1 << 17)
    monkeypatch.setattr("gdb_export.chunks.sizes.BATCH_BYTES", 1 << 15)


def golden(name: str, folder: Path) -> Path:
    path = folder / f"{name}.fdb"
    path.write_bytes(gzip.decompress((DATABASES / f"{name}.fdb.gz").read_bytes()))
    return path


def uploaded(path: Path, bucket: storage.Bucket) -> GcsSource:
    """An uploaded database, with a quarter of its size as budget."""
    bucket.blob(path.name).upload_from_filename(str(path))
    return open_newest(bucket, path.name, path.stat().st_size // 4)


@pytest.mark.parametrize("name", ["blobs", "mvcc", "evolve"])
def test_the_zip_is_the_same_as_that_of_a_local_file(
    name: str, bucket: storage.Bucket, tmp_path: Path
) -> None:
    path = golden(name, tmp_path)
    expected = exported(LocalSource(path), tmp_path / "local.zip")
    assert exported(uploaded(path, bucket), tmp_path / "bucket.zip") == expected


def fetch_ratio(path: Path, server: StorageServer, bucket: storage.Bucket) -> float:
    """The ratio of the bytes that an export fetches to those of the pages that it needs."""
    expected = exported(LocalSource(path), path.with_suffix(".local.zip"))
    assert exported(uploaded(path, bucket), path.with_suffix(".zip")) == expected
    return server.traffic.bytes("objects.media") / needed_bytes(path)


def test_few_unneeded_bytes_are_fetched(
    server: StorageServer, bucket: storage.Bucket, tmp_path: Path
) -> None:
    """In the largest database; in small ones the catalogue outweighs the rows."""
    assert 1 <= fetch_ratio(golden("cnes", tmp_path), server, bucket) <= 1.15


def test_few_unneeded_bytes_are_fetched_for_interleaved_tables(
    engine: ModuleType, server: StorageServer, bucket: storage.Bucket, tmp_path: Path
) -> None:
    path = tmp_path / "turns.fdb"
    generate("turns", 12, path)
    assert 1 <= fetch_ratio(path, server, bucket) <= 1.15


def test_spilled_chunks_are_stored_in_the_bucket_and_removed(
    engine: ModuleType, server: StorageServer, bucket: storage.Bucket, tmp_path: Path
) -> None:
    path = tmp_path / "turns.fdb"
    generate("turns", 12, path)
    expected = exported(LocalSource(path), tmp_path / "local.zip")
    source = uploaded(path, bucket)
    uploads = server.traffic.responses("uploads.start")
    destination = GcsDestination(
        bucket, FreeName("turns.zip", None), {}, spill_prefix=".parts/x/export-1/spill/"
    )
    with source:
        export(source, SOURCE_INFO, destination, ExportOptions(workers=2), Progress())
    assert server.traffic.responses("uploads.start") > uploads + 1
    assert bucket.blob("turns.zip").download_as_bytes() == expected
    assert [blob.name for blob in bucket.list_blobs()] == ["turns.fdb", "turns.zip"]
