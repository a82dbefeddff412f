"""Arithmetic by the rules of dialect 3 (BLR version 5) and dialect 1 (BLR version 4)."""

import math
from decimal import Decimal

from gdb_export.firebird.computed.blr.descriptors import (
    DECFLOAT_34,
    DECFLOAT_TYPES,
    DOUBLE,
    ODS_WITH_INT128,
    exact_type,
    is_date,
    is_exact,
    is_numeric,
    is_text,
    is_unknown,
)
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.dates.date_arithmetic import Operator, sum_node
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34, to_double, to_integer
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DIGITS_34, DecFloat
from gdb_export.firebird.values.exact import (
    exact,
    is_exact_value,
    scale_of,
    truncated_quotient,
    unscaled,
)
from gdb_export.firebird.values.value_types import Value

_BITS = {Dtype.LONG: 32, Dtype.INT64: 64, Dtype.INT128: 128}


def _arithmetic(parser: Parser, verb: Verb) -> Node:
    left, right = parser.values(2)
    if is_unknown(left.type) or is_unknown(right.type):
        known = right.type if is_unknown(left.type) else left.type
        return Node(known, lambda scope: None)
    is_sum = verb in (Verb.ADD, Verb.SUBTRACT)
    if is_sum and (is_date(left.type) or is_date(right.type)):
        return sum_node(parser, verb, left, right)
    type_of_result = _dialect_1_type if parser.is_dialect_1 else _dialect_3_type
    result = type_of_result(parser, verb, left.type, right.type)
    return null_propagating(result, _operator(parser, verb, left, right, result), left, right)


# ---------------------------------------------------------------- types of results
def _dialect_3_type(parser: Parser, verb: Verb, left: Descriptor, right: Descriptor) -> Descriptor:
    is_sum = verb in (Verb.ADD, Verb.SUBTRACT)
    if (is_sum and (is_text(left) or is_text(right))) or not _can_be_numbers(left, right):
        raise UnsupportedExpression("calculates with a value that is not a number")
    if left.dtype in DECFLOAT_TYPES or right.dtype in DECFLOAT_TYPES:
        return DECFLOAT_34
    is_int128 = Dtype.INT128 in (left.dtype, right.dtype)
    if not is_exact(left) or not is_exact(right):
        return DOUBLE
    if is_sum:
        scale = min(left.scale, right.scale)
    else:
        scale = left.scale + right.scale
        # Firebird 4 and 5 multiply and divide a 64-bit number with 128 bits
        is_int128 |= parser.ods >= ODS_WITH_INT128 and Dtype.INT64 in (left.dtype, right.dtype)
    return exact_type(Dtype.INT128 if is_int128 else Dtype.INT64, scale)


def _dialect_1_type(parser: Parser, verb: Verb, left: Descriptor, right: Descriptor) -> Descriptor:
    if not _can_be_numbers(left, right):
        raise UnsupportedExpression("calculates with a value that is not a number")
    if verb == Verb.DIVIDE:
        return DOUBLE
    dtypes = {left.dtype, right.dtype}
    if dtypes & DECFLOAT_TYPES:
        return DECFLOAT_34
    is_sum = verb != Verb.MULTIPLY
    scale = min(left.scale, right.scale) if is_sum else left.scale + right.scale
    if Dtype.INT128 in dtypes and is_exact(left) and is_exact(right):
        return exact_type(Dtype.INT128, scale)
    if dtypes <= ({Dtype.SHORT} if is_sum else {Dtype.SHORT, Dtype.LONG}):
        return exact_type(Dtype.LONG, scale)
    return DOUBLE


def _can_be_numbers(left: Descriptor, right: Descriptor) -> bool:
    return all(is_numeric(operand) or is_text(operand) for operand in (left, right))


# ---------------------------------------------------------------- operators
def _operator(parser: Parser, verb: Verb, left: Node, right: Node, result: Descriptor) -> Operator:
    if result.dtype == Dtype.DOUBLE:
        return _DOUBLE_OPERATORS[verb]
    if result.dtype == Dtype.DEC128:
        return _decfloat_operator(verb)
    if verb in (Verb.ADD, Verb.SUBTRACT):
        return _exact_sum(verb, left.type, right.type, result)
    if verb == Verb.MULTIPLY:
        return _exact_product(left.type, right.type, result, parser.is_dialect_1)
    return _exact_quotient(left.type, right.type, result)


def _exact_sum(verb: Verb, left: Descriptor, right: Descriptor, result: Descriptor) -> Operator:
    scale, bits, is_addition = result.scale, _BITS[Dtype(result.dtype)], verb == Verb.ADD

    def run(a: Value, b: Value) -> Value:
        x, y = to_integer(a, left, scale, bits), to_integer(b, right, scale, bits)
        return exact(_in_range(x + y if is_addition else x - y, bits), scale)

    return run


def _exact_product(
    left: Descriptor, right: Descriptor, result: Descriptor, is_dialect_1: bool
) -> Operator:
    scale, bits = result.scale, _BITS[Dtype(result.dtype)]

    def run(a: Value, b: Value) -> Value:
        left_scale = _scale(a, left)
        x = to_integer(a, left, left_scale, bits)
        product = x * to_integer(b, right, scale - left_scale, bits)
        if is_dialect_1 and bits == 32 and not -(1 << 31) <= product < 1 << 31:
            # Dialect 1 switches to DOUBLE instead of overflowing
            return to_double(exact(product, scale))
        return exact(_in_range(product, bits), scale)

    return run


def _exact_quotient(left: Descriptor, right: Descriptor, result: Descriptor) -> Operator:
    """Divides exact numerics. The scale of the quotient is the sum of the scales, so the dividend
    is multiplied by ten to the power of twice the divisor's decimals."""
    scale, bits = result.scale, _BITS[Dtype(result.dtype)]

    def run(a: Value, b: Value) -> Value:
        right_scale = _scale(b, right)
        divisor = to_integer(b, right, right_scale, bits)
        check_divisor(divisor)
        dividend = to_integer(a, left, scale - right_scale, bits)
        quotient = _scaled_quotient(dividend, divisor, -2 * right_scale, bits)
        return exact(_in_range(quotient, bits), scale)

    return run


def _scaled_quotient(dividend: int, divisor: int, digits: int, bits: int) -> int:
    """dividend * 10**digits / divisor, truncated as in the engine.

    As many powers of ten as fit `bits` are applied before the division, the rest after it.
    """
    limit = (1 << (bits - 1)) // 10
    while digits and -limit <= dividend <= limit:
        dividend, digits = dividend * 10, digits - 1
    while digits and divisor % 10 == 0:
        divisor, digits = divisor // 10, digits - 1
    return truncated_quotient(dividend, divisor) * int(10**digits)


def _scale(value: Value, descriptor: Descriptor) -> int:
    """The scale of the value; the value of a CASE may have another scale than its type."""
    return scale_of(value) if is_exact_value(value) else descriptor.scale


def _in_range(number: int, bits: int) -> int:
    """The number. Raises EvaluationError if it does not fit the bits."""
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise EvaluationError("integer overflow")
    return number


def finite(number: float) -> float:
    """The number. Raises EvaluationError if it is infinite."""
    if math.isinf(number):
        raise EvaluationError("floating point overflow")
    return number


def check_divisor(divisor: int | float | Decimal) -> None:
    """Raises EvaluationError for zero."""
    if divisor == 0:
        raise EvaluationError("division by zero")


def _double_quotient(a: Value, b: Value) -> float:
    divisor = to_double(b)
    check_divisor(divisor)
    return finite(to_double(a) / divisor)


_DOUBLE_OPERATORS: dict[Verb, Operator] = {
    Verb.ADD: lambda a, b: finite(to_double(a) + to_double(b)),
    Verb.SUBTRACT: lambda a, b: finite(to_double(a) - to_double(b)),
    Verb.MULTIPLY: lambda a, b: finite(to_double(a) * to_double(b)),
    Verb.DIVIDE: _double_quotient,
}
_DECFLOAT_OPERATORS = {
    Verb.ADD: DIGITS_34.add,
    Verb.SUBTRACT: DIGITS_34.subtract,
    Verb.MULTIPLY: DIGITS_34.multiply,
    Verb.DIVIDE: DIGITS_34.divide,
}


def _decfloat_operator(verb: Verb) -> Operator:
    operation = _DECFLOAT_OPERATORS[verb]

    def run(a: Value, b: Value) -> DecFloat:
        x, y = to_decfloat_34(a).value, to_decfloat_34(b).value
        if verb == Verb.DIVIDE:
            check_divisor(y)
        return decfloat_result(operation(x, y), x, y)

    return run


def decfloat_result(number: Decimal, *operands: Decimal) -> DecFloat:
    """A DECFLOAT. Raises EvaluationError if the number is not finite but all operands are: the
    engine traps the overflow or invalid operation."""
    if not number.is_finite() and all(operand.is_finite() for operand in operands):
        raise EvaluationError("decimal floating point overflow")
    return DecFloat(number)


# ---------------------------------------------------------------- negation
def _negate(parser: Parser, _: Verb) -> Node:
    operand = parser.value()
    source = operand.type
    # The result keeps the type, in which the least value has no opposite
    bits = {Dtype.SHORT: 16, Dtype.LONG: 32, Dtype.INT128: 128}.get(Dtype(source.dtype), 64)

    def negated(value: Value) -> Value:
        if isinstance(value, float):
            return -value
        if isinstance(value, DecFloat):
            return DecFloat(value.value.copy_negate())
        if is_exact_value(value):
            scale = scale_of(value)
            return exact(_in_range(-unscaled(value), bits), scale)
        return -to_double(value)

    result = source if is_numeric(source) or is_unknown(source) else DOUBLE
    return null_propagating(result, negated, operand)


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.ADD: _arithmetic,
    Verb.SUBTRACT: _arithmetic,
    Verb.MULTIPLY: _arithmetic,
    Verb.DIVIDE: _arithmetic,
    Verb.NEGATE: _negate,
}
