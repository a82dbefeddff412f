"""Cancellation while an export is planned."""

import pytest

from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.progress import Cancelled, Progress
from tests.export.in_memory import export_in_memory
from tests.firebird.gbak.backup_builder import backup, field, relation, row, rows
from tests.firebird.memory_source import MemorySource

INTEGER = 8


class CancellingSource(MemorySource):
    """Cancels the export after the third read."""

    progress = Progress()

    def read(self, offset: int, length: int) -> bytes:
        if self.reads == 3:
            self.progress.cancel("enough")
        return super().read(offset, length)


def test_a_backup_is_not_read_further_after_a_cancellation() -> None:
    integer_rows = [row(value.to_bytes(4, "big") + bytes(4)) for value in range(200_000)]
    data = backup(relation("A", [field("ID", INTEGER, 4, 0)]), rows("A", integer_rows))
    source = CancellingSource(data)
    with pytest.raises(Cancelled, match="enough"):
        export_in_memory(source, progress=source.progress)
    assert source.reads == 4
    assert len(data) > 4_000_000


def test_adjacent_files_check_for_cancellation_too() -> None:
    def refuse() -> None:
        raise Cancelled("stop")

    adjacent = MemorySource(b"adjacent")
    source = CancellableSource(MemorySource(b"", adjacent={"b": adjacent}), refuse)
    opened = source.open_adjacent("b")
    assert source.open_adjacent("c") is None
    assert opened is not None
    with pytest.raises(Cancelled):
        opened.read(0, 6)
