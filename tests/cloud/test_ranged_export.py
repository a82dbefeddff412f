"""A whole export from the bucket, of a database four times as large as the memory for it."""

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from job.cloud.gcs_source import GcsSource, open_newest
from job.export import export
from job.local_files import LocalDestination, LocalSource
from job.manifest import Origin
from job.options import ExportOptions
from job.progress import Progress

DATABASES = Path(__file__).parents[1] / "data" / "fb15"
PAGE = 4096
ORIGIN = Origin("BACKUP.FDB", 1, "17", datetime(2024, 5, 1, tzinfo=UTC))


class Noting(LocalSource):
    """A file that knows which of its pages were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.pages: set[int] = set()

    def read(self, offset: int, length: int) -> bytes:
        self.pages.update(range(offset // PAGE, (min(offset + length, self.size) - 1) // PAGE + 1))
        return super().read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        pass


def exported(source: LocalSource | GcsSource, target: Path) -> bytes:
    options = ExportOptions(workers=2)
    with source:
        export(source, ORIGIN, LocalDestination(target), options, Progress())
    return target.read_bytes()


class Uploaded:
    """A database in the bucket, larger than the memory for it, and a count of what is fetched."""

    def __init__(self, name: str, bucket: storage.Bucket, folder: Path) -> None:
        self.path = folder / f"{name}.fdb"
        self.path.write_bytes(gzip.decompress((DATABASES / f"{name}.fdb.gz").read_bytes()))
        bucket.blob(self.path.name).upload_from_filename(str(self.path))
        self.bucket = bucket
        self.fetched = 0

    def open(self) -> GcsSource:
        source = open_newest(self.bucket, self.path.name, self.path.stat().st_size // 4)
        download = source._blob.download_as_bytes

        def counted(**extent: Any) -> bytes:
            self.fetched += extent["end"] - extent["start"] + 1
            return bytes(download(**extent))

        source._blob.download_as_bytes = counted
        return source


@pytest.mark.parametrize("name", ["blobs", "mvcc", "evolve"])
def test_the_zip_is_the_same_as_that_of_a_file(
    name: str, bucket: storage.Bucket, tmp_path: Path
) -> None:
    uploaded = Uploaded(name, bucket, tmp_path)
    expected = exported(LocalSource(uploaded.path), tmp_path / "local.zip")
    assert exported(uploaded.open(), tmp_path / "bucket.zip") == expected


def test_little_more_is_fetched_than_the_pages_that_are_needed(
    bucket: storage.Bucket, tmp_path: Path
) -> None:
    """Of the largest database: in small ones the catalogue outweighs the rows."""
    uploaded = Uploaded("cnes", bucket, tmp_path)
    local = Noting(uploaded.path)
    expected = exported(local, tmp_path / "local.zip")
    assert exported(uploaded.open(), tmp_path / "bucket.zip") == expected
    assert uploaded.fetched <= 1.15 * len(local.pages) * PAGE
