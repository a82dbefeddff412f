"""The destination of an export that writes several files: a folder, or a prefix in a bucket."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol


class FileWriter(Protocol):
    def write(self, data: bytes) -> object: ...


class FileStore(Protocol):
    """Takes the files of an export by path."""

    def file(self, path: str) -> AbstractContextManager[FileWriter]:
        """A new file with a path relative to the folder. May be called by several threads."""
        ...


class FolderDestination(FileStore, Protocol):
    """A context manager: leaving it with an exception removes everything that was written."""

    @property
    def uri(self) -> str:
        """The location of the complete folder; leaving the context may change it."""
        ...

    def __enter__(self) -> "FolderDestination": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
