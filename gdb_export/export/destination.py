"""The destination of a ZIP. The final name appears only after a successful export."""

from types import TracebackType
from typing import Protocol

from gdb_export.chunks.spill_buffer import SpillStore


class Destination(Protocol):
    """A context manager: leaving it with an exception removes everything that was written."""

    @property
    def uri(self) -> str:
        """The location of the complete ZIP; leaving the context may change it."""
        ...

    def __enter__(self) -> "Destination": ...

    def write(self, data: bytes) -> None: ...

    def spill_store(self) -> SpillStore:
        """A new store for data that is written to the ZIP later."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class RevocableDestination(Destination, Protocol):
    """A destination whose complete ZIP can be removed again."""

    def revoke(self) -> None:
        """Remove the complete ZIP, unless it has replaced another one."""
        ...
