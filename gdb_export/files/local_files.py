"""Source, destination and spill store on a local disk."""

import os
import stat
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from gdb_export.export.manifest import SourceInfo
from gdb_export.files.partial_file import PartialFile

_HEADER_BYTES = 1024  # enough for the header's counters, which change with each transaction


class SourceChanged(OSError):
    """The file changed while it was read, so the bytes that were read may mix two states of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path} changed while it was read: export it again when no program writes to it (a"
            " copy that still runs, an engine at work), or allow it with --allow-changes"
        )


class LocalSource:
    """A file, read by position so that threads can share it.

    The file is not mapped into memory: mapped pages would count as memory of the process.
    """

    coalescing_window = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        if not stat.S_ISREG(path.stat().st_mode):
            # to open a FIFO waits for a writer, and devices have no length
            raise OSError(f"{path} is not a regular file: give a file on disk")
        self._file = path.open("rb", buffering=0)
        self._read_at = _positioned_read(self._file)
        self._stat_at_open = os.fstat(self._file.fileno())
        self.size = self._stat_at_open.st_size
        try:
            self._header = self.read(0, _HEADER_BYTES)
        except BaseException:
            self._file.close()
            raise
        self.name = path.name
        self._adjacent: list[LocalSource] = []

    def __enter__(self) -> "LocalSource":
        return self

    def __exit__(self, *_: object) -> None:
        for adjacent in self._adjacent:
            adjacent.__exit__()
        self._file.close()

    def read(self, offset: int, length: int) -> bytes:
        data = self._read_at(length, offset)
        while len(data) < length:
            more = self._read_at(length - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Does nothing: the operating system reads ahead."""

    def adjacent_names(self) -> Iterable[str]:
        with os.scandir(self._path.parent) as entries:
            return [entry.name for entry in entries if entry.is_file()]

    def open_adjacent(self, name: str) -> "LocalSource | None":
        """Open a regular file of the same folder; None if there is none of that name, or if the
        file system does not allow the name.

        The name comes from the database file, so it is not trusted: a symbolic link is opened only
        if the database file was given as a link too."""
        if name in ("", ".", ".."):
            return None
        try:
            path = self._path.with_name(name)
            if not path.is_file() or (path.is_symlink() and not self._path.is_symlink()):
                return None
        except (OSError, ValueError):
            return None
        self._adjacent.append(LocalSource(path))
        return self._adjacent[-1]

    def check_unchanged(self) -> None:
        """Raise SourceChanged if this file, or an adjacent one that was opened, is not as it was
        when it was opened: size, times, identity and the start of the header page."""
        if self._is_changed():
            raise SourceChanged(self._path)
        for adjacent in self._adjacent:
            adjacent.check_unchanged()

    def _is_changed(self) -> bool:
        now, at_open = os.fstat(self._file.fileno()), self._stat_at_open
        if (now.st_size, now.st_mtime_ns) != (at_open.st_size, at_open.st_mtime_ns):
            return True
        if self.read(0, _HEADER_BYTES) != self._header:
            return True
        try:
            path_stat = self._path.stat()
        except OSError:
            return False  # moved or removed meanwhile: the bytes that were read are the same
        # A program that restores the modification time still changes the ctime. A new hard link
        # changes the ctime too, but no byte of the file.
        is_touched = now.st_ctime_ns != at_open.st_ctime_ns and now.st_nlink == at_open.st_nlink
        return is_touched or not os.path.samestat(path_stat, at_open)

    def info(self) -> SourceInfo:
        modified = datetime.fromtimestamp(self._stat_at_open.st_mtime, UTC)
        return SourceInfo(self._path.name, self.size, None, modified)


def _positioned_read(file: BinaryIO) -> Callable[[int, int], bytes]:
    """Return a function (length, offset) → bytes that several threads may call at once."""
    if hasattr(os, "pread"):
        return partial(os.pread, file.fileno())
    # Windows has no pread: seek and read under a lock.
    lock = threading.Lock()

    def read(length: int, offset: int) -> bytes:
        with lock:
            file.seek(offset)
            return file.read(length)

    return read


class LocalDestination:
    """A file that appears under its name when the export has succeeded.

    An existing file is kept and the name becomes `-export1`, `-export2` …, unless `overwrite` is
    set. `before_commit` is called when everything is written; an exception from it removes the
    file. Errors of the file system name the destination.
    """

    def __init__(
        self,
        path: Path,
        overwrite: bool = False,
        before_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        # A link to a ZIP stays a link: the file that it leads to is replaced.
        self._target = path.resolve() if overwrite and path.is_symlink() else path
        self._overwrite = overwrite
        self._before_commit = before_commit

    @property
    def uri(self) -> str:
        return str(self._path)

    def __enter__(self) -> "LocalDestination":
        try:
            self._partial = PartialFile(self._target)
        except OSError as error:
            raise _named(error, self._path) from error
        return self

    def write(self, data: bytes) -> None:
        try:
            self._partial.write(data)
        except OSError as error:
            raise _named(error, self._path) from error

    def spill_store(self) -> "FileSpill":
        return FileSpill(self._path.parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            self._partial.discard()

    def revoke(self) -> None:
        """Remove the complete file, unless it has replaced another one."""
        if not self._overwrite:
            self._path.unlink(missing_ok=True)

    def _commit(self) -> None:
        try:
            self._partial.close()
        except OSError as error:
            raise _named(error, self._path) from error
        self._before_commit()
        try:
            if self._overwrite:
                self._partial.replace(self._target)
            else:
                self._path = self._link()
        except OSError as error:
            raise _named(error, self._path) from error

    def _link(self) -> Path:
        """Give the file its name, or the first numbered one that is free. Return the name."""
        path, count = self._path, 0
        while True:
            try:
                self._partial.link(path)
                return path
            except FileExistsError:
                count += 1
                path = self._path.with_name(f"{self._path.stem}-export{count}{self._path.suffix}")


def _named(error: OSError, path: Path) -> OSError:
    """Return the error with the name of the destination instead of the partial file's."""
    if error.errno is None:
        return error
    return OSError(error.errno, error.strerror, str(path))


class FileSpill:
    """Spill store in an anonymous temporary file, used by one thread.

    The file has no name, so nothing of it remains however the process ends. `folder` is that of
    the destination, which must have room for the whole ZIP anyway; None is the system's folder
    for temporary files.
    """

    def __init__(self, folder: Path | None) -> None:
        import tempfile  # imported late: docs/architecture.md

        self._file = tempfile.TemporaryFile(dir=folder)
        self._extents: list[tuple[int, int]] = []
        self._end = 0

    def put(self, data: bytes) -> int:
        self._file.seek(self._end)
        self._file.write(data)
        self._extents.append((self._end, len(data)))
        self._end += len(data)
        return len(self._extents) - 1

    def get(self, key: int, next_key: int | None) -> bytes:
        offset, length = self._extents[key]
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) != length:
            raise OSError(f"the temporary file returned {len(data)} of {length} spilled bytes")
        return data

    def close(self) -> None:
        self._file.close()
