"""Totals over the rows of another table: SUM, AVG, COUNT, MAX and MIN."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gdb_export.firebird.computed.blr.nodes import (
    DECFLOAT_34,
    DECFLOAT_TYPES,
    DOUBLE,
    INT64,
    LONG,
    ColumnKey,
    Node,
    Scope,
    exact_type,
    is_exact,
    is_numeric,
    is_text,
)
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.text_charsets import common_text_type
from gdb_export.firebird.computed.conditions.comparators import compare
from gdb_export.firebird.computed.numbers.arithmetic import decfloat_result
from gdb_export.firebird.computed.subselects.record_selection import hashed
from gdb_export.firebird.computed.texts.collations import is_exact_collation
from gdb_export.firebird.computed.texts.text_functions import checked_length, in_charset
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34, to_double, to_integer
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DIGITS_34
from gdb_export.firebird.values.exact import exact, truncated_quotient
from gdb_export.firebird.values.value_types import Value

COUNT, MAXIMUM, MINIMUM, TOTAL, AVERAGE = 83, 84, 85, 86, 87
COUNT_VALUES, COUNT_DISTINCT = 93, 94
LIST = 170
# Firebird 3 was the first to count with 64 bits
ODS_WITH_LONG_COUNTS = (12, 0)
GROUP_BY, MAP = 78, 77
MAX_TOTALS = 64

Fold = Callable[[Sequence[Value]], Value | None]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`fold` gets the values of `operand` in the rows selected, without NULLs; without an operand
    it gets the rows themselves."""

    type: Descriptor
    operand: Node | None
    fold: Fold


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals by their numbers, as the fields that BLR refers to them by."""

    aggregates: dict[int, Aggregate]

    def column(self, key: ColumnKey) -> Descriptor | None:
        aggregate = self.aggregates.get(key) if isinstance(key, int) else None
        return None if aggregate is None else aggregate.type

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[dict[ColumnKey, Value | None]]:
        raise EvaluationError("totals have no rows")


def read_totals(parser: Parser) -> Totals:
    """GROUP BY, which must be empty, and the map of numbers to totals."""
    if parser.code.u8() != GROUP_BY or parser.code.u8() != 0 or parser.code.u8() != MAP:
        raise UnsupportedExpression("needs a subselect with GROUP BY")
    count = parser.code.u16()
    if count > MAX_TOTALS:
        raise UnsupportedExpression(f"needs {count} totals")
    return Totals({parser.code.u16(): _aggregate(parser) for _ in range(count)})


def _aggregate(parser: Parser) -> Aggregate:
    number = parser.code.u8()
    if number == COUNT:
        return Aggregate(_count_type(parser), None, len)
    if number == LIST:
        return _list(parser, parser.value())
    if number not in _MAKERS:
        raise UnsupportedExpression(f"needs the total {number} over another table")
    operand = parser.value()
    result, fold = _MAKERS[number](parser, operand)
    return Aggregate(result, operand, fold)


def _count_type(parser: Parser) -> Descriptor:
    return INT64 if parser.ods >= ODS_WITH_LONG_COUNTS else LONG


def _count_values(parser: Parser, operand: Node) -> tuple[Descriptor, Fold]:
    return _count_type(parser), len


def _count_distinct(parser: Parser, operand: Node) -> tuple[Descriptor, Fold]:
    if is_text(operand.type) and not is_exact_collation(operand.type):
        raise UnsupportedExpression("counts distinct texts by a collation")
    return _count_type(parser), lambda values: len({hashed(value) for value in values})


def _extreme(sign: int) -> Callable[[Parser, Node], tuple[Descriptor, Fold]]:
    def make(parser: Parser, operand: Node) -> tuple[Descriptor, Fold]:
        order = compare(parser, operand.type, operand.type)

        def fold(values: Sequence[Value]) -> Value | None:
            best = None
            for value in values:
                if best is None or sign * order(value, best) > 0:
                    best = value
            return best

        return operand.type, fold

    return make


def _total(parser: Parser, operand: Node) -> tuple[Descriptor, Fold]:
    result = _sum_type(parser, operand.type)
    return result, _sum(operand.type, result)


def _sum_type(parser: Parser, one: Descriptor) -> Descriptor:
    if not is_numeric(one):
        raise UnsupportedExpression("adds up what is no number")
    if one.dtype in DECFLOAT_TYPES:
        return DECFLOAT_34
    if parser.is_dialect_1:
        return exact_type(Dtype.LONG, one.scale) if one.dtype == Dtype.SHORT else DOUBLE
    if not is_exact(one):
        return DOUBLE
    is_wide = parser.ods >= (13, 0) and one.dtype in (Dtype.INT64, Dtype.INT128)
    return exact_type(Dtype.INT128 if is_wide else Dtype.INT64, one.scale)


def _sum(operand: Descriptor, result: Descriptor) -> Fold:
    if is_exact(result):
        bits = {Dtype.LONG: 32, Dtype.INT64: 64}.get(Dtype(result.dtype), 128)

        def exact_sum(values: Sequence[Value]) -> Value | None:
            total = sum(to_integer(value, operand, result.scale, bits) for value in values)
            return to_integer_exact(total, result.scale, bits) if values else None

        return exact_sum
    if result.dtype == Dtype.DEC128:
        return _decfloat_sum
    return lambda values: _double_sum(values) if values else None


def _double_sum(values: Sequence[Value]) -> float:
    """One after the other, as the engine adds them: the order is in the last bit."""
    total = 0.0
    for value in values:
        total += to_double(value)
    return total


def to_integer_exact(number: int, scale: int, bits: int) -> Value:
    """The exact numeric, if it has no more bits."""
    value = exact(number, scale)
    to_integer(value, None, scale, bits)
    return value


def _decfloat_sum(values: Sequence[Value]) -> Value | None:
    total = None
    for value in values:
        number = to_decfloat_34(value).value
        total = number if total is None else DIGITS_34.add(total, number)
    return None if total is None else decfloat_result(total)


def _average(parser: Parser, operand: Node) -> tuple[Descriptor, Fold]:
    """Exact numbers keep their scale, and the quotient is cut."""
    one = operand.type
    if not is_numeric(one):
        raise UnsupportedExpression("takes the average of what is no number")
    if one.dtype in DECFLOAT_TYPES:
        return DECFLOAT_34, _decfloat_average
    if parser.is_dialect_1 or not is_exact(one):
        return DOUBLE, _double_average
    is_wide = one.dtype == Dtype.INT128
    result = exact_type(Dtype.INT128 if is_wide else Dtype.INT64, one.scale)

    def fold(values: Sequence[Value]) -> Value | None:
        if not values:
            return None
        whole = sum(to_integer(value, one, result.scale, 128) for value in values)
        return exact(truncated_quotient(whole, len(values)), result.scale)

    return result, fold


def _list(parser: Parser, operand: Node) -> Aggregate:
    """Texts one behind the other; before each but the first stands the delimiter, a constant."""
    fields = len(parser.fields)
    delimiter = parser.value()
    if len(parser.fields) > fields:
        raise UnsupportedExpression("needs a LIST whose delimiter is not a constant")
    charset = common_text_type(operand).charset_id
    between = in_charset(parser, delimiter, charset)

    def fold(values: Sequence[Value]) -> Value | None:
        if not values:
            return None
        text = between(Scope(_no_row))
        if text is None:
            raise EvaluationError("a LIST with a delimiter that is NULL")
        return checked_length(text.join(values), is_blob=True)

    result = Descriptor(Dtype.BLOB, charset, 8, BLOB_SUBTYPE_TEXT)
    return Aggregate(result, Node(result, in_charset(parser, operand, charset)), fold)


def _no_row(key: ColumnKey) -> Value | None:
    raise EvaluationError(f"a delimiter that needs the column {key}")


def _double_average(values: Sequence[Value]) -> Value | None:
    return _double_sum(values) / len(values) if values else None


def _decfloat_average(values: Sequence[Value]) -> Value | None:
    total = _decfloat_sum(values)
    if total is None:
        return None
    return decfloat_result(DIGITS_34.divide(total.value, DIGITS_34.create_decimal(len(values))))


_MAKERS: dict[int, Callable[[Parser, Node], tuple[Descriptor, Fold]]] = {
    COUNT_VALUES: _count_values,
    COUNT_DISTINCT: _count_distinct,
    MAXIMUM: _extreme(1),
    MINIMUM: _extreme(-1),
    TOTAL: _total,
    AVERAGE: _average,
}
