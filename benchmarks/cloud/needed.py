"""Which bytes of a database an export needs: what a reader from a bucket cannot do without."""

from collections.abc import Iterable
from pathlib import Path

from gdb_export.export.export import export
from gdb_export.files.local_files import FileSpill, LocalSource
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress


class NotingSource(LocalSource):
    """A file that knows which of its pages were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.page_size = int.from_bytes(super().read(16, 2), "little")
        self.pages: set[int] = set()

    def read(self, offset: int, length: int) -> bytes:
        last = (min(offset + length, self.size) - 1) // self.page_size
        self.pages.update(range(offset // self.page_size, last + 1))
        return super().read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        pass

    @property
    def bytes_read(self) -> int:
        """Of whole pages, each once."""
        return len(self.pages) * self.page_size


class Nowhere:
    """A destination that forgets."""

    uri = "nowhere"

    def __enter__(self) -> "Nowhere":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, data: bytes) -> None:
        pass

    def spill_store(self) -> FileSpill:
        raise AssertionError("nothing of a local file is put aside")


def needed_bytes(database: Path) -> int:
    """Bytes of the pages that an export of all tables reads."""
    with NotingSource(database) as source:
        export(source, source.info(), Nowhere(), ExportOptions(workers=2), Progress())
        return source.bytes_read
