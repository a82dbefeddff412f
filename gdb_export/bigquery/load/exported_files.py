"""The Parquet files of an export: in a local folder, or under a prefix in a bucket."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from google.cloud.storage import Bucket

from gdb_export.bigquery.errors import UnusableExport
from gdb_export.bigquery.load.exported_tables import ExportedTable, exported_table
from gdb_export.zip.member_names import MANIFEST


class ExportedFiles(Protocol):
    """The files of an export, by paths relative to its folder. Used by several threads."""

    @property
    def location(self) -> str: ...

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading and seeking."""
        ...

    def uri(self, path: str) -> str | None:
        """The gs:// URI of a file, by which BigQuery reads it; None for a local file."""
        ...


class LocalFiles:
    """The files of an export in a local folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def location(self) -> str:
        return str(self._folder)

    def open(self, path: str) -> BinaryIO:
        return (self._folder / path).open("rb")

    def uri(self, path: str) -> str | None:
        return None


class BucketFiles:
    """The files of an export in a bucket, under a prefix that ends in `/`."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    @property
    def location(self) -> str:
        return f"gs://{self._bucket.name}/{self._prefix}"

    def open(self, path: str) -> BinaryIO:
        file: BinaryIO = self._bucket.blob(self._prefix + path).open("rb")
        return file

    def uri(self, path: str) -> str | None:
        return self.location + path


class Export(NamedTuple):
    """A complete export: its files, its tables, and its source as the manifest names it."""

    files: ExportedFiles
    tables: Sequence[ExportedTable]
    source_name: str
    modified_at: datetime


def read_export(files: ExportedFiles) -> Export:
    """Read the manifest. Raises UnusableExport, OSError and the errors of Google's client."""
    try:
        with files.open(MANIFEST) as file:
            text = file.read()
    except FileNotFoundError as error:
        raise UnusableExport(
            f"{files.location} has no {MANIFEST}: give a folder that --format parquet wrote"
        ) from error
    try:
        manifest = json.loads(text)
        tables = [exported_table(resource) for resource in manifest["resources"]]
        source = manifest["x-source"]
        modified_at = datetime.fromisoformat(source["modified"]).astimezone(UTC)
        return Export(files, tables, str(source["name"]), modified_at)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableExport(f"{files.location}: {MANIFEST} is not of an export") from error
