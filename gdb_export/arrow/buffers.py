"""Record batches from the buffers of their columns."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import pyarrow as pa

from gdb_export.arrow.column_layouts import ColumnLayout, Storage
from gdb_export.arrow.stored_values import Stored

# A batch ends with the row that reaches MAX_BATCH_BYTES or the limit of `max_batch_rows`. Reference
# and compiled implementation count alike, so they cut the same batches.
MAX_BATCH_BYTES = 8 << 20  # of variable values
_MAX_BATCH_ROWS = 8192
_MIN_BATCH_ROWS = 16
_FIXED_BATCH_BYTES = 16 << 20  # of values of fixed width and offsets


class ColumnBuffers(NamedTuple):
    """The buffers of one column of a batch. `validity` is None without NULLs; `values` are bits,
    fixed values or offsets, or Python lists for Storage.NESTED; `data` are the bytes that offsets
    point into."""

    validity: bytes | None
    values: bytes | list[object]
    data: bytes | None = None


def max_batch_rows(layouts: Sequence[ColumnLayout]) -> int:
    """The number of rows after which a batch ends: fewer for very wide tables."""
    row_bytes = sum(max(layout.width, 4) for layout in layouts)
    rows = _FIXED_BATCH_BYTES // max(row_bytes, 1)
    return max(_MIN_BATCH_ROWS, min(rows, _MAX_BATCH_ROWS))


def record_batch(
    schema: pa.Schema, layouts: Sequence[ColumnLayout], rows: int, columns: Sequence[ColumnBuffers]
) -> pa.RecordBatch:
    """The batch made of these buffers; it refers to them, they are not copied."""
    arrays = [
        _array(field.type, layout, rows, buffers)
        for field, layout, buffers in zip(schema, layouts, columns, strict=True)
    ]
    if not arrays:  # from_arrays takes the number of rows from the first array
        return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(
    arrow_type: pa.DataType, layout: ColumnLayout, rows: int, buffers: ColumnBuffers
) -> pa.Array:
    if layout.storage == Storage.NESTED:
        return pa.array(buffers.values, arrow_type)
    validity = None if buffers.validity is None else pa.py_buffer(buffers.validity)
    parts = [validity, pa.py_buffer(buffers.values)]
    if layout.storage == Storage.VARIABLE:
        parts.append(pa.py_buffer(buffers.data))
    return pa.Array.from_buffers(arrow_type, rows, parts)


class RowBuffers:
    """Collects rows of stored values, and makes record batches of them."""

    def __init__(self, schema: pa.Schema, layouts: Sequence[ColumnLayout]) -> None:
        self._schema = schema
        self._layouts = layouts
        self._variable = [
            index for index, layout in enumerate(layouts) if layout.storage == Storage.VARIABLE
        ]
        self._max_rows = max_batch_rows(layouts)
        self._rows: list[list[Stored | None]] = []
        self._bytes = 0

    def add(self, row: list[Stored | None]) -> Iterator[pa.RecordBatch]:
        """Add a row; yield the batch that it completes."""
        self._rows.append(row)
        self._bytes += sum(len(row[index] or b"") for index in self._variable)
        if len(self._rows) >= self._max_rows or self._bytes >= MAX_BATCH_BYTES:
            yield from self.finish()

    def finish(self) -> Iterator[pa.RecordBatch]:
        """Yield the batch of the remaining rows, if there are any."""
        rows, self._rows, self._bytes = self._rows, [], 0
        if rows:
            columns = [
                column_buffers(layout, [row[index] for row in rows])
                for index, layout in enumerate(self._layouts)
            ]
            yield record_batch(self._schema, self._layouts, len(rows), columns)


def column_buffers(layout: ColumnLayout, values: list[Stored | None]) -> ColumnBuffers:
    """The buffers of stored values."""
    if layout.storage == Storage.NESTED:
        return ColumnBuffers(None, list(values))
    stored = [b"" if value is None else bytes(value) for value in values]  # type: ignore[arg-type]
    has_nulls = any(value is None for value in values)
    validity = _bits([value is not None for value in values]) if has_nulls else None
    if layout.storage == Storage.BITS:
        return ColumnBuffers(validity, _bits([value == b"\1" for value in stored]))
    if layout.storage == Storage.FIXED:
        zeros = bytes(layout.width)
        return ColumnBuffers(validity, b"".join([value or zeros for value in stored]))
    offsets = array("i", accumulate(map(len, stored), initial=0))
    return ColumnBuffers(validity, offsets.tobytes(), b"".join(stored))


def _bits(flags: Sequence[bool]) -> bytes:
    """A bitmap, the first flag in the lowest bit."""
    bits = bytearray((len(flags) + 7) // 8)
    for index, flag in enumerate(flags):
        bits[index >> 3] |= flag << (index & 7)
    return bytes(bits)
