"""Aggregate functions over the rows of another table: SUM, AVG, COUNT, MAX, MIN and LIST."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gdb_export.firebird.computed.blr.descriptors import (
    DECFLOAT_34,
    DECFLOAT_TYPES,
    DOUBLE,
    INT64,
    LONG,
    ODS_WITH_INT128,
    exact_type,
    is_exact,
    is_numeric,
    is_text,
)
from gdb_export.firebird.computed.blr.nodes import ColumnKey, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.text_charsets import concatenated_type
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.conditions.comparators import comparator_for
from gdb_export.firebird.computed.numbers.arithmetic import decfloat_result
from gdb_export.firebird.computed.subselects.record_selection import equality_key
from gdb_export.firebird.computed.texts.collations import is_exact_collation
from gdb_export.firebird.computed.texts.text_operands import check_length, in_charset
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34, to_double, to_integer
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DIGITS_34
from gdb_export.firebird.values.exact import exact, truncated_quotient
from gdb_export.firebird.values.value_types import TypedValue, Value

# Codes of aggregate functions
COUNT, MAXIMUM, MINIMUM, TOTAL, AVERAGE = 83, 84, 85, 86, 87
COUNT_VALUES, COUNT_DISTINCT = 93, 94
LIST = 170
# Codes of the clauses around them
GROUP_BY, MAP = 78, 77
# First ODS (Firebird 3) whose COUNT has 64 bits
ODS_WITH_LONG_COUNTS = (12, 0)
MAX_AGGREGATES = 64  # in one subselect

# Combines the operand's values of all selected rows
Reducer = Callable[[Sequence[Value]], Value | None]
# Builds the type of an aggregate and its reducer
_Builder = Callable[[Parser, Node], tuple[Descriptor, Reducer]]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function.

    `reduce` gets the values of `operand` that are not NULL; without an operand, the rows.
    `is_ordered`: the result depends on the order of the rows.
    """

    type: Descriptor
    operand: Node | None
    reduce: Reducer
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Aggregates:
    """The aggregates of a subselect by their numbers, which BLR uses as field ids, and the values
    of GROUP BY."""

    by_number: dict[int, Aggregate]
    keys: tuple[Node, ...] = ()

    def column(self, key: ColumnKey) -> Descriptor | None:
        aggregate = self.by_number.get(key) if isinstance(key, int) else None
        return None if aggregate is None else aggregate.type


def read_aggregates(parser: Parser) -> Aggregates:
    """Parses GROUP BY and the map from numbers to aggregates."""
    if parser.blr.u8() != GROUP_BY:
        raise UnsupportedExpression("needs an aggregate without GROUP BY")
    keys = parser.values(parser.blr.u8())
    if any(is_text(key.type) and not is_exact_collation(key.type) for key in keys):
        raise UnsupportedExpression("groups texts by a collation")
    if parser.blr.u8() != MAP:
        raise UnsupportedExpression("needs an aggregate without values")
    count = parser.blr.u16()
    if count > MAX_AGGREGATES:
        raise UnsupportedExpression(f"needs a subselect with {count} aggregates")
    return Aggregates({parser.blr.u16(): _aggregate(parser) for _ in range(count)}, keys)


def _aggregate(parser: Parser) -> Aggregate:
    if parser.blr.peek() in (Verb.FIELD, Verb.FID):
        key = parser.value()  # a column of GROUP BY: all rows of a group have its value
        return Aggregate(key.type, key, lambda values: values[0] if values else None)
    code = parser.blr.u8()
    if code == COUNT:
        return Aggregate(_count_type(parser), None, len)
    if code == LIST:
        return _list(parser, parser.value())
    if code not in _BUILDERS:
        raise UnsupportedExpression(f"needs the aggregate function {code} over another table")
    operand = parser.value()
    result, reduce = _BUILDERS[code](parser, operand)
    # the last bits of a sum that is not exact depend on the order
    is_ordered = code in (TOTAL, AVERAGE) and not is_exact(result)
    return Aggregate(result, operand, reduce, is_ordered)


def _count_type(parser: Parser) -> Descriptor:
    return INT64 if parser.ods >= ODS_WITH_LONG_COUNTS else LONG


def _count_values(parser: Parser, operand: Node) -> tuple[Descriptor, Reducer]:
    return _count_type(parser), len


def _count_distinct(parser: Parser, operand: Node) -> tuple[Descriptor, Reducer]:
    if is_text(operand.type) and not is_exact_collation(operand.type):
        raise UnsupportedExpression("counts distinct texts by a collation")
    return _count_type(parser), lambda values: len({equality_key(value) for value in values})


def _extreme(sign: int) -> _Builder:
    """MAX for sign 1, MIN for sign -1."""

    def build(parser: Parser, operand: Node) -> tuple[Descriptor, Reducer]:
        compare = comparator_for(parser, operand.type, operand.type)

        def reduce(values: Sequence[Value]) -> Value | None:
            best = None
            for value in values:
                if best is None or sign * compare(value, best) > 0:
                    best = value
            return best

        return operand.type, reduce

    return build


def _sum(parser: Parser, operand: Node) -> tuple[Descriptor, Reducer]:
    result = _sum_type(parser, operand.type)
    return result, _sum_reducer(operand.type, result)


def _sum_type(parser: Parser, operand: Descriptor) -> Descriptor:
    if not is_numeric(operand):
        raise UnsupportedExpression("sums values that are not numbers")
    if operand.dtype in DECFLOAT_TYPES:
        return DECFLOAT_34
    if parser.is_dialect_1:
        return exact_type(Dtype.LONG, operand.scale) if operand.dtype == Dtype.SHORT else DOUBLE
    if not is_exact(operand):
        return DOUBLE
    is_wide = parser.ods >= ODS_WITH_INT128 and operand.dtype in (Dtype.INT64, Dtype.INT128)
    return exact_type(Dtype.INT128 if is_wide else Dtype.INT64, operand.scale)


def _sum_reducer(operand: Descriptor, result: Descriptor) -> Reducer:
    if is_exact(result):
        bits = {Dtype.LONG: 32, Dtype.INT64: 64}.get(Dtype(result.dtype), 128)

        def exact_sum(values: Sequence[Value]) -> Value | None:
            total = sum(to_integer(value, operand, result.scale, bits) for value in values)
            return _checked_exact(total, result.scale, bits) if values else None

        return exact_sum
    if result.dtype == Dtype.DEC128:
        return _decfloat_sum
    return lambda values: _double_sum(values) if values else None


def _double_sum(values: Sequence[Value]) -> float:
    """Adds in the order of the rows, as the engine does: the last bit depends on the order."""
    total = 0.0
    for value in values:
        total += to_double(value)
    return total


def _checked_exact(unscaled: int, scale: int, bits: int) -> Value:
    """An exact numeric. Raises EvaluationError if it does not fit the bits."""
    value = exact(unscaled, scale)
    to_integer(value, None, scale, bits)
    return value


def _decfloat_sum(values: Sequence[Value]) -> Value | None:
    total = None
    for value in values:
        number = to_decfloat_34(value).value
        total = number if total is None else DIGITS_34.add(total, number)
    return None if total is None else decfloat_result(total)


def _average(parser: Parser, operand: Node) -> tuple[Descriptor, Reducer]:
    """AVG: exact numerics keep their scale, and the quotient is truncated."""
    source = operand.type
    if not is_numeric(source):
        raise UnsupportedExpression("averages values that are not numbers")
    if source.dtype in DECFLOAT_TYPES:
        return DECFLOAT_34, _decfloat_average
    if parser.is_dialect_1 or not is_exact(source):
        return DOUBLE, _double_average
    is_wide = source.dtype == Dtype.INT128
    result = exact_type(Dtype.INT128 if is_wide else Dtype.INT64, source.scale)

    def reduce(values: Sequence[Value]) -> Value | None:
        if not values:
            return None
        total = sum(to_integer(value, source, result.scale, 128) for value in values)
        return exact(truncated_quotient(total, len(values)), result.scale)

    return result, reduce


def _list(parser: Parser, operand: Node) -> Aggregate:
    """LIST: joins texts with a delimiter, which must be a constant."""
    start = len(parser.fields)
    delimiter = parser.value()
    if len(parser.fields) > start:
        raise UnsupportedExpression("needs a LIST whose delimiter is not a constant")
    charset = concatenated_type(operand).charset_id
    delimiter_text = in_charset(parser, delimiter, charset)

    def reduce(values: Sequence[TypedValue]) -> Value | None:
        if not values:
            return None
        separator = delimiter_text(Scope(_no_row))
        if separator is None:
            raise EvaluationError("a LIST with a delimiter that is NULL")
        # the length is checked before the texts are joined: together they may exceed any memory
        joined_length = sum(map(len, values)) + len(separator) * (len(values) - 1)
        check_length(parser, joined_length, is_blob=True)
        return separator.join(values)

    result = Descriptor(Dtype.BLOB, charset, 8, BLOB_SUBTYPE_TEXT)
    text = Node(result, in_charset(parser, operand, charset))
    return Aggregate(result, text, reduce, is_ordered=True)


def _no_row(key: ColumnKey) -> Value | None:
    raise EvaluationError(f"a LIST whose delimiter needs the column {key}")


def _double_average(values: Sequence[Value]) -> Value | None:
    return _double_sum(values) / len(values) if values else None


def _decfloat_average(values: Sequence[Value]) -> Value | None:
    total: TypedValue = _decfloat_sum(values)
    if total is None:
        return None
    return decfloat_result(DIGITS_34.divide(total.value, DIGITS_34.create_decimal(len(values))))


_BUILDERS: dict[int, _Builder] = {
    COUNT_VALUES: _count_values,
    COUNT_DISTINCT: _count_distinct,
    MAXIMUM: _extreme(1),
    MINIMUM: _extreme(-1),
    TOTAL: _sum,
    AVERAGE: _average,
}
