"""How the values of a column are stored in Arrow buffers, by the column's declared type."""

from enum import IntEnum
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor


class Storage(IntEnum):
    """The buffers of a column, besides its validity bitmap."""

    BITS = 0  # a bit for each row
    FIXED = 1  # values of equal width
    VARIABLE = 2  # offsets and bytes
    NESTED = 3  # lists; kept as Python objects until the batch is complete


class ColumnLayout(NamedTuple):
    """`width` is that of a value in bytes, 0 unless the storage is FIXED."""

    storage: Storage
    width: int = 0


_VARIABLE = ColumnLayout(Storage.VARIABLE)
DECIMAL_WIDTH = 16
MAX_DIGITS = 38  # of a decimal128
# Digits that the storage of an exact numeric can hold
_DIGITS: dict[int, int] = {
    Dtype.SHORT: 5,
    Dtype.LONG: 10,
    Dtype.QUAD: 19,
    Dtype.INT64: 19,
    Dtype.INT128: MAX_DIGITS,
}
_LAYOUTS: dict[int, ColumnLayout] = {
    Dtype.SHORT: ColumnLayout(Storage.FIXED, 2),
    Dtype.LONG: ColumnLayout(Storage.FIXED, 4),
    Dtype.QUAD: ColumnLayout(Storage.FIXED, 8),
    Dtype.INT64: ColumnLayout(Storage.FIXED, 8),
    Dtype.REAL: ColumnLayout(Storage.FIXED, 4),
    Dtype.DOUBLE: ColumnLayout(Storage.FIXED, 8),
    Dtype.D_FLOAT: ColumnLayout(Storage.FIXED, 8),
    Dtype.DATE: ColumnLayout(Storage.FIXED, 4),
    Dtype.TIME: ColumnLayout(Storage.FIXED, 8),
    Dtype.TIMESTAMP: ColumnLayout(Storage.FIXED, 8),
    Dtype.BOOLEAN: ColumnLayout(Storage.BITS),
}


def column_layout(column: Column) -> ColumnLayout:
    """The layout of a column."""
    descriptor = column.descriptor
    if descriptor.dtype == Dtype.ARRAY:
        return _VARIABLE if column.element is None else ColumnLayout(Storage.NESTED)
    if decimal_digits(descriptor) is not None:
        return ColumnLayout(Storage.FIXED, DECIMAL_WIDTH)
    if is_scaled_integer(descriptor):
        return _VARIABLE
    return _LAYOUTS.get(descriptor.dtype, _VARIABLE)


def is_scaled_integer(descriptor: Descriptor) -> bool:
    """Whether it is an exact numeric that is not a plain integer of at most 64 bits."""
    is_exact = descriptor.dtype in _DIGITS
    return is_exact and (descriptor.scale != 0 or descriptor.dtype == Dtype.INT128)


def decimal_digits(descriptor: Descriptor) -> tuple[int, int] | None:
    """Precision and scale of the decimal128 for an exact numeric; None for other types, and for
    a scale that no decimal128 has: its values are text."""
    if not is_scaled_integer(descriptor):
        return None
    scale = -descriptor.scale
    digits = _DIGITS[descriptor.dtype]
    if scale < 0:
        return min(digits - scale, MAX_DIGITS), 0
    return (max(digits, scale), scale) if scale <= MAX_DIGITS else None


def is_binary_column(column: Column) -> bool:
    """Whether the values are bytes and not text: OCTETS and binary blobs."""
    if column.descriptor.dtype == Dtype.BLOB:
        return not column.is_text_blob
    return is_binary_type(column.descriptor)


def is_binary_type(descriptor: Descriptor) -> bool:
    return descriptor.dtype in TEXT_TYPES and descriptor.charset_id == OCTETS
