"""Writes the record batches of a table as one Parquet file."""

import io
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from gdb_export.export.folder import FileWriter
from gdb_export.zip.deflate import crc32

# A row group ends with the chunk or the batch that reaches one of these limits
_GROUP_SOURCE_BYTES = 64 << 20
_GROUP_ARROW_BYTES = 64 << 20
# The second limit where rows have more than _LARGE_ROW bytes on average: the encoder holds a row
# group several times, and values that large gain nothing by long row groups
_LARGE_ROW, _GROUP_LARGE_BYTES = 64 << 10, 8 << 20
_MAX_LEVEL = 9
_BUFFER_BYTES = 1 << 20
# Estimated memory of an array besides its values: the larger part in tables of thousands of columns
_ARRAY_BYTES = 1 << 10
# If a row group has more arrays than this, its batches are joined
_GROUP_ARRAYS = 32 << 10


class FileSummary(NamedTuple):
    """Size and CRC-32 of a file, and its number of rows."""

    rows: int
    size: int
    crc: int


def memory_of(batch: pa.RecordBatch) -> int:
    """The bytes of memory that a batch takes."""
    value_bytes: int = batch.nbytes
    columns: int = batch.num_columns
    return value_bytes + _ARRAY_BYTES * columns


class TableFile:
    """One Parquet file. A context manager: without `close` the file is incomplete, and leaving
    the context discards what is not yet written."""

    def __init__(self, target: FileWriter, schema: pa.Schema, level: int | None) -> None:
        """`level` is the compression level, 0 to 9; None for zstd's own default."""
        self._target = _Target(target)
        self._schema = schema
        # the encoder writes a few KB at a time; a call of Python would wait for other threads
        target_file = pa.PythonFile(self._target, mode="w")
        self._stream = pa.BufferedOutputStream(target_file, _BUFFER_BYTES)
        self._writer = pq.ParquetWriter(
            self._stream,
            schema,
            version="2.6",
            compression="zstd",
            compression_level=None if level is None else min(max(level, 1), _MAX_LEVEL),
            use_dictionary=True,
            write_statistics=True,
        )
        self._batches: list[pa.RecordBatch] = []
        self._arrow_bytes = self._source_bytes = self._rows = self._group_rows = 0

    def __enter__(self) -> "TableFile":
        return self

    def __exit__(self, *_: object) -> None:
        # without `close` the writer would write its footer when Python frees it
        self._target.is_discarded = True
        self._writer.close()
        self._stream.close()

    def add(self, batch: pa.RecordBatch) -> None:
        self._rows += batch.num_rows
        self._group_rows += batch.num_rows
        self._batches.append(batch)
        self._arrow_bytes += batch.nbytes
        is_large = self._arrow_bytes > _LARGE_ROW * self._group_rows
        max_bytes = _GROUP_LARGE_BYTES if is_large else _GROUP_ARROW_BYTES
        if self._arrow_bytes + _ARRAY_BYTES * len(self._schema) >= max_bytes:
            self._write_group()
        elif len(self._batches) * len(self._schema) > _GROUP_ARRAYS:
            self._batches = pa.Table.from_batches(self._batches).combine_chunks().to_batches()

    def end_chunk(self, source_bytes: int) -> None:
        """End a chunk that has read `source_bytes`; write the row group if it is full."""
        self._source_bytes += source_bytes
        if self._source_bytes >= _GROUP_SOURCE_BYTES:
            self._write_group()

    def close(self) -> FileSummary:
        """Write the rest and the footer."""
        self._write_group()
        self._writer.close()
        self._stream.flush()
        return FileSummary(self._rows, self._target.size, self._target.crc)

    @property
    def size(self) -> int:
        """The bytes written so far, but not those in the buffer."""
        return self._target.size

    def _write_group(self) -> None:
        batches, self._batches = self._batches, []
        self._arrow_bytes = self._source_bytes = self._group_rows = 0
        if batches:
            table = pa.Table.from_batches(batches, self._schema)
            self._writer.write_table(table, row_group_size=table.num_rows)


class _Target(io.RawIOBase):
    """Passes the bytes on, and computes their number and CRC-32."""

    def __init__(self, target: FileWriter) -> None:
        self._write = target.write
        self.size = self.crc = 0
        self.is_discarded = False

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: bytes) -> int:  # type: ignore[override]  # pyarrow passes bytes
        if self.is_discarded:
            return len(data)
        self._write(data)
        self.size += len(data)
        self.crc = crc32(data, self.crc)
        return len(data)
