"""Conversion of a value from one type to another, by the rules of the engine's MOV_move.

Values are converted when a record has an older format than its table, when a column was added with
a default, at each CAST, and at the end of each computed column.
"""

from collections.abc import Callable

from gdb_export.firebird.conversions.number_conversions import (
    INTEGER_BITS,
    to_boolean,
    to_decfloat_16,
    to_decfloat_34,
    to_double,
    to_exact,
    to_real,
)
from gdb_export.firebird.conversions.temporal_conversions import (
    to_date,
    to_time,
    to_time_tz,
    to_timestamp,
    to_timestamp_tz,
)
from gdb_export.firebird.conversions.text_conversions import fitted_text, to_text
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value, as_str


def convert(
    value: Value | None,
    source: Descriptor | None,
    target: Descriptor,
    ods: tuple[int, int],
    is_dialect_1: bool = False,
) -> Value | None:
    """The value converted to the type `target`; `source` is the value's type, None if unknown.

    Raises EvaluationError where the engine does: for an overflow, a text that is too long, or a
    text that is not a number or date. `is_dialect_1` selects the timestamp text of BLR version 4.
    """
    if value is None:
        return None
    dtype = target.dtype
    if dtype in TEXT_TYPES:
        room = target.length - 2 if dtype == Dtype.VARYING else target.length
        text = to_text(value, source, ods, room, is_dialect_1)
        if target.charset_id == OCTETS and not isinstance(value, str):
            text = text if isinstance(text, bytes) else text.encode("ascii")
        return fitted_text(text, target, ods)
    if dtype == Dtype.BLOB:
        return _blob_content(value, source, target, ods, is_dialect_1)
    if dtype in INTEGER_BITS:
        return to_exact(value, source, dtype, target.scale, ods)
    converter = _CONVERTERS.get(dtype)
    return value if converter is None else converter(value)


def _blob_content(
    value: Value,
    source: Descriptor | None,
    target: Descriptor,
    ods: tuple[int, int],
    is_dialect_1: bool,
) -> str | bytes:
    """The content of a blob for the value: texts and bytes unchanged, others as text."""
    if isinstance(value, str | bytes):
        return value
    text = as_str(to_text(value, source, ods, is_dialect_1=is_dialect_1))
    return text if target.sub_type == BLOB_SUBTYPE_TEXT else text.encode("ascii")


_CONVERTERS: dict[int, Callable[[Value], Value]] = {
    Dtype.REAL: to_real,
    Dtype.DOUBLE: to_double,
    Dtype.D_FLOAT: to_double,
    Dtype.DEC64: to_decfloat_16,
    Dtype.DEC128: to_decfloat_34,
    Dtype.BOOLEAN: to_boolean,
    Dtype.DATE: to_date,
    Dtype.TIME: to_time,
    Dtype.TIMESTAMP: to_timestamp,
    Dtype.TIME_TZ: to_time_tz,
    Dtype.TIMESTAMP_TZ: to_timestamp_tz,
}
