"""Exports any bytes and checks the invariant of the reader.

Any bytes give rows or a FirebirdError, the same from the reference and the compiled implementation,
and the bytes read from the source are bounded by the size of the file.
"""

from gdb_export import csv_rows
from tests.firebird.memory_source import MemorySource
from tests.hostile.mutants import difference, outcome

# The bytes that an export may read for each byte of the file, and of any file: the recovery of a
# lost catalogue reads a file several times, and the index of a backup reads it once more
MAX_READS_PER_BYTE, MAX_READS = 200, 16 << 20


class BoundedSource(MemorySource):
    """Fails when more bytes are read from it than the size of the file allows."""

    bytes_read = 0

    def read(self, offset: int, length: int) -> bytes:
        content = super().read(offset, length)
        self.bytes_read += len(content)
        limit = MAX_READS_PER_BYTE * self.size + MAX_READS
        assert self.bytes_read <= limit, f"read {self.bytes_read} bytes of a file of {self.size}"
        return content


def check_export(data: bytes) -> None:
    """Raise an exception if the export of the bytes violates the invariant."""
    expected = outcome(BoundedSource(data), csv_rows.REFERENCE)
    if csv_rows.COMPILED:
        compiled = outcome(BoundedSource(data), csv_rows.IMPLEMENTATION)
        assert compiled == expected, f"the outcomes differ: {difference(compiled, expected)}"
