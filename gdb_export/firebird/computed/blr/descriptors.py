"""Descriptors of expression results, and predicates on descriptors."""

from gdb_export.firebird.core.charsets import NONE
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.core.ods import FLOAT_TYPES, INTEGER_TYPES, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor

UNKNOWN = Descriptor(Dtype.NONE)  # the type of a bare NULL
BOOLEAN = Descriptor(Dtype.BOOLEAN, length=1)
SHORT = Descriptor(Dtype.SHORT, length=2)
LONG = Descriptor(Dtype.LONG, length=4)
INT64 = Descriptor(Dtype.INT64, length=8)
DOUBLE = Descriptor(Dtype.DOUBLE, length=8)
DECFLOAT_34 = Descriptor(Dtype.DEC128, length=16)
DATE = Descriptor(Dtype.DATE, length=4)
TIME = Descriptor(Dtype.TIME, length=4)
TIMESTAMP = Descriptor(Dtype.TIMESTAMP, length=8)
TIME_TZ = Descriptor(Dtype.TIME_TZ, length=8)
TIMESTAMP_TZ = Descriptor(Dtype.TIMESTAMP_TZ, length=12)

MAX_VARCHAR_LENGTH = 32765  # bytes
# First ODS (Firebird 4) with 128-bit integers
ODS_WITH_INT128 = (13, 0)

DATE_TYPES = frozenset({Dtype.DATE, Dtype.TIME, Dtype.TIMESTAMP, Dtype.TIME_TZ, Dtype.TIMESTAMP_TZ})
DECFLOAT_TYPES = frozenset({Dtype.DEC64, Dtype.DEC128})
TIME_TYPES = frozenset({Dtype.TIME, Dtype.TIME_TZ})
TIMESTAMP_TYPES = frozenset({Dtype.TIMESTAMP, Dtype.TIMESTAMP_TZ})
ZONED_TYPES = frozenset({Dtype.TIME_TZ, Dtype.TIMESTAMP_TZ})
# Numerics that are computed with 34 digits rather than as doubles
WIDE_TYPES = DECFLOAT_TYPES | {Dtype.INT128}
NUMERIC_TYPES = INTEGER_TYPES | FLOAT_TYPES | DECFLOAT_TYPES


def exact_type(dtype: Dtype, scale: int) -> Descriptor:
    """An exact numeric. Raises UnsupportedExpression if the scale does not fit a descriptor."""
    if not -128 <= scale <= 127:
        raise UnsupportedExpression(f"calculates with {-scale} decimals")
    length = {Dtype.SHORT: 2, Dtype.LONG: 4, Dtype.INT64: 8, Dtype.INT128: 16}[dtype]
    return Descriptor(dtype, scale, length)


def text_type(sub_type: int = NONE, length: int = MAX_VARCHAR_LENGTH) -> Descriptor:
    """A VARCHAR of `length` bytes; `sub_type` is charset + 256 * collation."""
    return Descriptor(Dtype.VARYING, 0, length + 2, sub_type)  # 2 for the length prefix


def is_text(descriptor: Descriptor) -> bool:
    """Whether values of the type are text; true for blobs of any sub-type."""
    return descriptor.dtype in TEXT_TYPES or descriptor.dtype == Dtype.BLOB


def is_exact(descriptor: Descriptor) -> bool:
    return descriptor.dtype in INTEGER_TYPES


def is_date(descriptor: Descriptor) -> bool:
    """Whether values of the type are dates, times or timestamps."""
    return descriptor.dtype in DATE_TYPES


def is_numeric(descriptor: Descriptor) -> bool:
    return descriptor.dtype in NUMERIC_TYPES


def is_unknown(descriptor: Descriptor) -> bool:
    return descriptor.dtype == Dtype.NONE
