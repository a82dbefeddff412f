"""Where a command reads and writes: a path, or gs://bucket/name.

Google's client takes half a second to load, so only a gs:// place loads it.
"""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gdb_export.files.local_files import LocalDestination, LocalSource
from gdb_export.memory_limit import memory_limit
from gdb_export.options import BadOption

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

    from gdb_export.gcs.gcs_destination import GcsDestination
    from gdb_export.gcs.gcs_source import GcsSource

_SCHEME = "gs://"


def open_source(place: str, is_for_all: bool) -> "LocalSource | GcsSource":
    """A source, to be used as a context manager; `is_for_all` if all of it is going to be read.

    Raises OSError, BadOption, and what Google's client raises.
    """
    if not place.startswith(_SCHEME):
        return LocalSource(Path(place))
    from gdb_export.gcs.gcs_source import open_newest

    bucket, name = _bucket_and_name(place)
    return open_newest(bucket, name, memory_limit() // 2 if is_for_all else 0)


def destination_at(place: str, overwrite: bool) -> "LocalDestination | GcsDestination":
    """Raises as `open_place` does."""
    if not place.startswith(_SCHEME):
        return LocalDestination(Path(place), overwrite)
    from gdb_export.gcs.gcs_destination import GcsDestination
    from gdb_export.gcs.zip_name import free_name

    bucket, name = _bucket_and_name(place)
    return GcsDestination(bucket, free_name(bucket, name, overwrite), {})


def beside(source: str) -> str:
    """The place of the ZIP of a source, where none was chosen."""
    if not source.startswith(_SCHEME):
        return str(Path(source).with_suffix(".zip"))
    return _SCHEME + str(PurePosixPath(source.removeprefix(_SCHEME)).with_suffix(".zip"))


def _bucket_and_name(place: str) -> "tuple[Bucket, str]":
    from google.cloud.storage import Client

    bucket, _, name = place.removeprefix(_SCHEME).partition("/")
    if not bucket or not name:
        raise BadOption(f"{place} is not gs://bucket/name")
    # The project is of no matter to objects; without one the client looks for it and may fail.
    return Client(project="").bucket(bucket), name
