"""Opens sources: a local path or gs://bucket/name.

Google's client takes half a second to load, so only a gs:// location imports it.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gdb_export.export.manifest import SourceInfo
from gdb_export.files.local_files import LocalSource
from gdb_export.firebird.core.source import Source
from gdb_export.memory_limit import memory_limit
from gdb_export.options import BadOption

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

    from gdb_export.gcs.gcs_source import GcsSource

SCHEME = "gs://"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


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
def importing_google_clients(user: str, extra: str = "cloud") -> Iterator[None]:
    """Raise CloudExtraMissing where an import in the block finds no client.

    `user` is the location or the command that needs the clients, for the message. `extra`
    installs them.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "gdb_export":
            raise
        install = f'pip install "gdb-export[{extra}]"'
        raise CloudExtraMissing(f"{user} needs Google's clients: {install}") from error


def open_source(location: str, reads_everything: bool) -> "LocalSource | GcsSource":
    """A source, to be used as a context manager.

    `reads_everything` lets a gs:// object be prefetched if half of the memory can hold it.
    Raises OSError, BadOption, CloudExtraMissing and the errors of Google's client.
    """
    check_source(location)
    if not location.startswith(SCHEME):
        return LocalSource(Path(location))
    with importing_google_clients(location):
        from gdb_export.gcs.gcs_source import open_newest

        bucket, name = bucket_and_name(location)
    return open_newest(bucket, name, memory_limit() // 2 if reads_everything else 0)


def open_sources(
    locations: Iterable[str | os.PathLike[str]], exit_stack: ExitStack, reads_everything: bool
) -> list[OpenedSource]:
    """The sources at these locations, which are closed when `exit_stack` is closed. Raises the
    errors of `open_source`."""
    sources: list[OpenedSource] = []
    for location in locations:
        source = open_source(os.fspath(location), reads_everything)
        exit_stack.enter_context(source)
        sources.append(source)
    return sources


def check_scheme(location: str) -> None:
    """Raise BadOption for a URL that is not gs://bucket/name."""
    if _URL.match(location) and not location.startswith(SCHEME):
        raise BadOption(f"{location}: a location is a local path or gs://bucket/name")


def check_source(location: str) -> None:
    """Raise BadOption for a location without random access: a pipe, a device, a folder."""
    if not location:
        raise BadOption("the name of the source is empty")
    check_scheme(location)
    if location.startswith(SCHEME):
        return
    try:
        mode = os.stat(location).st_mode
    except OSError:
        if location == "-":
            raise BadOption(
                "a database can't be read from standard input: save it to a file first"
            ) from None
        return
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        raise BadOption(f"{location} is a pipe: save the database to a file first")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise BadOption(f"{location} is a device: save the database to a file first")
    if stat.S_ISDIR(mode):
        raise BadOption(f"{location} is a folder: give the database in it")


def bucket_and_name(location: str) -> "tuple[Bucket, str]":
    """The bucket and the object's name of a gs:// location. Raises BadOption."""
    from google.cloud.storage import Client

    bucket, _, name = location.removeprefix(SCHEME).partition("/")
    if not bucket or not name:
        raise BadOption(f"{location} is not gs://bucket/name")
    # Objects need no project. Without one the client searches the environment, and may fail.
    client = Client(project="")
    try:
        return client.bucket(bucket), name
    except ValueError as error:
        raise BadOption(f"{location}: {error}") from error
