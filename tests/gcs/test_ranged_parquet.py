"""Exports to Parquet from a bucket of databases that are four times as large as the memory."""

from pathlib import Path
from types import ModuleType

import pytest
from google.cloud import storage

from benchmarks.cloud.needed import needed_bytes
from benchmarks.databases import generate
from gdb_export.chunks.opening import open_chunks
from gdb_export.files.local_files import LocalSource
from gdb_export.gcs.gcs_source import GcsSource
from gdb_export.library.formats import ExportInput, export_to
from gdb_export.library.outputs import outputs
from gdb_export.options import CSV_AND_PARQUET, PARQUET, ExportOptions
from gdb_export.progress import Progress
from local.storage.server import StorageServer
from tests.gcs.test_ranged_export import SOURCE_INFO, golden, small_chunks, uploaded

__all__ = ["small_chunks"]


def exported(source: LocalSource | GcsSource, target: Path, file_format: str) -> dict[str, bytes]:
    """The files of an export, by path."""
    target.mkdir()
    name = "T.zip" if file_format == CSV_AND_PARQUET else "T"
    targets = outputs(str(target / name), [], file_format)
    options = ExportOptions(workers=2, format=file_format)
    with source:
        export_to(targets, ExportInput(source, SOURCE_INFO, options, Progress(), open_chunks))
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file()
    }


def fetch_ratio(
    path: Path, file_format: str, server: StorageServer, bucket: storage.Bucket
) -> float:
    """The ratio of the bytes that an export fetches to those of the pages that it needs."""
    expected = exported(LocalSource(path), path.with_suffix(".local"), file_format)
    assert exported(uploaded(path, bucket), path.with_suffix(".bucket"), file_format) == expected
    return server.traffic.bytes("objects.media") / needed_bytes(path)


@pytest.mark.parametrize("file_format", [PARQUET, CSV_AND_PARQUET])
def test_few_unneeded_bytes_are_fetched(
    file_format: str, server: StorageServer, bucket: storage.Bucket, tmp_path: Path
) -> None:
    """In the largest database; in small ones the catalogue outweighs the rows. Two reads of the
    source would be 2; how many ranges are fetched again depends on the order of the threads."""
    assert 1 <= fetch_ratio(golden("cnes", tmp_path), file_format, server, bucket) <= 1.5


@pytest.mark.parametrize("file_format", [PARQUET, CSV_AND_PARQUET])
def test_interleaved_tables_are_fetched_little_more_than_once(
    file_format: str,
    engine: ModuleType,
    server: StorageServer,
    bucket: storage.Bucket,
    tmp_path: Path,
) -> None:
    path = tmp_path / "turns.fdb"
    generate("turns", 12, path)
    assert 1 <= fetch_ratio(path, file_format, server, bucket) <= 1.5
