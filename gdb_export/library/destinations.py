"""Chooses, checks and opens the destination of an export, before anything is written."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from gdb_export.export.folder import FolderDestination
from gdb_export.export.replaceable import FIRST_BYTES, is_zip, refusal
from gdb_export.files.local_files import LocalDestination
from gdb_export.files.stream_destination import StreamDestination, stream_descriptor
from gdb_export.library.locations import (
    SCHEME,
    bucket_and_name,
    check_scheme,
    importing_google_clients,
)
from gdb_export.options import CSV, PARQUET, BadOption

if TYPE_CHECKING:
    from gdb_export.gcs.gcs_destination import GcsDestination

STANDARD_OUTPUT = "-"
_SUFFIX = ".zip"


def choose_destination(source: str, destination: str | None, export_format: str = CSV) -> str:
    """The location to write to.

    Without `destination`, `default_destination` gives it. In an existing folder, the ZIP gets the
    name that it has there. In a bucket, Parquet gets a prefix that ends in `/`.
    Raises BadOption for a text that is not a location.
    """
    if destination is None:
        return default_destination(source, export_format)
    if not destination:
        raise BadOption("the name of the destination is empty")
    check_scheme(destination)
    is_in_bucket = destination.startswith(SCHEME)
    if export_format == PARQUET:
        if names_standard_output(destination):
            raise BadOption("Parquet is a folder of files: give its name", "destination")
        if is_in_bucket:
            return _bucket_folder(source, destination)
        return _new_folder(source, destination)
    if is_in_bucket:
        bucket, _, name = destination.removeprefix(SCHEME).partition("/")
        is_folder = bucket and (not name or name.endswith("/"))
        return f"{SCHEME}{bucket}/{name}{_zip_name(source)}" if is_folder else destination
    if stream_descriptor(destination) is None and os.path.isdir(destination):
        return str(Path(destination, _zip_name(source)))
    if destination.endswith(("/", os.sep)):
        raise BadOption(f"{destination} is not a folder: make it first")
    return str(Path(destination))


def _new_folder(source: str, destination: str) -> str:
    """The path of a folder to write. Raises BadOption for `.`, `..` and `/`: they give no name."""
    path = Path(destination)
    if path.name in ("", ".."):
        named = path / _folder_name(source)
        raise BadOption(f"{destination} is a folder that exists: name a new one, {named}")
    return str(path)


def names_standard_output(destination: str) -> bool:
    """Whether the location is `-` or another name of standard output."""
    return stream_descriptor(destination) == 1


def default_destination(source: str, export_format: str = CSV) -> str:
    """The location beside the source: `BACKUP.zip` for `BACKUP.GDB`, or for Parquet the folder
    `BACKUP`. Raises BadOption."""
    name = _zip_name(source)
    end = ""
    if export_format == PARQUET:
        name, end = _folder_name(source), "/"
    if not source.startswith(SCHEME):
        return str(Path(source).with_name(name))
    return SCHEME + str(PurePosixPath(source.removeprefix(SCHEME)).with_name(name)) + end


def _bucket_folder(source: str, destination: str) -> str:
    """The prefix for Parquet: a folder or a bucket gets one with the source's name."""
    bucket, _, name = destination.removeprefix(SCHEME).partition("/")
    if not bucket or (name and not name.endswith("/")):
        return f"{destination}/"
    return f"{SCHEME}{bucket}/{name}{_folder_name(source)}/"


def _folder_name(source: str) -> str:
    """BACKUP for the source BACKUP.GDB; BACKUP-parquet if the source itself is named BACKUP."""
    stem = _zip_name(source).removesuffix(_SUFFIX)
    return f"{stem}-parquet" if source.endswith(stem) else stem


def _zip_name(source: str) -> str:
    """BACKUP.zip for the source BACKUP.GDB."""
    if source.startswith(SCHEME):
        bucket_name = PurePosixPath(source.removeprefix(SCHEME))
        if len(bucket_name.parts) < 2:
            raise BadOption(f"{source} is not gs://bucket/name")
        return bucket_name.with_suffix(_SUFFIX).name
    path = Path(source)
    if path.name in ("", ".."):
        raise BadOption(f"{source} is a folder: give the database in it")
    if stream_descriptor(source) is not None or str(path.parent) in ("/dev", "/proc"):
        raise BadOption(f"{source} has no folder for a ZIP: give a destination")
    return path.with_suffix(_SUFFIX).name


def check_destination(
    destination: str,
    sources: Sequence[str],
    statuses: Sequence[os.stat_result],
    overwrite: bool,
    export_format: str = CSV,
) -> None:
    """Raise BadOption if the export would write over its source or another database, or
    replace anything but a ZIP (for Parquet, anything but the folder of an export).

    `sources` are the locations of the source's files, `statuses` the results of stat for files
    without a location. The contents of a bucket are checked when the destination is opened.
    """
    if destination.startswith(SCHEME):
        if destination in sources:
            raise BadOption(_same(destination))
        return
    descriptor = stream_descriptor(destination)
    try:
        status = os.stat(destination if descriptor is None else descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return
    located = (status for location in sources for status in file_status(location))
    if any(os.path.samestat(status, source_status) for source_status in [*statuses, *located]):
        is_file = descriptor is None and stat.S_ISREG(status.st_mode)
        if is_file and is_zip(_first_bytes(Path(destination), overwrite)):
            raise BadOption(f"{destination} is a ZIP: unpack it and give the database in it")
        raise BadOption(_same(destination))
    if export_format == PARQUET:
        _check_existing_folder(destination, status.st_mode, overwrite)
    elif descriptor is None:
        _check_existing(destination, status.st_mode, overwrite)


def _check_existing(destination: str, mode: int, overwrite: bool) -> None:
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise BadOption(f"{destination} is neither a file nor a folder: give another destination")
    if stat.S_ISREG(mode):
        # A link keeps its name, and the file that it leads to is replaced.
        is_link = overwrite and os.path.islink(destination)
        replaced = os.path.realpath(destination) if is_link else destination
        reason = refusal(replaced, _first_bytes(Path(destination), overwrite), overwrite)
        if reason:
            raise BadOption(reason)


def _check_existing_folder(destination: str, mode: int, overwrite: bool) -> None:
    # imported late: docs/architecture.md
    from gdb_export.files.local_folder import folder_refusal

    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise BadOption(f"{destination} is neither a file nor a folder: give another destination")
    reason = folder_refusal(Path(destination)) if overwrite else None
    if stat.S_ISREG(mode):
        first = _first_bytes(Path(destination), overwrite)
        reason = refusal(destination, first, overwrite=False) or reason
    if reason:
        raise BadOption(reason)


def _same(destination: str) -> str:
    name = "standard output" if names_standard_output(destination) else destination
    return f"{name} is the source itself: give another destination"


def _first_bytes(path: Path, overwrite: bool) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(FIRST_BYTES)
    except PermissionError:
        if overwrite:
            raise
        return b""  # it is not replaced, whatever it is


def file_status(source: str | BinaryIO) -> tuple[os.stat_result, ...]:
    """The status of a local path or an open file; empty where there is no file."""
    try:
        return (os.stat(source if isinstance(source, str) else source.fileno()),)
    except (OSError, ValueError, AttributeError):
        return ()


def open_folder(
    location: str, overwrite: bool, before_commit: Callable[[], None] = lambda: None
) -> FolderDestination:
    """A folder or a prefix in a bucket as destination, entered by the export. Raises the same
    errors as `open_destination`."""
    if location.startswith(SCHEME):
        with importing_google_clients(location):
            from gdb_export.gcs.exports.folder_destination import GcsFolder

            bucket, prefix = bucket_and_name(location)
        return GcsFolder(bucket, prefix, overwrite, before_commit=before_commit)
    # imported late: docs/architecture.md
    from gdb_export.files.local_folder import LocalFolder

    return LocalFolder(Path(location), overwrite, before_commit)


def open_destination(
    location: str, overwrite: bool, before_commit: Callable[[], None] = lambda: None
) -> "LocalDestination | StreamDestination | GcsDestination":
    """A destination, entered by the export. `before_commit` is called when everything is written.

    Raises OSError, BadOption, CloudExtraMissing and the errors of Google's client.
    """
    if location.startswith(SCHEME):
        with importing_google_clients(location):
            from gdb_export.gcs.gcs_destination import GcsDestination
            from gdb_export.gcs.zip_name import free_name

            bucket, name = bucket_and_name(location)
        return GcsDestination(bucket, free_name(bucket, name, overwrite), {}, before_commit)
    descriptor = stream_descriptor(location)
    if descriptor is not None:
        name = "standard output" if descriptor == 1 else location
        return StreamDestination(name, descriptor, before_commit)
    if _is_stream(location):
        return StreamDestination(location, None, before_commit)
    return LocalDestination(Path(location), overwrite, before_commit)


def _is_stream(location: str) -> bool:
    """Whether the location is a pipe or a character device, such as /dev/null."""
    try:
        mode = os.stat(location).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
