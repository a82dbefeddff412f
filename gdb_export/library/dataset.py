"""Loads an export, or a database, into a dataset of BigQuery. A database is exported first."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gdb_export.bigquery.names import AddedColumns
from gdb_export.bigquery.reference_month import ReferenceMonth, reference_month
from gdb_export.chunks.opening import open_chunks
from gdb_export.library.checked_export import ExportSource, checked_export
from gdb_export.library.locations import (
    SCHEME,
    bucket_and_name,
    check_scheme,
    importing_google_clients,
    importing_pyarrow,
    open_source,
)
from gdb_export.options import PARQUET, BadOption, ExportOptions
from gdb_export.progress import Progress
from gdb_export.zip.member_names import MANIFEST

if TYPE_CHECKING:
    from gdb_export.bigquery.load.batches import FailedTable
    from gdb_export.bigquery.load.dataset_load import LoadResult
    from gdb_export.bigquery.load.exported_files import Export
    from gdb_export.bigquery.load.table_load import LoadedTable

_ADDED = AddedColumns()
_EXPORT = ExportOptions(format=PARQUET)


class LoadOptions(NamedTuple):
    """Options of a load: the reference month if it is given, the names of the columns that are
    added, whether new tables are partitioned by month. `export` is for a database."""

    reference: date | None = None
    added: AddedColumns = _ADDED
    is_partitioned: bool = True
    export: ExportOptions = _EXPORT


class Loaded(NamedTuple):
    """The tables that were and were not loaded, and the month of their rows."""

    dataset: str
    result: "LoadResult"
    month: ReferenceMonth
    warnings: tuple[str, ...]


def load(
    source: str,
    dataset: str,
    options: LoadOptions,
    progress: Progress,
    table_done: "Callable[[LoadedTable | FailedTable], None]" = lambda table: None,
) -> Loaded:
    """Load a ZIP or folder of an export, or a database, into PROJECT.DATASET.

    Raises BadOption, FirebirdError, Cancelled, OSError, DatasetMissing, UnusableExport and the
    errors of Google's clients.
    """
    check_scheme(source)
    with importing_pyarrow(), importing_google_clients("load", "bigquery"):
        # imported late: docs/architecture.md
        from gdb_export.bigquery.load.clients import dataset_reference, find_dataset, open_client
        from gdb_export.bigquery.load.dataset_load import load_dataset
        from gdb_export.bigquery.load.settings import LoadSettings

    reference = dataset_reference(dataset)
    client = open_client(reference.project)
    found = find_dataset(client, reference)
    with _source(source, options, progress) as (export, uri, warnings, is_database):
        if not is_database and (options.export.tables is not None or options.export.exclude):
            raise BadOption(f"--tables and --exclude are for databases: {source} is an export")
        month = reference_month(options.reference, export.source_name, export.modified_at.date())
        settings = LoadSettings(
            found.reference,
            found.location,
            uuid.uuid4().hex,
            uri,
            month.first_day,
            datetime.now(UTC),
            options.added,
            options.is_partitioned,
        )
        result = load_dataset(client, export, settings, progress.check, table_done)
    client.close()  # type: ignore[no-untyped-call]
    return Loaded(f"{reference.project}.{reference.dataset_id}", result, month, warnings)


class _Source(NamedTuple):
    """The export to load, the URI of its database, and the warnings of its conversion.
    `is_database`: the export was made for this load."""

    export: "Export"
    uri: str
    warnings: tuple[str, ...] = ()
    is_database: bool = False


@contextmanager
def _source(location: str, options: LoadOptions, progress: Progress) -> Iterator[_Source]:
    """The folder of Parquet at the location; or a temporary one, made from the ZIP or the database
    there."""
    from gdb_export.bigquery.load.exported_files import LocalFiles, read_export

    if location.lower().endswith(".zip"):
        with _zip(location, progress) as zipped:
            yield zipped
        return

    if location.startswith(SCHEME):
        folder = _bucket_folder(location.rstrip("/"))
        if folder is not None:
            yield folder
            return
        uri = location
    else:
        path = Path(location).resolve()
        if path.is_dir():
            export = read_export(LocalFiles(path))
            yield _Source(export, path.with_name(export.source_name).as_uri())
            return
        uri = path.as_uri()
    with tempfile.TemporaryDirectory(prefix="gdb-export-") as temporary:
        folder_path = Path(temporary, PARQUET)
        with open_source(location, reads_everything=True) as file:
            opened = ExportSource((file,), file.info(), (location,))
            exported = checked_export(
                opened, str(folder_path), options.export, progress, open_chunks
            )
        yield _Source(read_export(LocalFiles(folder_path)), uri, exported.warnings, True)


@contextmanager
def _zip(location: str, progress: Progress) -> Iterator[_Source]:
    """A temporary folder of Parquet, made from the CSVs of a ZIP."""
    from gdb_export.bigquery.load.exported_files import LocalFiles, read_export
    from gdb_export.bigquery.zipped.zip_export import unpack_zip

    with tempfile.TemporaryDirectory(prefix="gdb-export-") as temporary:
        folder = Path(temporary)
        if location.startswith(SCHEME):
            with importing_google_clients(location):
                bucket, name = bucket_and_name(location)
            with bucket.blob(name).open("rb") as file:
                warnings = unpack_zip(file, location, folder, progress.check)
            export = read_export(LocalFiles(folder))
            uri = f"{location.rpartition('/')[0]}/{export.source_name}"
        else:
            path = Path(location).resolve()
            with path.open("rb") as file:
                warnings = unpack_zip(file, location, folder, progress.check)
            export = read_export(LocalFiles(folder))
            uri = path.with_name(export.source_name).as_uri()
        yield _Source(export, uri, tuple(warnings))


def _bucket_folder(location: str) -> _Source | None:
    """The export under a prefix in a bucket; None if there is none."""
    from gdb_export.bigquery.load.exported_files import BucketFiles, read_export

    with importing_google_clients(location):
        bucket, name = bucket_and_name(f"{location}/{MANIFEST}")
    if not bucket.blob(name).exists():
        return None
    export = read_export(BucketFiles(bucket, name.removesuffix(MANIFEST)))
    return _Source(export, f"{location.rpartition('/')[0]}/{export.source_name}")
