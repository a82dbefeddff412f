"""Comparators of values of two types, as the engine compares them."""

from collections.abc import Callable
from fractions import Fraction

from gdb_export.firebird.computed.blr.descriptors import (
    DECFLOAT_TYPES,
    is_exact,
    is_numeric,
    is_text,
    is_unknown,
)
from gdb_export.firebird.computed.blr.nodes import Charsets
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.session_zone import check_zone
from gdb_export.firebird.computed.blr.text_charsets import charset_of, sub_type_of, transliterated
from gdb_export.firebird.computed.texts.collations import is_bytewise, text_comparator
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.conversions.number_conversions import (
    to_decfloat_34,
    to_double,
    to_integer,
    to_real,
)
from gdb_export.firebird.conversions.number_text import parse_double, parse_exact
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.exact import is_exact_value
from gdb_export.firebird.values.value_types import TypedValue, Value, as_str

# Negative, zero or positive, as the first value is less than, equal to or greater than the second
Comparator = Callable[[Value, Value], int]
# Values of different types are compared as the type that is later in this list
_PRIORITY = (
    Dtype.BLOB,
    Dtype.TEXT,
    Dtype.CSTRING,
    Dtype.VARYING,
    Dtype.SHORT,
    Dtype.LONG,
    Dtype.INT64,
    Dtype.QUAD,
    Dtype.INT128,
    Dtype.REAL,
    Dtype.DOUBLE,
    Dtype.D_FLOAT,
    Dtype.DEC64,
    Dtype.DEC128,
    Dtype.DATE,
    Dtype.TIME,
    Dtype.TIME_TZ,
    Dtype.TIMESTAMP,
    Dtype.TIMESTAMP_TZ,
    Dtype.BOOLEAN,
)
# First ODS (Firebird 4) whose engine compares a number with all digits of a text
ODS_WITH_NUMERIC_TEXT = (13, 0)


def comparator_for(
    parser: Parser, left: Descriptor, right: Descriptor, for_equality: bool = False
) -> Comparator:
    """The comparator of values of the two types.

    With `for_equality` only whether the result is zero is meaningful. Raises UnsupportedExpression
    if the engine's order is not known.
    """
    if is_unknown(left) or is_unknown(right):
        return lambda a, b: 0
    if left.dtype not in _PRIORITY or right.dtype not in _PRIORITY:
        raise UnsupportedExpression("compares values of types that have no order")
    if is_text(left) and is_text(right):
        return _text_comparator(parser.environment.charsets, left, right, for_equality)
    if _PRIORITY.index(Dtype(left.dtype)) < _PRIORITY.index(Dtype(right.dtype)):
        compare = _typed_comparator(right, left, parser.ods)
        return lambda a, b: -compare(b, a)
    return _typed_comparator(left, right, parser.ods)


def _three_way(a: TypedValue, b: TypedValue) -> int:
    return int(a > b) - int(a < b)


def _typed_comparator(common: Descriptor, other: Descriptor, ods: tuple[int, int]) -> Comparator:
    """Compares values of types `common` and `other` as values of `common`."""
    if is_numeric(common):
        return _numeric_comparator(common, other, ods)
    target = Descriptor(common.dtype)

    def compare(a: Value, b: Value) -> int:
        check_zone(a, common.dtype)
        check_zone(b, common.dtype)
        x: TypedValue = convert(a, None, target, ods)
        y: TypedValue = convert(b, None, target, ods)
        if common.dtype == Dtype.TIME_TZ:
            return _three_way(x.ticks, y.ticks)
        if common.dtype == Dtype.TIMESTAMP_TZ:
            return _three_way((x.days, x.ticks), (y.days, y.ticks))
        return _three_way(x, y)

    return compare


def _numeric_comparator(common: Descriptor, other: Descriptor, ods: tuple[int, int]) -> Comparator:
    if is_text(other) and ods >= ODS_WITH_NUMERIC_TEXT:
        return _compare_with_text
    if common.dtype in DECFLOAT_TYPES:
        return _compare_decfloats
    if common.dtype == Dtype.REAL:
        return lambda a, b: _three_way(to_real(a), to_real(b))
    if not is_exact(common):
        return lambda a, b: _three_way(to_double(a), to_double(b))
    if is_exact(other):
        return _compare_exact
    scale = min(common.scale, other.scale)
    return lambda a, b: _three_way(
        to_integer(a, common, scale, 128), to_integer(b, other, scale, 128)
    )


def _compare_exact(a: Value, b: Value) -> int:
    if is_exact_value(a) and is_exact_value(b):
        return _three_way(a, b)
    return _three_way(to_double(a), to_double(b))


def _compare_decfloats(a: Value, b: Value) -> int:
    x, y = to_decfloat_34(a).value, to_decfloat_34(b).value
    if x.is_nan() or y.is_nan():
        raise EvaluationError("a comparison with NaN")
    return _three_way(x, y)


def _compare_with_text(a: TypedValue, b: Value) -> int:
    """Compares a number with a text. A CASE of a text type may yield a number instead."""
    if not isinstance(b, str | bytes):
        return _compare_exact(a, b)
    mantissa, scale = parse_exact(as_str(b))
    parsed = Fraction(mantissa) * Fraction(10) ** scale
    if isinstance(a, DecFloat):
        return _compare_decfloats(a, to_decfloat_34(b))
    if isinstance(a, float):
        return _three_way(a, parse_double(as_str(b)))
    return _three_way(Fraction(a), parsed)


def _text_comparator(
    charsets: Charsets, left: Descriptor, right: Descriptor, for_equality: bool
) -> Comparator:
    """Compares texts in the character set and collation of the greater sub-type, as the engine
    does."""
    common = max(left, right, key=sub_type_of)
    charset = charset_of(common)
    collate = None if is_bytewise(common) else text_comparator(common, charsets, for_equality)

    def compare(a: Value, b: Value) -> int:
        if not isinstance(a, str | bytes) or not isinstance(b, str | bytes):
            return _compare_exact(a, b)
        if isinstance(a, bytes) or isinstance(b, bytes):
            return _compare_bytes(charsets.encode(a, charset), charsets.encode(b, charset), b"\0")
        if not a.isascii() or not b.isascii():
            a = transliterated(charsets, a, charset_of(left), charset)
            b = transliterated(charsets, b, charset_of(right), charset)
        if collate is not None:
            return collate(as_str(a), as_str(b))
        return _compare_bytes(charsets.encode(a, charset), charsets.encode(b, charset), b" ")

    return compare


def _compare_bytes(a: bytes, b: bytes, pad: bytes) -> int:
    length = max(len(a), len(b))
    return _three_way(a.ljust(length, pad), b.ljust(length, pad))
