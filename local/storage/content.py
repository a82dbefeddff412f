"""Content of an unfinished upload: a temporary file and running checksums."""

import contextlib
import uuid
from pathlib import Path

from local.storage.objects import Checksums

PIECE_BYTES = 256 * 1024  # the service keeps a multiple of this of an interrupted upload


class IncomingContent:
    """Content outside the bucket. `discard` removes the file unless it was moved."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / uuid.uuid4().hex
        self.size = 0
        self._checksums = Checksums()
        self._file = self.path.open("wb", buffering=0)

    def append(self, data: bytes) -> None:
        self._file.write(data)
        self._checksums.update(data)
        self.size += len(data)

    def close(self) -> Checksums:
        self._file.close()
        return self._checksums

    def discard(self) -> None:
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
