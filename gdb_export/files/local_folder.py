"""A folder on a local disk as the destination of an export."""

import io
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from gdb_export.export.replaceable import exported_files
from gdb_export.files.partial_file import PartialFile, partial_path
from gdb_export.zip.member_names import MANIFEST

_BUFFER_BYTES = 1 << 20


class NotAnExport(OSError):
    """The folder that would be replaced holds other files than those of an export."""


class LocalFolder:
    """A folder that appears under its name when the export has succeeded.

    It is written under a hidden name in the same parent folder and locked as a ZIP is. An existing
    folder or file is kept and the name becomes `-export1`, `-export2` …; with `overwrite` a folder
    is replaced if it holds nothing but an export. `before_commit` is called when everything is
    written.
    """

    def __init__(
        self,
        path: Path,
        overwrite: bool = False,
        before_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._overwrite = overwrite
        self._before_commit = before_commit
        self._temporary = partial_path(path, ".folder")
        self._old = partial_path(path, ".old")

    @property
    def uri(self) -> str:
        return str(self._path)

    def __enter__(self) -> "LocalFolder":
        if self._overwrite:
            self._check_replaceable()
        with _errors_named(self._path):
            self._lock = PartialFile(self._path)
            try:
                self._remove_leftovers()
                self._temporary.mkdir()
            except BaseException:
                self._lock.discard()
                raise
        return self

    def _remove_leftovers(self) -> None:
        """Remove the folders that a killed export left; this export holds the lock."""
        if self._temporary.is_dir():
            shutil.rmtree(self._temporary)
        if self._old.is_dir():
            # The export was killed while it replaced an older one: if the new one has not got the
            # name, the older one gets it back.
            if os.path.lexists(self._path):
                shutil.rmtree(self._old)
            else:
                self._old.rename(self._path)

    @contextmanager
    def file(self, path: str) -> Iterator[BinaryIO]:
        target = self._temporary / path
        with _errors_named(self._path):
            target.parent.mkdir(exist_ok=True)
            raw = _DestinationFile(target, self._path)
        with io.BufferedWriter(raw, _BUFFER_BYTES) as file:
            yield file

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._before_commit()
                with _errors_named(self._path):
                    self._commit()
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._lock.discard()

    def _commit(self) -> None:
        if self._overwrite and self._path.exists():
            self._replace()
            return
        first, count = self._path, 0
        while not self._take_name():
            count += 1
            self._path = first.with_name(f"{first.name}-export{count}")

    def _take_name(self) -> bool:
        """Rename the folder to its final name; return False if something has that name."""
        if os.path.lexists(self._path):
            return False
        try:
            # fails if a folder with files has taken the name meanwhile
            self._temporary.rename(self._path)
        except OSError:
            if os.path.lexists(self._path):
                return False
            raise
        return True

    def _replace(self) -> None:
        """Replace an existing export. For a moment between two renames the name is free."""
        self._check_replaceable()
        self._path.rename(self._old)
        try:
            self._temporary.rename(self._path)
        except OSError:
            self._old.rename(self._path)
            raise
        shutil.rmtree(self._old)

    def _check_replaceable(self) -> None:
        if (reason := folder_refusal(self._path)) is not None:
            raise NotAnExport(reason)


class _DestinationFile(io.FileIO):
    """A new file of the folder; errors of writing name the folder."""

    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(path, "xb")
        self._folder = folder

    def write(self, data: Any, /) -> int:
        with _errors_named(self._folder):
            return super().write(data) or 0


@contextmanager
def _errors_named(folder: Path) -> Iterator[None]:
    """Name errors of the file system after the destination, not after its hidden files."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(folder)) from error


def folder_refusal(path: Path) -> str | None:
    """The reason not to replace what has this name, None for an export or if nothing has it."""
    if not os.path.lexists(path):
        return None
    if path.is_symlink() or not path.is_dir():
        return f"{path} is not a folder: remove it, or choose another destination"
    foreign = _first_foreign_file(path, "", _exported_files(path / MANIFEST))
    if foreign is None:
        is_writable = os.access(path, os.W_OK | os.X_OK)
        return None if is_writable else f"{path} is read-only: nothing is replaced"
    return (
        f"{path} holds files that are not of an export, such as {foreign}: nothing is replaced;"
        " choose another destination"
    )


def _first_foreign_file(folder: Path, prefix: str, exported: Collection[str]) -> str | None:
    """The first file in or under the folder that is not in `exported`; the search ends with it."""
    with os.scandir(folder) as entries:
        files_first = sorted(
            entries, key=lambda entry: (entry.is_dir(follow_symlinks=False), entry.name)
        )
    for entry in files_first:
        name = f"{prefix}{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            if name not in exported:
                return name
        elif (inner := _first_foreign_file(Path(entry), f"{name}/", exported)) is not None:
            return inner
    return None


def _exported_files(manifest: Path) -> set[str]:
    """The paths of the files that the manifest lists, and its own; none without a manifest."""
    try:
        return exported_files(manifest.read_bytes())
    except OSError:
        return set()
