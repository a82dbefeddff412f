"""Content on its way in: a file of its own and running checksums, until it becomes an object."""

import contextlib
import uuid
from pathlib import Path

from local.storage.objects import Checksums

PIECE = 256 * 1024  # what a server may keep of an unfinished upload is a multiple of this


class IncomingContent:
    """Nothing of it is seen in the bucket. `discard` removes what was not moved away."""

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
