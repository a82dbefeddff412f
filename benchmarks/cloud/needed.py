"""The bytes of a database that an export needs: the minimum to fetch from a bucket."""

from collections.abc import Iterable
from pathlib import Path

from gdb_export.export.export import export
from gdb_export.files.local_files import FileSpill, LocalSource
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress


class RecordingSource(LocalSource):
    """A file that records the pages that are read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            header = file.read(18)
        self.page_size = int.from_bytes(header[16:18], "little")
        self.pages: set[int] = set()
        super().__init__(path)

    def read(self, offset: int, length: int) -> bytes:
        last = (min(offset + length, self.size) - 1) // self.page_size
        self.pages.update(range(offset // self.page_size, last + 1))
        return super().read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        pass

    @property
    def bytes_read(self) -> int:
        """The bytes of the recorded pages, each counted once."""
        return len(self.pages) * self.page_size


class DiscardingDestination:
    """A destination that discards everything."""

    uri = "nowhere"

    def __enter__(self) -> "DiscardingDestination":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, data: bytes) -> None:
        pass

    def spill_store(self) -> FileSpill:
        raise AssertionError("chunks of a local file are read in order")


def needed_bytes(database: Path) -> int:
    """The bytes of the pages that an export of all tables reads."""
    source = RecordingSource(database)
    with source:
        export(source, source.info(), DiscardingDestination(), ExportOptions(workers=2), Progress())
        return source.bytes_read
