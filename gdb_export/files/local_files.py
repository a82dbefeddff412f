"""Source and Destination on a local disk: an export without any cloud."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from gdb_export.export.manifest import SourceInfo

if TYPE_CHECKING:
    from gdb_export.files.file_spill import FileSpill

_BUFFER_BYTES = 1 << 20  # small tables come in small pieces


class LocalSource:
    """A file, read by position so that threads don't disturb each other.

    It is not mapped into memory: mapped pages would count as the process's own.
    """

    coalescing_window = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size
        self.name = path.name
        self._adjacent: list[LocalSource] = []

    def __enter__(self) -> "LocalSource":
        return self

    def __exit__(self, *_: object) -> None:
        for open_adjacent in self._adjacent:
            open_adjacent.__exit__()
        self._file.close()

    def read(self, offset: int, length: int) -> bytes:
        data = os.pread(self._file.fileno(), length, offset)
        while len(data) < length:
            more = os.pread(self._file.fileno(), length - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """The operating system reads ahead by itself."""

    def open_adjacent(self, name: str) -> "LocalSource | None":
        path = self._path.with_name(name) if name not in ("", ".", "..") else None
        if path is None or not path.is_file():
            return None
        self._adjacent.append(LocalSource(path))
        return self._adjacent[-1]

    def info(self) -> SourceInfo:
        modified = datetime.fromtimestamp(os.fstat(self._file.fileno()).st_mtime, UTC)
        return SourceInfo(self._path.name, self.size, None, modified)


class LocalDestination:
    """A file that appears under its name, whole, when the export has ended well.

    An existing file is left alone and the name gets `-export1`, `-export2` …, unless it is to be
    overwritten.
    """

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        self._path = path
        self._overwrite = overwrite
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")

    @property
    def uri(self) -> str:
        return str(self._path)

    def __enter__(self) -> "LocalDestination":
        self._file = self._part.open("xb", _BUFFER_BYTES)
        return self

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def spill_store(self) -> "FileSpill":
        # of what it loads an export of a local file needs nothing
        from gdb_export.files.file_spill import FileSpill

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
            self._part.unlink(missing_ok=True)

    def _commit(self) -> None:
        if self._overwrite:
            self._part.replace(self._path)
            return
        first, count = self._path, 0
        while True:
            try:
                # a link fails where the name is taken, and replaces nothing
                os.link(self._part, self._path)
                return
            except FileExistsError:
                count += 1
                self._path = first.with_name(f"{first.stem}-export{count}{first.suffix}")
