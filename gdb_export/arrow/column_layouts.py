"""How the values of a column are stored in Arrow buffers, by the column's declared type."""

from enum import IntEnum
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor


class Storage(IntEnum):
    """The kinds of buffers that a column has besides its validity bitmap."""

    BITS = 0  # a bit for each row
    FIXED = 1  # values of equal width
    VARIABLE = 2  # offsets and bytes
    NESTED = 3  # lists; kept as Python objects until the batch is complete


class ColumnLayout(NamedTuple):
    """The buffers of a column; `width` is the bytes of a value, 0 unless the storage is FIXED."""

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
    if decimal_type(descriptor) is not None:
        return ColumnLayout(Storage.FIXED, DECIMAL_WIDTH)
    if is_decimal(descriptor):
        return _VARIABLE
    return _LAYOUTS.get(descriptor.dtype, _VARIABLE)


def is_decimal(descriptor: Descriptor) -> bool:
    """Whether the type is an exact numeric with a scale or of 128 bits."""
    is_exact = descriptor.dtype in _DIGITS
    return is_exact and (descriptor.scale != 0 or descriptor.dtype == Dtype.INT128)


def decimal_type(descriptor: Descriptor) -> tuple[int, int] | None:
    """Precision and scale of the decimal128 for a type; None if its values are stored otherwise.

    A decimal with a scale that no decimal128 has is stored as text.
    """
    if not is_decimal(descriptor):
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
