"""An export is left while it is planned, as well as later."""

import pytest

from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.progress import Cancelled, Progress
from tests.export.in_memory import export_in_memory
from tests.firebird.gbak.backup_builder import backup, field, relation, row, rows
from tests.firebird.memory_source import MemorySource

INTEGER = 8


class AskedToStop(MemorySource):
    """Somebody asks for the end after the third read."""

    progress = Progress()

    def read(self, offset: int, length: int) -> bytes:
        if self.reads == 3:
            self.progress.cancel("enough")
        return super().read(offset, length)


def test_a_backup_is_not_read_on_when_somebody_asked_for_the_end() -> None:
    numbers = [row(value.to_bytes(4, "big") + bytes(4)) for value in range(200_000)]
    data = backup(relation("A", [field("ID", INTEGER, 4, 0)]), rows("A", numbers))
    source = AskedToStop(data)
    with pytest.raises(Cancelled, match="enough"):
        export_in_memory(source, progress=source.progress)
    assert source.reads == 4
    assert len(data) > 4_000_000


def test_files_beside_the_source_are_watched_too() -> None:
    def refuse() -> None:
        raise Cancelled("stop")

    beside = MemorySource(b"beside")
    watched = CancellableSource(MemorySource(b"", adjacent={"b": beside}), refuse)
    found = watched.open_adjacent("b")
    assert watched.open_adjacent("c") is None
    assert found is not None
    with pytest.raises(Cancelled):
        found.read(0, 6)
