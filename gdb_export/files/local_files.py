"""Source, destination and spill store on a local disk."""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from gdb_export.export.manifest import SourceInfo

_BUFFER_BYTES = 1 << 20  # small tables are written in small blocks


class LocalSource:
    """A file, read by position so that threads can share it.

    The file is not mapped into memory: mapped pages would count as memory of the process.
    """

    coalescing_window = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb", buffering=0)
        self._read_at = _positioned_read(self._file)
        self.size = os.fstat(self._file.fileno()).st_size
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
        path = self._path.with_name(name) if name not in ("", ".", "..") else None
        if path is None or not path.is_file():
            return None
        self._adjacent.append(LocalSource(path))
        return self._adjacent[-1]

    def info(self) -> SourceInfo:
        modified = datetime.fromtimestamp(os.fstat(self._file.fileno()).st_mtime, UTC)
        return SourceInfo(self._path.name, self.size, None, modified)


def _positioned_read(file: BinaryIO) -> Callable[[int, int], bytes]:
    """A function (length, offset) → bytes that several threads may call at once."""
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
    set.
    """

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        self._path = path
        self._overwrite = overwrite
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.part")

    @property
    def uri(self) -> str:
        return str(self._path)

    def __enter__(self) -> "LocalDestination":
        self._file = self._temporary.open("xb", _BUFFER_BYTES)
        return self

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def spill_store(self) -> "FileSpill":
        return FileSpill(self._path.parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        try:
            if kind is None:
                self._commit()
        finally:
            self._temporary.unlink(missing_ok=True)

    def _commit(self) -> None:
        if self._overwrite:
            self._temporary.replace(self._path)
            return
        first, count = self._path, 0
        while True:
            try:
                # A hard link never replaces an existing file.
                os.link(self._temporary, self._path)
                return
            except FileExistsError:
                count += 1
                self._path = first.with_name(f"{first.stem}-export{count}{first.suffix}")


class FileSpill:
    """Spill store in an anonymous temporary file, used by one thread.

    The file has no name, so nothing of it remains however the process ends. `folder` is that of
    the destination, which must have room for the whole ZIP anyway.
    """

    def __init__(self, folder: Path) -> None:
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

    def get(self, key: int, then: int | None) -> bytes:
        offset, length = self._extents[key]
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) != length:
            raise OSError(f"the temporary file returned {len(data)} of {length} spilled bytes")
        return data

    def close(self) -> None:
        self._file.close()
