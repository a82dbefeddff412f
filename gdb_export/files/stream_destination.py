"""A destination that takes bytes as they come: standard output, a pipe or a device."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from gdb_export.files.local_files import FileSpill

_BUFFER_BYTES = 1 << 20
_STANDARD_DESCRIPTORS = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2}
_OPEN_FILES = re.compile(r"(?:/dev|/proc/self)/fd/(\d+)")


def stream_descriptor(location: str) -> int | None:
    """The number of the open file that a location names, such as 1 for `-`, or None."""
    if location in _STANDARD_DESCRIPTORS:
        return _STANDARD_DESCRIPTORS[location]
    match = _OPEN_FILES.fullmatch(location)
    return int(match[1]) if match else None


class StreamDestination:
    """Writes directly to a stream: after a failure it has received the start of a ZIP.

    `uri` is its name in messages. `descriptor` is an open file; without one the path `uri` is
    opened. `before_commit` is called when everything is written; an exception from it is the
    export's failure.
    """

    def __init__(
        self, uri: str, descriptor: int | None, before_commit: Callable[[], None] = lambda: None
    ) -> None:
        self.uri = uri
        self._descriptor = descriptor
        self._before_commit = before_commit

    def __enter__(self) -> "StreamDestination":
        try:
            self._file = self._open()
        except OSError as error:
            raise _named(error, self.uri) from error
        return self

    def write(self, data: bytes) -> None:
        """Raises BrokenPipeError when the reader has gone, and OSError."""
        try:
            self._file.write(data)
        except OSError as error:
            raise _named(error, self.uri) from error

    def spill_store(self) -> FileSpill:
        return FileSpill(None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
        except OSError as closing_error:
            if kind is None:
                raise _named(closing_error, self.uri) from closing_error
        if kind is None:
            self._before_commit()

    def _open(self) -> BinaryIO:
        if self._descriptor is not None:
            return os.fdopen(os.dup(self._descriptor), "wb", _BUFFER_BYTES)
        # Neither creates nor truncates a file: only for a pipe or a device that exists.
        descriptor = os.open(Path(self.uri), os.O_WRONLY)
        return os.fdopen(descriptor, "wb", _BUFFER_BYTES)


def _named(error: OSError, name: str) -> OSError:
    return error if error.errno is None else OSError(error.errno, error.strerror, name)
