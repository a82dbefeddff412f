"""Opens sources and destinations: a local path or gs://bucket/name.

Google's client takes half a second to load, so only a gs:// location imports it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from gdb_export.export.folder import FolderDestination
from gdb_export.export.manifest import SourceInfo
from gdb_export.files.local_files import LocalDestination, LocalSource
from gdb_export.firebird.core.source import Source
from gdb_export.memory_limit import memory_limit
from gdb_export.options import CSV, BadOption

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

    from gdb_export.gcs.gcs_destination import GcsDestination
    from gdb_export.gcs.gcs_source import GcsSource

_SCHEME = "gs://"


class OpenedSource(Source, Protocol):
    """A source that was opened by its location."""

    def info(self) -> SourceInfo: ...


class CloudExtraMissing(Exception):
    """Google's clients are not installed; the message says how to install them."""


class ArrowExtraMissing(Exception):
    """pyarrow is not installed; the message says how to install it."""


@contextmanager
def importing_pyarrow() -> Iterator[None]:
    """Raise ArrowExtraMissing where an import in the block does not find pyarrow."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "gdb_export":
            raise
        install = 'pip install "gdb-export[arrow]"'
        raise ArrowExtraMissing(f"Arrow and Parquet need pyarrow: {install}") from error


@contextmanager
def importing_google_clients(user: str) -> Iterator[None]:
    """Raise CloudExtraMissing where an import in the block finds no client.

    `user` names what needs the clients: a location or a command.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "gdb_export":
            raise
        install = 'pip install "gdb-export[cloud]"'
        raise CloudExtraMissing(f"{user} needs Google's clients: {install}") from error


def open_source(location: str, reads_everything: bool) -> "LocalSource | GcsSource":
    """A source, to be used as a context manager.

    `reads_everything` lets a gs:// object be prefetched if half of the memory can hold it.
    Raises OSError, BadOption, CloudExtraMissing and the errors of Google's client.
    """
    if not location.startswith(_SCHEME):
        return LocalSource(Path(location))
    with importing_google_clients(location):
        from gdb_export.gcs.gcs_source import open_newest

        bucket, name = _bucket_and_name(location)
    return open_newest(bucket, name, memory_limit() // 2 if reads_everything else 0)


def open_further(
    locations: Iterable[str | os.PathLike[str]], entered: ExitStack, reads_everything: bool
) -> list[OpenedSource]:
    """Further sources, closed when `entered` is left; raises as `open_source` does."""
    sources: list[OpenedSource] = []
    for location in locations:
        source = open_source(os.fspath(location), reads_everything)
        entered.enter_context(source)
        sources.append(source)
    return sources


def open_destination(location: str, overwrite: bool) -> "LocalDestination | GcsDestination":
    """A destination, entered by the export. Raises the same errors as `open_source`."""
    if not location.startswith(_SCHEME):
        return LocalDestination(Path(location), overwrite)
    with importing_google_clients(location):
        from gdb_export.gcs.gcs_destination import GcsDestination
        from gdb_export.gcs.zip_name import free_name

        bucket, name = _bucket_and_name(location)
    return GcsDestination(bucket, free_name(bucket, name, overwrite), {})


def open_folder(location: str, overwrite: bool) -> FolderDestination:
    """A folder as destination, entered by the export. Raises the same errors as `open_source`."""
    if not location.startswith(_SCHEME):
        # imported late: docs/architecture.md
        from gdb_export.files.local_folder import LocalFolder

        return LocalFolder(Path(location), overwrite)
    raise BadOption(f"{location}: Parquet is written to a local folder", "destination")


def default_destination(source: str, export_format: str = CSV) -> str:
    """The location of the result of a source, where none was given: for a ZIP the source's with
    .zip, for Parquet a folder with the source's name without its suffix."""
    scheme = _SCHEME if source.startswith(_SCHEME) else ""
    path = PurePosixPath(source.removeprefix(scheme)) if scheme else Path(source)
    if export_format == CSV:
        return scheme + str(path.with_suffix(".zip"))
    folder = path.with_suffix("") if path.suffix else path.with_name(f"{path.name}-parquet")
    return scheme + str(folder)


def _bucket_and_name(location: str) -> "tuple[Bucket, str]":
    from google.cloud.storage import Client

    bucket, _, name = location.removeprefix(_SCHEME).partition("/")
    if not bucket or not name:
        raise BadOption(f"{location} is not gs://bucket/name")
    # Objects need no project. Without one the client searches the environment, and may fail.
    return Client(project="").bucket(bucket), name
