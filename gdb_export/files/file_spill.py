"""What is put aside in a file without a name: nothing of it is left, however the process ends."""

import os
import tempfile
from pathlib import Path


class FileSpill:
    """In a folder that has the room, as the whole of the export is going to lie there."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)
        self._extents: list[tuple[int, int]] = []
        self._end = 0

    def put(self, data: bytes) -> int:
        self._file.write(data)
        self._extents.append((self._end, len(data)))
        self._end += len(data)
        return len(self._extents) - 1

    def get(self, key: int, then: int | None) -> bytes:
        offset, length = self._extents[key]
        self._file.flush()
        data = os.pread(self._file.fileno(), length, offset)
        if len(data) != length:
            raise OSError(f"{len(data)} bytes where {length} were put aside")
        return data

    def close(self) -> None:
        self._file.close()
