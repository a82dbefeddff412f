"""Where a ZIP goes. Nothing appears under the final name unless the export ended well."""

from types import TracebackType
from typing import Protocol

from gdb_export.chunks.spill_buffer import SpillStore


class Destination(Protocol):
    """Used as a context manager: leaving it by an exception leaves no trace of what was written."""

    @property
    def uri(self) -> str:
        """Where the ZIP is once it is complete; may change when the destination is committed."""
        ...

    def __enter__(self) -> "Destination": ...

    def write(self, data: bytes) -> None: ...

    def spill_store(self) -> SpillStore:
        """A place beside it for what is written later."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
