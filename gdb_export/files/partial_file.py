"""The file that an export fills before it gets its final name.

`.BACKUP.zip.gdb-export.part` is in the folder of the destination. The process that fills it holds a
lock on it, so a second export to the same destination is refused, and a file without a lock was
left by a process that was killed: the next export removes it.
"""

import contextlib
import os
import sys
import zlib
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_BUFFER_BYTES = 1 << 20  # small tables are written in small blocks
_MAX_NAME_BYTES = 255  # of a file name, in the common file systems


class DestinationBusy(OSError):
    """Another export is writing to the same destination."""


class PartialFile:
    """A new, empty file for the bytes of `destination`. Raises DestinationBusy and OSError."""

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._path = partial_path(destination)
        descriptor = self._create()
        # A second descriptor holds the lock until the file has its name: closing the first one
        # must come before that, because a file system may report a full disk only then.
        self._lock: int | None = os.dup(descriptor) if sys.platform != "win32" else None
        self._file = os.fdopen(descriptor, "wb", _BUFFER_BYTES)
        self._is_moved = False

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def close(self) -> None:
        """Write the buffered bytes."""
        self._file.close()

    def replace(self, path: Path) -> None:
        """Give the closed file this name. An existing file is replaced in one step."""
        self._path.replace(path)
        self._is_moved = True

    def link(self, path: Path) -> None:
        """Give the closed file this name; raises FileExistsError if a file has it."""
        try:
            os.link(self._path, path)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links, such as FAT: reserve the name, then replace.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            self.replace(path)

    def discard(self) -> None:
        """Remove the partial file, if it was not moved, and release the lock."""
        try:
            with contextlib.suppress(OSError):
                self._file.close()
            if not self._is_moved:
                self._path.unlink(missing_ok=True)
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _create(self) -> int:
        """Create the file, lock it, and return its descriptor."""
        while True:
            self._remove_leftover()
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
            try:
                descriptor = os.open(self._path, flags, 0o666)
            except FileExistsError:
                continue  # another export has just created it: it holds the lock, or was killed
            try:
                _lock(descriptor)
                if _is_at(descriptor, self._path):
                    return descriptor
            except BlockingIOError:
                pass  # another export took the new file for a leftover and removes it
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _remove_leftover(self) -> None:
        """Remove the partial file of a process that was killed. Raises DestinationBusy."""
        if sys.platform == "win32":
            # A file that a process has open can't be removed there.
            try:
                self._path.unlink(missing_ok=True)
            except PermissionError as error:
                raise self._busy() from error
            return
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return
        try:
            if not _lock(descriptor):
                raise DestinationBusy(
                    f"another export is writing {self._destination}, or one was killed: if none is"
                    f" running, remove {self._path}"
                )
            # Its bytes stay untouched: a killed export may have given them the final name too.
            if _is_at(descriptor, self._path):
                self._path.unlink()
        except BlockingIOError as error:
            raise self._busy() from error
        finally:
            os.close(descriptor)

    def _busy(self) -> DestinationBusy:
        return DestinationBusy(
            f"another export is writing {self._destination}: wait until it has ended, or give"
            " another destination"
        )


def partial_path(destination: Path, kind: str = "") -> Path:
    """The name of the partial file, the same for each export to this destination. Other `kind`s
    are further hidden files of the export that holds the lock."""
    suffix = f"gdb-export{kind}.part"
    name = f".{destination.name}.{suffix}"
    if len(os.fsencode(name)) > _MAX_NAME_BYTES:
        name = f".{zlib.crc32(os.fsencode(destination.name)):08x}.{suffix}"
    return destination.with_name(name)


def _lock(descriptor: int) -> bool:
    """Lock a file for this process; false if the file system has no locks. Raises BlockingIOError
    if another process holds the lock."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
