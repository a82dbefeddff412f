"""How values of two types are ordered, as the engine compares them."""

from collections.abc import Callable
from fractions import Fraction

from gdb_export.firebird.computed.blr.nodes import (
    DECFLOAT_TYPES,
    Charsets,
    is_exact,
    is_numeric,
    is_text,
    is_unknown,
)
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.session_zone import check_zone
from gdb_export.firebird.computed.blr.text_charsets import charset_of, sub_type_of, transliterated
from gdb_export.firebird.computed.texts.collations import is_by_bytes, order_of
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
from gdb_export.firebird.values.value_types import Value, as_str

# Negative, zero or positive, as the first value is less, equal or greater
Order = Callable[[Value, Value], int]
# Which type two values of different types are compared as: the later in this list
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
# Firebird 4 was the first to compare a number with all the digits of a text
ODS_WITH_NUMERIC_TEXT = (13, 0)


def compare(
    parser: Parser, left: Descriptor, right: Descriptor, for_equality: bool = False
) -> Order:
    """How values of the two types are ordered, or whether they are equal at least;
    UnsupportedExpression where that is not known."""
    if is_unknown(left) or is_unknown(right):
        return lambda a, b: 0
    if left.dtype not in _PRIORITY or right.dtype not in _PRIORITY:
        raise UnsupportedExpression("compares values of types that have no order")
    if is_text(left) and is_text(right):
        return _text_order(parser.context.charsets, left, right, for_equality)
    if _PRIORITY.index(Dtype(left.dtype)) < _PRIORITY.index(Dtype(right.dtype)):
        order = _typed_order(right, left, parser.ods)
        return lambda a, b: -order(b, a)
    return _typed_order(left, right, parser.ods)


def _sign(a: Value, b: Value) -> int:
    return int(a > b) - int(a < b)


def _typed_order(first: Descriptor, second: Descriptor, ods: tuple[int, int]) -> Order:
    """`first` is the type that both values are compared as."""
    if is_numeric(first):
        return _numeric_order(first, second, ods)
    plain = Descriptor(first.dtype)

    def order(a: Value, b: Value) -> int:
        check_zone(a, first.dtype)
        check_zone(b, first.dtype)
        x: Value = convert(a, None, plain, ods)
        y: Value = convert(b, None, plain, ods)
        if first.dtype == Dtype.TIME_TZ:
            return _sign(x.ticks, y.ticks)
        if first.dtype == Dtype.TIMESTAMP_TZ:
            return _sign((x.days, x.ticks), (y.days, y.ticks))
        return _sign(x, y)

    return order


def _numeric_order(first: Descriptor, second: Descriptor, ods: tuple[int, int]) -> Order:
    if is_text(second) and ods >= ODS_WITH_NUMERIC_TEXT:
        return _order_with_text
    if first.dtype in DECFLOAT_TYPES:
        return _decfloat_order
    if first.dtype == Dtype.REAL:
        return lambda a, b: _sign(to_real(a), to_real(b))
    if not is_exact(first):
        return lambda a, b: _sign(to_double(a), to_double(b))
    if is_exact(second):
        return _exact_order
    scale = min(first.scale, second.scale)
    return lambda a, b: _sign(to_integer(a, first, scale, 128), to_integer(b, second, scale, 128))


def _exact_order(a: Value, b: Value) -> int:
    if is_exact_value(a) and is_exact_value(b):
        return _sign(a, b)
    return _sign(to_double(a), to_double(b))


def _decfloat_order(a: Value, b: Value) -> int:
    x, y = to_decfloat_34(a).value, to_decfloat_34(b).value
    if x.is_nan() or y.is_nan():
        raise EvaluationError("a comparison with NaN")
    return _sign(x, y)


def _order_with_text(number: Value, text: Value) -> int:
    if not isinstance(text, str | bytes):
        return _exact_order(number, text)
    mantissa, scale = parse_exact(as_str(text))
    other = Fraction(mantissa) * Fraction(10) ** scale
    if isinstance(number, DecFloat):
        return _decfloat_order(number, to_decfloat_34(text))
    if isinstance(number, float):
        return _sign(number, parse_double(as_str(text)))
    return _sign(Fraction(number), other)


def _text_order(
    charsets: Charsets, left: Descriptor, right: Descriptor, for_equality: bool
) -> Order:
    """In the set and collation of the greater number, as the engine compares them."""
    common = max(left, right, key=sub_type_of)
    charset = charset_of(common)
    in_words = None if is_by_bytes(common) else order_of(common, charsets, for_equality)

    def order(a: Value, b: Value) -> int:
        if not isinstance(a, str | bytes) or not isinstance(b, str | bytes):
            return _exact_order(a, b)
        if isinstance(a, bytes) or isinstance(b, bytes):
            return _order_of_bytes(charsets.encode(a, charset), charsets.encode(b, charset), b"\0")
        if not a.isascii() or not b.isascii():
            a = transliterated(charsets, a, charset_of(left), charset)
            b = transliterated(charsets, b, charset_of(right), charset)
        if in_words is not None:
            return in_words(as_str(a), as_str(b))
        return _order_of_bytes(charsets.encode(a, charset), charsets.encode(b, charset), b" ")

    return order


def _order_of_bytes(a: bytes, b: bytes, pad: bytes) -> int:
    width = max(len(a), len(b))
    return _sign(a.ljust(width, pad), b.ljust(width, pad))
